# The menu. `make` alone prints it. Works with GNU Make 3.81 (macOS) and newer.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
UV := .uv/bin/uv
PY := .venv/bin/python
OKTEE := $(PY) -m oktee.cli
SETUP = $(MAKE) --no-print-directory -s -j 3 setup
NODE := cd frontend && node
VITE := $(NODE) node_modules/vite/bin/vite.js
TSC := $(NODE) node_modules/typescript7/bin/tsc -p .
CLIENT := $(NODE) node_modules/openapi-typescript/bin/cli.js ../openapi/oktee.json
PAGES := $(wildcard frontend/*.json frontend/*.ts frontend/*.html frontend/public/* frontend/src frontend/src/* frontend/src/*/* frontend/src/*/*/* frontend/src/*/*/*/* frontend/src/*/*/*/*/*)
SOURCES := backend migrations tests bench
TESTS ?= tests
PROCESSES ?= 3

.PHONY: help setup demo demo-code demo-check dev up down migrate test test-python test-web test-browser check fmt openapi env-example bench audit build clean

help: ## this menu
	@grep -E '^[a-z-]+:.*## ' Makefile | while IFS= read -r line; do printf '  make %-14s%s\n' "$${line%%:*}" "$${line##*## }"; done

setup: .venv/.ready frontend/node_modules/.ready frontend/dist/.ready ## make the environments from the lock files and build the pages; a second run does next to nothing
	@$(PY) -m compileall -q backend migrations

demo: ## everything on this machine: prints the address and the accounts; RESET=1 starts over; Ctrl-C stops it
	@$(SETUP)
	@exec $(OKTEE) demo $(if $(RESET),--reset)

demo-code: .venv/.ready ## a code of a demo account now: make demo-code EMAIL=owner@lumea.example
	@$(OKTEE) demo-code $(EMAIL)

demo-check: ## bring everything up in a temporary folder, walk the journeys over HTTP, stop; JOURNEY=order, supply or trust for one
	@$(SETUP)
	@exec $(OKTEE) demo --check $(if $(JOURNEY),--journey $(JOURNEY))

dev: ## the demo with reloading API and Vite's development server
	@$(SETUP)
	@exec $(OKTEE) demo --dev

up: .venv/.ready ## only the embedded PostgreSQL and Valkey; prints their addresses
	@$(OKTEE) servers up

down: .venv/.ready ## stop them
	@$(OKTEE) servers down

migrate: .venv/.ready ## bring the database to the newest schema (MIGRATION_DATABASE_URL, else the embedded one)
	@$(OKTEE) migrate

test: ## everything: check, Python tests, page tests, the journey in a real browser
	@$(SETUP)
	@$(MAKE) -s -j 2 check test-web
	@$(MAKE) -s test-python test-browser

test-python: .venv/.ready ## the Python tests; TESTS=tests/kit for some, PROCESSES=1 for one after the other (three keep two cores busy)
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -q -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(TESTS)

test-web: frontend/node_modules/.ready ## the tests of the pages
	@$(NODE) node_modules/vitest/vitest.mjs run

test-browser: ## sign-in to Seen on Amazon, a morning by keyboard, a cut, a simulation: in a real browser
	@$(SETUP)
	@$(NODE) node_modules/@playwright/test/cli.js test || { echo 'The browser journey failed. If no browser started: apt-get install chromium, or CHROME_BIN=/path/to/chromium make test-browser.' >&2; exit 1; }

check: .venv/.ready frontend/node_modules/.ready ## style, types, import contracts, and every generated file against its source
	@$(PY) -m ruff check $(SOURCES)
	@$(PY) -m ruff format --check --quiet --output-format concise $(SOURCES) || { echo 'Format with: make fmt' >&2; exit 1; }
	@$(PY) -m mypy --no-error-summary
	@PYTHONPATH=backend .venv/bin/lint-imports --no-logo >.venv/.imports || { cat .venv/.imports; exit 1; }
	@$(OKTEE) openapi --check
	@$(OKTEE) env-example --check
	@$(CLIENT) | cmp -s - src/api/schema.d.ts || { echo 'frontend/src/api/schema.d.ts is not what openapi/oktee.json says: run make openapi' >&2; exit 1; }
	@.venv/bin/hadolint docker/Dockerfile
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker/compose.yaml
	@$(NODE) node_modules/@biomejs/biome/bin/biome check .
	@$(TSC)
	@$(PY) -m pytest -q -p no:cacheprovider tests/house/test_promises.py tests/house/test_data_inventory.py tests/house/test_privacy_pages.py tests/house/test_repository.py tests/house/test_quick_rows.py -k 'not live_schema'

fmt: .venv/.ready frontend/node_modules/.ready ## write the one format
	@$(PY) -m ruff check --fix --quiet $(SOURCES); $(PY) -m ruff format --quiet $(SOURCES)
	@$(NODE) node_modules/@biomejs/biome/bin/biome check --write .

openapi: .venv/.ready frontend/node_modules/.ready ## write openapi/oktee.json and the client of the pages
	@$(OKTEE) openapi
	@$(CLIENT) -o src/api/schema.d.ts

env-example: .venv/.ready ## write .env.example from the settings
	@$(OKTEE) env-example

bench: setup ## a measurement, e.g. BENCH=sync; one JSON object a line
	@test -n "$(BENCH)" || { echo 'Name one: make bench BENCH=sync' >&2; exit 2; }
	@test -f bench/$(BENCH).py -o -f bench/$(BENCH)/__main__.py || { echo 'bench/ has no measurement named $(BENCH).' >&2; exit 2; }
	@PYTHONPATH=backend:. $(PY) -m bench.$(BENCH)

audit: setup ## known vulnerabilities of the locked packages (asks the network); exits 2 when nothing answered
	@rm -f .venv/audit.json; $(UV) tool run --from pip-audit==2.10.1 pip-audit --strict --disable-pip --require-hashes -r requirements.lock --progress-spinner off -f json -o .venv/audit.json || { test -s .venv/audit.json && exit 1; echo 'NOT AUDITED: no advisory service answered for every Python package.' >&2; exit 2; }
	@cd frontend && npm audit --json >../.venv/npm-audit.json || { grep -q '"vulnerabilities": {' ../.venv/npm-audit.json && cat ../.venv/npm-audit.json && exit 1; echo 'NOT AUDITED: no advisory service answered for the npm packages.' >&2; exit 2; }

build: setup ## the container image, where Docker is at hand
	@docker build -f docker/Dockerfile -t oktee:$$($(PY) -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])') .

clean: ## remove what setup and the tests made; .data stays (make demo RESET=1 empties it)
	@rm -rf .venv .uv frontend/node_modules frontend/dist frontend/test-results frontend/playwright-report .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/.envs

# -- what setup makes ---------------------------------------------------------------------------------------------------

.uv/.ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'OKTee needs Python 3.11 or newer: make PYTHON=/path/to/python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'Python has no venv here. On Debian and Ubuntu: sudo apt-get install python3-venv' >&2; exit 1; }
	@test -x $(UV) || { $(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9; }
	@touch $@

.venv/.ready: requirements.lock .uv/.ready
	@test -x $(PY) || $(UV) venv --quiet --python .uv/bin/python .venv
	@$(UV) pip sync --quiet --require-hashes --python $(PY) requirements.lock
	@$(PY) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "oktee-backend.pth").write_text(str(pathlib.Path("backend").resolve()) + "\n")'
	@env -u PYTHONDONTWRITEBYTECODE DATABASE_URL=unused:// VALKEY_URL=unused:// $(PY) -c 'import alembic.command, oktee.app, oktee.demo.customers, oktee.demo.run, oktee.worker, simulator.app, uvicorn.protocols.http.httptools_impl' # its bytecode is kept, also where Python is told to keep none: the demo starts in half the time
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json
	@node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' || { echo 'OKTee needs Node 20.19 or newer.' >&2; exit 1; }
	@cd frontend && npm ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

frontend/dist/.ready: frontend/node_modules/.ready $(PAGES)
	@$(TSC) && cd .. && $(VITE) build --logLevel warn
	@touch $@
