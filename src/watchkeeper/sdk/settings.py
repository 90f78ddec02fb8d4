"""The SDK's settings: each declared once, with its variables, default and help.

An argument of ``configure`` wins over the environment, the environment over the
default. A value that can't be read is reported once and the next source is asked.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from watchkeeper.sdk import guard

TRACES_PATH: Final = "/v1/traces"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: environment variables in order of precedence, default, reader, help."""

    name: str
    env: tuple[str, ...]
    default: Any
    read: Callable[[str], Any]
    help: str


def _text(value: str) -> str:
    return value.strip()


def _flag(value: str) -> bool:
    lowered = value.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    raise ValueError("expected true or false")


def _capture(value: str) -> bool:
    """The GenAI instrumentations know four words beside true and false."""
    word = value.strip().upper()
    if word in {"SPAN_ONLY", "SPAN_AND_EVENT"}:
        return True
    return False if word in {"NO_CONTENT", "EVENT_ONLY"} else _flag(value)


def _positive(value: str) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError("expected a number above 0")
    return number


def _count(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("expected a whole number of at least 1")
    return number


def _ratio(value: str) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError("expected a number from 0 to 1")
    return number


def _pairs(value: str) -> dict[str, str]:
    """``k=v,k=v`` as OTEL_EXPORTER_OTLP_HEADERS has it; values are URL-encoded."""
    pairs: dict[str, str] = {}
    for item in value.split(","):
        if not item.strip():
            continue
        key, equals, text = item.partition("=")
        if not equals or not key.strip():
            raise ValueError(f"expected key=value, got {item.strip()!r}")
        pairs[key.strip().lower()] = unquote(text.strip())
    return pairs


def _exporter(value: str) -> str:
    word = value.partition(",")[0].strip().lower()
    if word not in {"otlp", "console", "none"}:
        raise ValueError("expected otlp, console or none")
    return word


def _compression(value: str) -> str:
    word = value.strip().lower()
    if word not in {"gzip", "deflate", "none"}:
        raise ValueError("expected gzip, deflate or none")
    return word


SETTINGS: Final = (
    Setting(
        "service_name",
        ("OTEL_SERVICE_NAME",),
        "",
        _text,
        "Name of this program; the script's name otherwise.",
    ),
    Setting("service_namespace", (), "", _text, "Namespace that agent names are unique in."),
    Setting(
        "endpoint",
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        "http://127.0.0.1:4318",
        _text,
        "Where to send: the server's OTLP/HTTP address.",
    ),
    Setting(
        "headers",
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"),
        {},
        _pairs,
        "Headers sent with each export.",
    ),
    Setting("token", ("WATCHKEEPER_TOKEN",), "", _text, "Access token of the server, scope ingest."),
    Setting("project", ("WATCHKEEPER_PROJECT",), "", _text, "Project, as a resource attribute."),
    Setting("sample", ("WATCHKEEPER_SAMPLE",), None, _ratio, "Share of the traces to keep, 0 to 1."),
    Setting(
        "capture_content",
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",),
        True,
        _capture,
        "Whether messages, tool arguments and results are sent.",
    ),
    Setting("exporter", ("OTEL_TRACES_EXPORTER",), "otlp", _exporter, "otlp, console or none."),
    Setting("disabled", ("OTEL_SDK_DISABLED",), False, _flag, "Turns everything off."),
    Setting(
        "compression",
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"),
        "none",
        _compression,
        "gzip pays off over a network, not on one machine.",
    ),
    Setting(
        "export_timeout_seconds",
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"),
        10.0,
        _positive,
        "How long one export may take, retries included.",
    ),
    Setting(
        "schedule_delay_ms", ("OTEL_BSP_SCHEDULE_DELAY",), 1000.0, _positive, "How often spans are sent."
    ),
    Setting(
        "queue_size", ("OTEL_BSP_MAX_QUEUE_SIZE",), 8192, _count, "Spans that may wait; the oldest go first."
    ),
    Setting("batch_size", ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE",), 512, _count, "Spans in one export."),
    Setting(
        "exit_timeout_seconds",
        ("WATCHKEEPER_EXIT_TIMEOUT",),
        3.0,
        _positive,
        "How long the end of the program may wait for the last spans.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``configure`` resolved; field meanings are in ``SETTINGS``."""

    service_name: str
    service_namespace: str
    endpoint: str
    headers: Mapping[str, str]
    token: str = field(repr=False)
    project: str
    sample: float | None
    capture_content: bool
    exporter: str
    disabled: bool
    compression: str
    export_timeout_seconds: float
    schedule_delay_ms: float
    queue_size: int
    batch_size: int
    exit_timeout_seconds: float

    @property
    def traces_url(self) -> str:
        """The endpoint with the path of the traces signal."""
        url = self.endpoint if "://" in self.endpoint else f"http://{self.endpoint}"
        return url if url.rstrip("/").endswith(TRACES_PATH) else url.rstrip("/") + TRACES_PATH

    @property
    def export_headers(self) -> dict[str, str]:
        """Headers of an export, with the token."""
        headers = dict(self.headers)
        if self.token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        return headers


def resolve(arguments: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from arguments (None means: not given), environment and defaults."""
    environ = os.environ if environ is None else environ
    values = {setting.name: _value(setting, arguments.get(setting.name), environ) for setting in SETTINGS}
    values["service_name"] = values["service_name"] or _resource_service(environ) or _script_name()
    values["batch_size"] = min(values["batch_size"], values["queue_size"])
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol and protocol.strip().lower() != "http/protobuf":
        guard.say_once(
            "protocol",
            "watchkeeper: OTEL_EXPORTER_OTLP_PROTOCOL=%s is not available here; sending http/protobuf to %s",
            protocol,
            values["endpoint"],
        )
    return Settings(**values)


# OpenTelemetry reads these while it is imported, and a bad one fails the import.
_LIMITS: Final = tuple(
    f"OTEL_{name}_LIMIT"
    for name in (
        "ATTRIBUTE_COUNT",
        "ATTRIBUTE_VALUE_LENGTH",
        "SPAN_ATTRIBUTE_COUNT",
        "SPAN_ATTRIBUTE_VALUE_LENGTH",
        "SPAN_EVENT_COUNT",
        "SPAN_LINK_COUNT",
        "EVENT_ATTRIBUTE_COUNT",
        "LINK_ATTRIBUTE_COUNT",
    )
)


@contextmanager
def bad_limits_aside() -> Iterator[None]:
    """Takes limits that are no numbers out of the environment while OpenTelemetry reads it."""
    bad = {name: os.environ[name] for name in _LIMITS if not os.environ.get(name, "0").strip().isdigit()}
    for name, value in bad.items():
        guard.say_once(
            f"setting {name}", "watchkeeper: %s=%s is ignored: expected a whole number", name, value
        )
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(bad)


def _value(setting: Setting, argument: Any, environ: Mapping[str, str]) -> Any:
    if argument is not None:
        try:
            return _checked(setting, argument)
        except (TypeError, ValueError) as error:
            _refused(setting, f"configure({setting.name}=…)", argument, error)
    for variable in setting.env:
        text = environ.get(variable, "").strip()
        if text:
            try:
                return setting.read(text)
            except ValueError as error:
                _refused(setting, variable, text, error)
    return setting.default


def _checked(setting: Setting, argument: Any) -> Any:
    """Arguments pass the same reader as text does, so both have the same limits."""
    if isinstance(argument, Mapping):
        return {str(key).lower(): str(value) for key, value in argument.items()}
    return setting.read(argument if isinstance(argument, str) else str(argument))


def _refused(setting: Setting, where: str, value: object, error: Exception) -> None:
    shown = "…" if setting.name in {"token", "headers"} else value
    guard.say_once(
        f"setting {where}", "watchkeeper: %s=%s is ignored: %s (%s)", where, shown, error, setting.help
    )


def _resource_service(environ: Mapping[str, str]) -> str:
    """``service.name`` out of OTEL_RESOURCE_ATTRIBUTES, '' when it has none."""
    for item in environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, _, value = item.partition("=")
        if key.strip() == "service.name":
            return unquote(value.strip())
    return ""


def _script_name() -> str:
    main = getattr(sys.modules.get("__main__"), "__spec__", None)
    if main is not None and main.name:
        return str(main.name).removesuffix(".__main__")
    script = os.path.basename(sys.argv[0]) if sys.argv and sys.argv[0] else ""  # noqa: PTH119  no Path for a name
    return script.removesuffix(".py") or "python"
