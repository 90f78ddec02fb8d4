"""Installs a requirement file with pip, showing how far it is: on a terminal a line that moves, else a few lines.

python tools/install.py requirements/server.txt
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Final

# pip names each package once when it starts on it, by one of these words.
STARTS: Final = re.compile(r"(?:Collecting|Requirement already satisfied:|Processing) (?P<what>\S+)")
TAIL_LINES: Final = 25


def main(requirements: Path) -> int:
    """Install; pip's exit code. Its output is shown only when it fails."""
    total = len(re.findall(r"^[A-Za-z0-9][^\n]*==", requirements.read_text(encoding="utf-8"), re.MULTILINE))
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--require-hashes", "-r", str(requirements)]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert pip.stdout is not None
        done = follow(pip.stdout, log, total)
        code = pip.wait()
        if code != 0:
            log.seek(0)
            say("\n" + "".join(log.readlines()[-TAIL_LINES:]))
            say(f"pip failed with exit code {code}\n")
        else:
            show(f"{done} packages in {time.monotonic() - started:.0f} s", last=True)
    return code


def follow(output: IO[str], log: IO[str], total: int) -> int:
    """Copy pip's output into the log and show progress; how many packages it named."""
    seen: set[str] = set()
    for line in output:
        log.write(line)
        found = STARTS.match(line.strip())
        if found:
            name = re.split(r"[=<>\[;]|-\d", found["what"].rpartition("/")[2])[0].lower().replace("_", "-")
            if name not in seen:
                seen.add(name)
                show(f"fetching {len(seen)} of at most {total}: {name}", quiet_unless=len(seen) % 20 == 0)
        elif line.startswith("Installing collected packages"):
            show(f"unpacking {line.count(',') + 1} packages", quiet_unless=True)
    return len(seen)


def show(text: str, *, quiet_unless: bool = True, last: bool = False) -> None:
    """One line that replaces the one before it; without a terminal only now and then, one below the other."""
    if sys.stdout.isatty():
        say(f"\r\033[K   {text[:100]}" + ("\n" if last else ""))
    elif quiet_unless:
        say(f"   {text}\n")


def say(text: str) -> None:
    """Write at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
