"""The envelope every event travels in, inside and outside the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, told at least once: consumers drop repeats by `id`.

    Attributes:
        id: unique, and rising with time within one source (UUIDv7).
        time_ns: when, in nanoseconds since the epoch.
        event_type: for example `telemetry.stored`, `monitor.alert.triggered`.
        payload: what JSON can say.
    """

    id: str
    time_ns: int
    project: str
    event_type: str
    entity_type: str
    entity_id: str
    payload: Mapping[str, object]
