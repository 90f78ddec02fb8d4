"""Bodies are unpacked up to a limit and no further."""

import gzip
import sys
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.ingest.bodies import unpack
from watchkeeper.ingest.errors import TooLarge, Undecodable, Unsupported

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACK = {
    "": lambda body: body,
    "identity": lambda body: body,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}
PACKED = [name for name in PACK if name not in {"", "identity"}]


@pytest.mark.parametrize("encoding", PACK)
@given(body=st.binary(max_size=3000))
def test_what_was_packed_comes_out(encoding, body):
    assert unpack(PACK[encoding](body), encoding, limit=3000) == body


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_members_are_one_body(encoding):
    pack = PACK[encoding]
    assert unpack(pack(b"one,") + pack(b"") + pack(b"two"), encoding, limit=7) == b"one,two"
    with pytest.raises(TooLarge):
        unpack(pack(b"one,") + pack(b"two"), encoding, limit=6)


@pytest.mark.parametrize("encoding", PACKED)
def test_the_limit_itself_is_allowed_and_one_more_is_not(encoding):
    packed = PACK[encoding](b"a" * 1000)
    assert len(unpack(packed, encoding, limit=1000)) == 1000
    with pytest.raises(TooLarge, match="999"):
        unpack(packed, encoding, limit=999)


@pytest.mark.parametrize("encoding", PACKED)
def test_a_bomb_is_not_unpacked_to_find_out_that_it_is_one(encoding):
    bomb = PACK[encoding](bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            unpack(bomb, encoding, limit=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", PACKED)
def test_every_cut_is_noticed(encoding):
    packed = PACK[encoding](b"some spans, some more spans")
    for cut in range(1, len(packed)):
        with pytest.raises(Undecodable):
            unpack(packed[:cut], encoding, limit=1000)


@pytest.mark.parametrize("encoding", PACKED)
def test_garbage_is_named_for_what_it_is_not(encoding):
    with pytest.raises(Undecodable, match=encoding):
        unpack(b"this was never packed", encoding, limit=1000)
    with pytest.raises(Undecodable):
        unpack(PACK[encoding](b"good") + b"and then garbage", encoding, limit=1000)


def test_an_unknown_encoding_is_named():
    with pytest.raises(Unsupported, match="br"):
        unpack(b"", "br", limit=1)
