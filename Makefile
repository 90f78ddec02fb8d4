# watchkeeper. `make help` lists the targets; `make demo` and `make test` work on a fresh clone.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Options for `watchkeeper demo` and for pytest: make demo ARGS="--rate 2", make pytest ARGS="-k ledger".
ARGS ?=

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
say = @printf '\n── %s\n' $(1)

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 12

.PHONY: demo
demo: $(VENV)/.server web ## Start a server and twelve agents; watch them in a browser.
	$(call say,"Starting the demo")
	@$(BIN)/watchkeeper demo $(ARGS)

.PHONY: test
test: check web web-test pytest ## Everything: check, build the UI, test it, test the rest.

.PHONY: check
check: $(VENV)/.dev ## Lint, format, types, import arrows, sizes.
	$(call say,"Checking style")
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	$(call say,"Checking types")
	@$(BIN)/mypy
	$(call say,"Checking arrows and sizes")
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_root_imports.py
	@$(BIN)/python tools/check_sizes.py

.PHONY: pytest
pytest: $(VENV)/.dev ## The Python tests alone.
	$(call say,"Testing")
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: web
web: web/dist/index.html ## Build the web UI, when its sources changed.

.PHONY: web-test
web-test: web/node_modules/.installed ## Check and test the web UI's sources.
	$(call say,"Testing the web UI")
	@cd web && ../tools/with_node.sh npm run --silent check
	@cd web && ../tools/with_node.sh npm test --silent

.PHONY: bench
bench: $(VENV)/.dev ## Measure ingestion and queries; minutes, on a quiet machine.
	@$(BIN)/python bench/ingest.py $(ARGS)
	@$(BIN)/python bench/split.py
	@$(BIN)/python bench/trickle.py
	@$(BIN)/python bench/reads.py

.PHONY: docs
docs: $(VENV)/.dev ## Write the generated pages of docs/.
	@$(BIN)/python -m watchkeeper.app.config_docs docs/configuration.md
	@$(BIN)/python -m watchkeeper.semconv > docs/metrics.md

.PHONY: format
format: $(VENV)/.dev ## Format the Python sources.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: wheel
wheel: $(VENV)/.dev web ## Build the wheel, with the web UI in it, into dist/.
	@$(BIN)/python -m hatchling build -t wheel

.PHONY: lock
lock: $(VENV)/.venv ## Resolve requirements/*.txt anew.
	@PATH="$(CURDIR)/$(BIN):$$PATH"; command -v uv >/dev/null || { echo "make lock needs uv on the path" >&2; exit 1; }; tools/lock.sh

.PHONY: clean
clean: ## Remove what was built; data folders stay.
	@rm -rf $(VENV) web/node_modules web/dist dist .mypy_cache .ruff_cache .pytest_cache

# ── Setting up: each step leaves a stamp, so the next run starts at once ─────────────────────────────────────────

$(VENV)/.venv:
	$(call say,"Making .venv")
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "watchkeeper needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) -V 2>&1`. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	    { echo "$(PYTHON) can't make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.server: requirements/server.txt pyproject.toml | $(VENV)/.venv
	$(call say,"Installing the server (about 300 MB the first time)")
	@$(BIN)/python tools/install.py requirements/server.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/.venv
	$(call say,"Installing the server and the tools to test it")
	@$(BIN)/python tools/install.py requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.server

web/node_modules/.installed: web/package-lock.json web/package.json | $(VENV)/.venv
	$(call say,"Installing what the web UI is built with")
	@cd web && ../tools/with_node.sh npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: $(WEB_SOURCES) | web/node_modules/.installed
	$(call say,"Building the web UI")
	@cd web && ../tools/with_node.sh npm run --silent build
	@touch $@
