# The targets here are exactly what continuous integration runs: .ci/run is `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
ROOMS := api workers cli coaching sandbox migrations bench tests
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header --upgrade pyproject.toml

# These watch the clock of real processes, and are alone on the machine; all others run two at a time.
ALONE := browser or process or fault
AT_ONCE := -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test quick faults checks browser fix bench lock migration mail

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit("Waypoint needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.lock pyproject.toml
	@echo "Installing what Waypoint needs (a minute the first time)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.installed ## make .venv and install what running needs

setup-dev: $(VENV)/.installed-dev ## and what the tests need

run: setup ## start the whole system on this machine
	@exec $(BIN)/waypoint up --sample

test: checks browser ## everything that continuous integration runs
	$(BIN)/python -m pytest $(AT_ONCE) -m "not ($(ALONE))"
	$(BIN)/python -m pytest -m "$(ALONE)" --durations=10

quick: checks ## the same without browser, process, fault and long tests
	$(BIN)/python -m pytest $(AT_ONCE) -m "not ($(ALONE) or long)"

faults: setup-dev ## kill, empty, stall and cut the running system at full size (half an hour)
	FAULTS=full $(BIN)/python -m pytest tests/faults

checks: setup-dev
	$(BIN)/ruff format --check $(ROOMS)
	$(BIN)/ruff check $(ROOMS)
	$(BIN)/mypy
	$(BIN)/lint-imports

browser: setup-dev ## make sure that there is a Chromium for the browser tests
	@$(BIN)/python -m tests.chromium

fix: setup-dev ## format, and mend what can be mended by a tool
	$(BIN)/ruff check --fix $(ROOMS)
	$(BIN)/ruff format $(ROOMS)

bench: setup-dev ## measure speed and memory, and write bench/RESULTS.md (about twenty minutes)
	@$(BIN)/python -m bench

lock: setup-dev ## write the lock files anew from pyproject.toml
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -o requirements-dev.lock

migration: setup-dev ## write a migration from the tables: make migration m="what changes"
	@test -n "$(m)" || { echo 'say what changes: make migration m="add a column"'; exit 2; }
	@$(BIN)/waypoint migration "$(m)"

mail: setup ## write a letter with sample data to build/letters: make mail NAME=report
	@$(BIN)/waypoint preview $(NAME)
