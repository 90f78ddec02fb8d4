"""Finds the built web UI: in the installed package, or in the working copy of an editable install."""

from __future__ import annotations

from pathlib import Path


def find(configured: Path | None = None) -> Path | None:
    """The folder with the UI's `index.html`, or None when it was not built.

    Args:
        configured: `server.web_dir`; when set, no other folder is looked at.
    """
    here = Path(__file__).resolve().parent
    places = [configured] if configured else [here / "web_dist", here.parents[2] / "web" / "dist"]
    return next((place for place in places if (place / "index.html").is_file()), None)
