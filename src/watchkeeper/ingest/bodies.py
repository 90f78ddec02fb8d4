"""Unpacks request bodies without letting a small one become a huge one."""

from __future__ import annotations

import sys
import zlib
from typing import Any, Final

from watchkeeper.ingest.errors import TooLarge, Undecodable, Unsupported

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32


def unpack(body: bytes, encoding: str, *, limit: int) -> bytes:
    """The body as it was before compression, at most `limit` bytes.

    Raises:
        Unsupported: the encoding is not known.
        TooLarge: it would be larger; no more than the limit was unpacked to find out.
        Undecodable: it is not compressed so, or cut short.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _all_members(body, limit, lambda: zlib.decompressobj(_GZIP_OR_ZLIB), encoding)
    if encoding == "zstd":
        return _all_members(body, limit, zstd.ZstdDecompressor, encoding)
    raise Unsupported(
        f"Content-Encoding {encoding[:40]!r} is not known", hint="send gzip, zstd, deflate or none"
    )


def _all_members(body: bytes, limit: int, start: Any, encoding: str) -> bytes:
    parts: list[bytes] = []
    left = limit
    try:
        while body:
            stream = start()
            part = stream.decompress(body, left + 1)
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise TooLarge(
                    f"the body is over {limit} bytes after decompression", hint="send smaller batches"
                )
            if not stream.eof:
                raise Undecodable(f"the {encoding} body is cut short")
            body = stream.unused_data
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise Undecodable(f"the body is not {encoding}: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)
