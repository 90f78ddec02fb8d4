"""One request in a log segment: what `ingest` writes, the engine decodes and `store` splits and counts.

A segment file is a stream of length-prefixed protobuf messages, which is just what the engine's
``Protobuf`` format reads::

    message Env {
      Req     req                = 1;   // the request as it came off the wire
      fixed64 req_id             = 2;   // digest of project and body: a retry has the same one
      string  project            = 3;
      fixed64 received_unix_nano = 4;   // arrival; decides the partition, so a replay lands in the same one
      fixed64 checksum           = 5;   // xxh3-64 of the bytes of `req`; the engine's schema leaves it out
    }

The small fields come first, so that a record can be looked at without reading its body. The checksum tells a
record that was cut short or never reached the disk from a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import xxhash

MAX_PROJECT_BYTES: Final = 120
_HEAD: Final = re.compile(rb"\x11.{8}\x21.{8}\x29.{8}\x1a", re.DOTALL)  # a record behind its length
_MOST_HEADS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Record:
    """One request as it stands in a segment.

    Attributes:
        request_id: digest that names the request.
        project: the project that it belongs to.
        received_unix_nano: arrival, nanoseconds since the epoch.
        request: the protobuf bytes of the export request.
        start: offset of the record (its length prefix) in the segment.
        end: offset behind the record.
    """

    request_id: int
    project: str
    received_unix_nano: int
    request: memoryview
    start: int
    end: int


def digest(project: str, body: bytes | memoryview) -> int:
    """The 64-bit id of a request: equal for a retry of the same bytes in the same project."""
    return xxhash.xxh3_64_intdigest(body, seed=xxhash.xxh32_intdigest(project.encode()))


def varint(number: int) -> bytes:
    """Protobuf's base-128 encoding of a number that is not negative."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def encode(
    request: bytes | memoryview, *, request_id: int, project: str, received_unix_nano: int
) -> tuple[bytes, bytes | memoryview]:
    """Head and body of one record, to be written one after the other; the body is not copied.

    Raises:
        ValueError: the project's name is longer than `MAX_PROJECT_BYTES`.
    """
    name = project.encode()
    if len(name) > MAX_PROJECT_BYTES:
        raise ValueError(f"project names have at most {MAX_PROJECT_BYTES} bytes, this one has {len(name)}")
    fields = b"".join((
        b"\x11", request_id.to_bytes(8, "little"),
        b"\x21", received_unix_nano.to_bytes(8, "little"),
        b"\x29", xxhash.xxh3_64_intdigest(request).to_bytes(8, "little"),
        b"\x1a", varint(len(name)), name,
        b"\x0a", varint(len(request)),
    ))  # fmt: skip
    return varint(len(fields) + len(request)) + fields, request


def read(segment: memoryview) -> Iterator[Record]:
    """The whole records at the start of a segment; ends before the first one that is torn.

    A record is whole when its length, its fields and its checksum agree.
    """
    at = 0
    while (record := _record(segment, at)) is not None:
        yield record
        at = record.end


def is_torn(segment: memoryview, at: int) -> bool:
    """Whether a segment ends, at an offset where no whole record is, in one that was being written.

    Such a tail is zeros, or a record cut short or followed by zeros. Anything else is damage: a record that is all
    there with another checksum, or whole records behind the one that is not.
    """
    rest = bytes(segment[at:]).rstrip(b"\0")
    if not rest:
        return True
    length, head = _varint_at(segment, at)
    if length and at + len(rest) >= head + length:
        return False
    for tried, found in enumerate(_HEAD.finditer(rest)):
        # A body may hold what looks like heads, by the million: enough of them are as good as a record.
        if tried == _MOST_HEADS:
            return False
        start = at + found.start()
        if any(_record(segment, start - size) for size in range(1, min(5, found.start()) + 1)):
            return False
    return True


def _record(segment: memoryview, start: int) -> Record | None:
    length, at = _varint_at(segment, start)
    end = at + length
    if length < 29 or end > len(segment):
        return None
    if segment[at] != 0x11 or segment[at + 9] != 0x21 or segment[at + 18] != 0x29 or segment[at + 27] != 0x1A:
        return None
    name_length, name_at = _varint_at(segment, at + 28)
    body_tag_at = name_at + name_length
    if body_tag_at >= end or segment[body_tag_at] != 0x0A:
        return None
    body_length, body_at = _varint_at(segment, body_tag_at + 1)
    request = segment[body_at:end]
    checksum = int.from_bytes(segment[at + 19 : at + 27], "little")
    if body_at + body_length != end or xxhash.xxh3_64_intdigest(request) != checksum:
        return None
    return Record(
        request_id=int.from_bytes(segment[at + 1 : at + 9], "little"),
        project=bytes(segment[name_at:body_tag_at]).decode(errors="replace"),
        received_unix_nano=int.from_bytes(segment[at + 10 : at + 18], "little"),
        request=request,
        start=start,
        end=end,
    )


def _varint_at(segment: memoryview, at: int) -> tuple[int, int]:
    """Number at an offset and the offset behind it; (0, at) when it is cut off or longer than 5 bytes."""
    number = 0
    for shift in range(0, 35, 7):
        if at >= len(segment):
            break
        byte = segment[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
    return 0, at
