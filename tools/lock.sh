#!/usr/bin/env bash
# Resolves the requirement files: exact versions with hashes for every platform, without the name of any index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}

compile pyproject.toml requirements/build.in --extra server -o requirements/server.txt
compile pyproject.toml requirements/build.in --extra server --extra dev -c requirements/server.txt \
    -o requirements/dev.txt
compile requirements/web.in -o requirements/web.txt
