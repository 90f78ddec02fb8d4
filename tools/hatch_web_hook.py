"""Build hook: ship the built web UI inside the wheel.

The UI is built into `web/dist`, outside the package. An editable install reads it from there; a wheel
carries it as `watchkeeper/app/web_dist`. A wheel built without the UI is still a good wheel: the server
starts and says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "watchkeeper/app/web_dist"


class WebDistHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `web/dist` to a wheel when it was built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Include the UI, but not in editable installs, which read the working copy."""
        dist = Path(self.root) / "web" / "dist"
        if version != "editable" and (dist / "index.html").is_file():
            build_data["force_include"][str(dist)] = TARGET
