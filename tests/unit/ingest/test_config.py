"""Settings that can't work are refused where they are written, not found out by a sender."""

import dataclasses

import pytest

from watchkeeper.app.config import load
from watchkeeper.ingest.config import IngestConfig
from watchkeeper.kernel.errors import WatchkeeperError
from watchkeeper.store.config import StoreConfig

NUMBERS = [
    (section, setting)
    for section, config in (("ingest", IngestConfig), ("store", StoreConfig))
    for setting in dataclasses.fields(config)
    if setting.type in {"int", "float"}
]


@pytest.mark.parametrize(("section", "setting"), NUMBERS, ids=lambda value: getattr(value, "name", value))
def test_every_number_has_a_bound_that_its_default_keeps(tmp_path, section, setting):
    low = setting.metadata["min"]
    assert low <= setting.default <= setting.metadata.get("max", setting.default)
    path = tmp_path / "watchkeeper.yaml"
    path.write_text(f"{section}:\n  {setting.name}: {low - 1}\n")
    with pytest.raises(WatchkeeperError, match=f"{section}.{setting.name} must be at least {low}"):
        load(path, {})
