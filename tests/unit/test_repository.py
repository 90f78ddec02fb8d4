"""What holds for the repository as a whole."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Where packages come from is a matter of the machine: a mirror must work without a change here.
HOSTS = re.compile(rb"pypi\.org|pythonhosted\.org|registry\.npmjs|registry\.yarnpkg|proxy\.golang")
MACHINE = re.compile(rb"(?<![\w.])/(?:work|opt/wheels|opt/pypi|home/\w+|root)/")


def committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine():
    here = Path(__file__).resolve()
    found = [
        f"{path.relative_to(ROOT)}: {hit.group().decode()}"
        for path in committed()
        if path.resolve() != here and path.stat().st_size < 5_000_000
        for pattern in (HOSTS, MACHINE)
        if (hit := pattern.search(path.read_bytes()))
    ]
    assert found == []


@pytest.mark.parametrize("name", ["server", "dev", "web"])
def test_requirements_are_exact_hashed_and_of_no_place(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index|--extra-index|--find-links|-e)", text, re.MULTILINE)
    packages = re.split(r"\n(?=\S)", text.replace("\\\n", "").strip())
    assert packages
    for package in packages:
        assert re.match(r"[\w.-]+(\[\w+\])?==\S+", package), package[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", package), package[:80]


def test_the_tools_are_the_same_versions_as_the_server_runs_with():
    def pins(name):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        return set(re.findall(r"^([\w.-]+==\S+)", text, re.MULTILINE))

    assert pins("server") <= pins("dev")


def test_a_wheel_carries_migrations_types_licence_and_the_ui_when_it_is_built(tmp_path):
    # A copy, so that a UI can be there whether or not it was built here.
    for name in ("pyproject.toml", "README.md", "LICENSE", "tools/hatch_web_hook.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "src").symlink_to(ROOT / "src")

    def build():
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=100)
        (wheel,) = (tmp_path / "dist").glob("*.whl")
        with zipfile.ZipFile(wheel) as opened:
            return set(opened.namelist())

    without = build()
    (tmp_path / "web" / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "web" / "dist" / "index.html").write_text("<html>")
    (tmp_path / "web" / "dist" / "assets" / "index.js").write_text("1")
    names = build()
    assert "watchkeeper/ledger/migrations/versions/0001_tokens_audit_outbox.py" in names
    assert "watchkeeper/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any("__pycache__" in name for name in names)
    assert names - without == {
        "watchkeeper/app/web_dist/index.html",
        "watchkeeper/app/web_dist/assets/index.js",
    }


@pytest.mark.parametrize("tool", ["check_sizes", "check_root_imports"])
def test_the_checks_of_our_own_refuse_what_they_are_for(tool, tmp_path):
    script = tmp_path / "tools" / f"{tool}.py"
    script.parent.mkdir()
    # Without the exceptions, which name files that are not here.
    text = (ROOT / "tools" / f"{tool}.py").read_text()
    script.write_text(
        re.sub(r"(EXCEPTIONS: Final\[dict\[str, str\]\] = )\{.*?\n\}", r"\1{}", text, flags=re.DOTALL)
    )
    package = tmp_path / "src" / "watchkeeper"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "fine.py").write_text("from watchkeeper import fine\n\n\ndef short():\n    return fine\n")

    def run():
        return subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=30)

    assert (run().returncode, run().stdout) == (0, "")
    body = "    x = 1\n" * 81
    (package / "bad.py").write_text(
        f"from watchkeeper import configure\n\n\ndef long():\n{body}" + "\n" * 600
    )
    done = run()
    assert done.returncode == 1
    expected = (
        ["has 686 lines", "long has 82 lines"] if tool == "check_sizes" else ["imports the package's root"]
    )
    for words in expected:
        assert words in done.stdout


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_the_source_imports_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    allowed = {normal(re.match(r"[\w.-]+", text)[0]) for text in declared}
    # What a declared package is made of, and what is looked for and done without when it is missing.
    allowed |= {"starlette", "protobuf", "googleapis-common-protos", "opentelemetry-semantic-conventions"}
    optional = {"sentry_sdk", "structlog", "compression"}  # the last is new in Python 3.14
    distributions = metadata.packages_distributions()
    undeclared = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top in sys.stdlib_module_names or top == "watchkeeper" or top in optional:
                    continue
                found = {normal(each) for each in distributions.get(top, [top])}
                if not found & allowed:
                    undeclared.add(f"{path.relative_to(ROOT)}: {name}")
    assert undeclared == set()


def test_make_help_lists_what_the_readme_promises():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"demo", "test", "check", "bench", "web"} <= targets


def test_links_between_documents_lead_somewhere():
    link = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    links = [(page, target) for page in pages for target in link.findall(page.read_text())]
    assert links
    assert [
        f"{p.relative_to(ROOT)} → {target}" for p, target in links if not (p.parent / target).exists()
    ] == []
