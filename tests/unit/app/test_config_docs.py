from pathlib import Path

from watchkeeper.app import config_docs

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_reference_says_what_the_settings_are():
    assert PAGE.read_text() == config_docs.render(), "run `make docs`"
