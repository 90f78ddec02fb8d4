"""The web UI's files, or a page that says how to build them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Everything that is not a page of the UI: an unknown path below these is an error, not the UI.
_NOT_PAGES: Final = (
    "alertmanager", "api", "health", "hooks", "jaeger", "loki", "mcp", "metrics", "prometheus", "tempo", "v1",
)  # fmt: skip
# The build puts a digest into the names of these files: a name never changes its content.
_HASHED: Final = "assets/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
# The UI brings all of its own: nothing is loaded from elsewhere, and nobody may frame it.
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
_GUARDING: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}

_NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>watchkeeper</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }
code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .1em .3em; border-radius: .2em }
</style>
<h1>watchkeeper is running</h1>
<p>The web UI was not built. In the project's folder, run</p>
<p><code>make web</code></p>
<p>and start the server again. Everything else works: telemetry is received and kept, and the API answers at
<a href="/api/v1/overview"><code>/api/v1/overview</code></a>
(described in <a href="/api/v1/openapi.json"><code>/api/v1/openapi.json</code></a>).</p>
</html>
"""


class WebFiles(StaticFiles):
    """The built UI: its files as they are, and its start page for every path that only the UI knows."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, the start page, or 404 for what is no page."""
        try:
            found = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or _is_file(path):
                raise
            found = await super().get_response("index.html", scope)
            path = "index.html"
        hashed = path.startswith(_HASHED) and found.status_code in {200, 206, 304}
        found.headers["cache-control"] = _FOR_EVER if hashed else _ASK_AGAIN
        found.headers.update(_GUARDING)
        return found


def _is_file(path: str) -> bool:
    """Whether a path names a file rather than a page: files lie at the top or under the hashed ones' folder.

    Pages may have dots too: an agent's name is part of its page's path.
    """
    first, _, rest = path.partition("/")
    return first in _NOT_PAGES or path.startswith(_HASHED) or (not rest and "." in first)


async def not_built(request: Request) -> Response:
    """The page that says how to build the UI."""
    first = request.url.path.strip("/").split("/", 1)[0]
    if first in _NOT_PAGES:
        raise HTTPException(404, "there is nothing here")
    return HTMLResponse(_NOT_BUILT, headers={"cache-control": _ASK_AGAIN, **_GUARDING})


def mount(app: Starlette, web_dir: Path | None) -> None:
    """Let an application serve the UI at every path that none of its routes took. Call it last."""
    if web_dir is None:
        app.router.routes.append(Route("/{path:path}", not_built, methods=["GET", "HEAD"]))
    else:
        app.mount("/", WebFiles(directory=web_dir, html=True), name="web")
