import subprocess
import sys
from pathlib import Path

import pytest

import watchkeeper
from watchkeeper import sdk

SERVER_ONLY = (
    "fastapi",
    "starlette",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "chdb",
    "aiohttp",
    "pydantic",
    "typer",
    "grpc",
    "orjson",
)


def python(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_the_facade_offers_what_the_sdk_does():
    assert watchkeeper.__all__ == sdk.__all__ == sorted(sdk.__all__)
    for name in watchkeeper.__all__:
        assert getattr(watchkeeper, name) is getattr(sdk, name)
    assert set(watchkeeper.__all__) <= set(dir(watchkeeper))


def test_type_checkers_see_the_same_names():
    source = Path(watchkeeper.__file__).read_text(encoding="utf-8")
    block = source.partition("from watchkeeper.sdk import (")[2].partition(")")[0]
    assert sorted(name.strip() for name in block.split(",") if name.strip()) == watchkeeper.__all__
    assert (Path(watchkeeper.__file__).parent / "py.typed").exists()


def test_a_name_that_does_not_exist_says_so():
    with pytest.raises(AttributeError, match="module 'watchkeeper' has no attribute 'nothing'"):
        _ = watchkeeper.nothing


def test_importing_loads_nothing():
    loaded = python(
        "import sys; before = set(sys.modules); import watchkeeper; print(len(set(sys.modules) - before))"
    )
    assert int(loaded) <= 2


def test_the_helpers_load_neither_server_code_nor_the_otel_sdk():
    code = "import sys, watchkeeper as wk\nwith wk.task('t'): pass\nprint(' '.join(sys.modules))"
    loaded = set(python(code).split())
    assert "opentelemetry.trace" in loaded
    assert "opentelemetry.sdk.trace" not in loaded
    assert not {name for name in loaded if name.startswith(SERVER_ONLY)}
    rooms = {name.split(".")[1] for name in loaded if name.startswith("watchkeeper.")}
    assert rooms == {"sdk", "semconv"}


def test_configure_loads_no_server_code():
    code = "import sys, watchkeeper as wk\nwk.configure(endpoint='http://127.0.0.1:1')\nprint(' '.join(sys.modules))\nwk.shutdown(0.1)"
    loaded = set(python(code).split())
    assert "opentelemetry.sdk.trace" in loaded
    assert not {name for name in loaded if name.startswith(SERVER_ONLY)}


def test_configure_may_come_before_any_other_import():
    code = (
        "import watchkeeper as wk; wk.configure('x', exporter='none')\n"
        "from opentelemetry import trace\n"
        "with trace.get_tracer('later').start_as_current_span('s') as span: print(span.is_recording())"
    )
    assert python(code) == "True"
