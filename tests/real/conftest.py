import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("rig", Path(__file__).with_name("rig.py"))
rig = importlib.util.module_from_spec(_spec)
sys.modules["rig"] = rig
_spec.loader.exec_module(rig)


@pytest.fixture
def start_rig(start_server):
    """Starts a server like `start_server`, and gives it with its engine and its traffic."""
    return lambda *options, **more: rig.Rig(start_server(*options, **more))
