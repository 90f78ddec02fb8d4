import pytest

from watchkeeper.ledger import Ledger


@pytest.fixture
async def ledger(tmp_path, clock):
    async with await Ledger.open(tmp_path / "ledger.db", clock) as opened:
        yield opened
