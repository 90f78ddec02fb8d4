import dataclasses
from pathlib import Path
from typing import get_type_hints

import pytest

from watchkeeper.app import config
from watchkeeper.app.config import ConfigError, load


def written(tmp_path, text):
    path = tmp_path / "watchkeeper.yaml"
    path.write_text(text)
    return path


def wrong(tmp_path, text, env=None, overrides=None):
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), env or {}, overrides)
    return caught.value.message.replace(str(tmp_path) + "/", "")


def test_everything_has_a_default():
    loaded = load(None, {})
    assert loaded == config.Config()
    assert (loaded.server.host, loaded.server.port, loaded.server.data_dir) == (
        "127.0.0.1",
        7070,
        Path("watchkeeper-data"),
    )


def test_the_later_wins(tmp_path):
    path = written(tmp_path, "server:\n  port: 1\n  otlp_http_port: 1\n  otlp_grpc_port: 1\n")
    env = {
        "WATCHKEEPER__SERVER__OTLP_HTTP_PORT": "2",
        "WATCHKEEPER__SERVER__OTLP_GRPC_PORT": "2",
        "PATH": "/bin",
    }
    server = load(path, env, {"server.otlp_grpc_port": 3, "server.port": None}).server
    assert (server.port, server.otlp_http_port, server.otlp_grpc_port) == (1, 2, 3)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "server:\n", "server: {}\nstore:\n"])
def test_an_empty_file_or_section_changes_nothing(tmp_path, text):
    assert load(written(tmp_path, text), {}) == config.Config()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("64MiB", 64 * 1024**2),
        ("500MB", 500_000_000),
        ("1GiB", 1024**3),
        ("1.5kB", 1_500),
        ("4096", 4096),
        ("10_000", 10_000),
    ],
)
def test_sizes_as_people_write_them(tmp_path, text, read):
    assert load(written(tmp_path, f"ingest:\n  max_body_bytes: {text}\n"), {}).ingest.max_body_bytes == read


@pytest.mark.parametrize(
    ("text", "read"), [("2s", 2.0), ("250ms", 0.25), ("1", 1.0), ("0.5", 0.5), ("1m", 60.0)]
)
def test_durations_as_people_write_them(tmp_path, text, read):
    path = written(tmp_path, f"ingest:\n  segment_seconds: {text}\n")
    assert load(path, {}).ingest.segment_seconds == read


@pytest.mark.parametrize(
    ("text", "read"), [("a.example, b.example", ("a.example", "b.example")), ("[a, b]", ("a", "b")), ("", ())]
)
def test_lists_in_the_environment(text, read):
    assert load(None, {"WATCHKEEPER__SERVER__ALLOWED_HOSTS": text}).server.allowed_hosts == read


def test_text_in_the_environment_is_taken_as_it_is():
    env = {"WATCHKEEPER__SERVER__HOST": "no", "WATCHKEEPER__LEDGER__URL": "sqlite:////x/y: z.db"}
    loaded = load(None, env)
    assert (loaded.server.host, loaded.ledger.url) == ("no", "sqlite:////x/y: z.db")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("server:\n  prot: 1\n", "watchkeeper.yaml:2: unknown setting server.prot; did you mean 'port'?"),
        ("\n\nserve:\n  port: 1\n", "watchkeeper.yaml:3: unknown section 'serve'; did you mean 'server'?"),
        ("zzzz:\n", "watchkeeper.yaml:1: unknown section 'zzzz'"),
        (
            "server:\n  segment_seconds: 1\n",
            "watchkeeper.yaml:2: unknown setting server.segment_seconds; did you mean 'ingest.segment_seconds'?",
        ),
        ("server:\n  port: http\n", "watchkeeper.yaml:2: server.port must be a whole number, not 'http'"),
        ("server:\n  port: 7070.5\n", "watchkeeper.yaml:2: server.port must be a whole number, not 7070.5"),
        ("server:\n  port: true\n", "watchkeeper.yaml:2: server.port must be a whole number, not True"),
        ("server:\n  port:\n", "watchkeeper.yaml:2: server.port must be a whole number, not nothing"),
        ("server:\n  port: 70000\n", "watchkeeper.yaml:2: server.port must be at most 65535, not 70000"),
        ("server:\n  port: -1\n", "watchkeeper.yaml:2: server.port must be at least 0, not -1"),
        ("server:\n  host: 127\n", "watchkeeper.yaml:2: server.host must be text, not 127"),
        (
            "server:\n  allowed_hosts:\n    - a\n    - 3\n",
            "watchkeeper.yaml:2: server.allowed_hosts must be text, not 3",
        ),
        (
            "ingest:\n  max_body_bytes: much\n",
            "watchkeeper.yaml:2: ingest.max_body_bytes must be a size in bytes, or as in 64MiB, not 'much'",
        ),
        (
            "ingest:\n  segment_seconds: 5 minutes\n",
            "watchkeeper.yaml:2: ingest.segment_seconds must be a number of seconds, or as in 5m: '5 minutes' is",
        ),
        (
            "ingest:\n  segment_seconds: .inf\n",
            "watchkeeper.yaml:2: ingest.segment_seconds must be a number of seconds, or as in 5m, not inf",
        ),
        (
            "server:\n  port: 1\n  port: 2\n",
            "watchkeeper.yaml:3: 'port' is there twice, first on line 2",
        ),
        ("server: 7070\n", "watchkeeper.yaml:1: the section 'server' must be a mapping of names to values"),
        ("- server\n", "watchkeeper.yaml:1: the file must be a mapping of names to values"),
        ("server:\n  port: [1\nx: 2\n", "watchkeeper.yaml:3: is no YAML: expected ',' or ']', but got ':'"),
        (
            "server:\n  host: !!python/object:os.system x\n",
            "watchkeeper.yaml:2: can't be read: could not determine a constructor",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, text, message):
    assert wrong(tmp_path, text).startswith(message)


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (
            "WATCHKEEPER__SERVER__PROT",
            "WATCHKEEPER__SERVER__PROT: unknown setting server.prot; did you mean 'port'?",
        ),
        ("WATCHKEEPER__SERVER", "WATCHKEEPER__SERVER: write WATCHKEEPER__SECTION__NAME"),
        (
            "WATCHKEEPER__SERVER__PORT",
            "WATCHKEEPER__SERVER__PORT: server.port must be a whole number, not 'x'",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(variable, message):
    with pytest.raises(ConfigError) as caught:
        load(None, {variable: "x"})
    assert caught.value.message.startswith(message)


def test_a_mistake_on_the_command_line_names_the_option():
    with pytest.raises(ConfigError, match=r"--otlp-http-port: server\.otlp_http_port must be at most 65535"):
        load(None, {}, {"server.otlp_http_port": 65_536})


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"other\.yaml: can't be read: No such file"):
        load(tmp_path / "other.yaml", {})


def test_a_file_that_is_no_configuration_is_not_read_whole(tmp_path):
    with pytest.raises(ConfigError, match="over 1048576 bytes"):
        load(written(tmp_path, "#" * 1_048_577), {})


def test_every_setting_has_help_and_a_type_that_can_be_read():
    for section, kind in config.section_types().items():
        types = get_type_hints(kind)
        for setting in dataclasses.fields(kind):
            where = f"{section}.{setting.name}"
            assert setting.metadata.get("help", "").endswith("."), f"{where} lacks a sentence of help"
            assert types[setting.name], where


def test_a_list_of_mappings_stays_one(tmp_path):
    path = written(tmp_path, "store:\n  prices:\n    - provider: openai\n      input_usd_per_million: 2.5\n")
    assert load(path, {}).store.prices == ({"provider": "openai", "input_usd_per_million": 2.5},)
    assert wrong(tmp_path, "store:\n  prices: [cheap]\n") == (
        "watchkeeper.yaml:2: store.prices must be a mapping, not 'cheap'"
    )


def test_sections_can_not_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.Config().server.port = 1
