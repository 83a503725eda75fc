# Chorus. `make` or `make help` explains the targets; ARGS="…" passes arguments on.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.12 >/dev/null 2>&1 && python3.12 -c '' >/dev/null 2>&1 && echo python3.12 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
PYTEST := $(BIN)/pytest -n auto --dist loadgroup

.PHONY: help setup up demo test coverage bench faults soak lint format lock clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "; print "Usage: make TARGET [ARGS=\"…\"]\n"} /^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Create the environment from the lock file

$(READY): requirements.lock setup.cfg pyproject.toml
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (about a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	  || { echo "Python 3.11 or 3.12 is needed; name one with make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "The venv module is missing: sudo apt-get install -y python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --use-pep517 \
	  -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: $(READY) ## Run the real thing, with your keys and URLs (ARGS="--help" for options)
	@$(BIN)/chorus up $(ARGS)

demo: $(READY) ## Run a small fleet in local sandboxes and watch it talk (ARGS="--for 90 --report table")
	@$(BIN)/chorus demo $(ARGS)

test: $(READY) ## Lint and run all tests (ARGS=tests/unit runs one folder)
ifeq ($(strip $(ARGS)),)
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory coverage
	@bash tests/browser/install.sh
	@$(PYTEST) tests
else
	@$(PYTEST) $(ARGS)
endif

coverage: $(READY) ## Every branch of the behaviour engine, by its own unit tests
	@$(BIN)/pytest -n 0 -q tests/unit/domain/behaviour --ignore tests/unit/domain/behaviour/test_fleet.py \
	  --cov=app/domain/behaviour --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

bench: $(READY) ## Measure against limits known in the same run (ARGS="lanes --help")
	@$(BIN)/python -m bench $(ARGS)

faults: $(READY) ## Hurt a running stack in every way, by chance, and judge (ARGS="--for 300 --report json")
	@$(BIN)/python -m drills random $(ARGS)

soak: $(READY) ## An hour of 200 bots, one fault after another, with the recovery after each (ARGS="--help")
	@$(BIN)/python -m drills soak $(ARGS)

lint: $(READY) ## Ruff, mypy --strict and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@told=$$(PYTHONPATH=. $(BIN)/lint-imports --no-cache) || { echo "$$told"; exit 1; }; sed -n '/^Contracts:/p' <<< "$$told"

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY) ## Pin all dependencies anew, for every supported Python
	@$(BIN)/uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --extra embedded --extra reports --extra dev --custom-compile-command "make lock" --output-file requirements.lock setup.cfg
	@$(BIN)/uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --constraints requirements.lock --custom-compile-command "make lock" \
	  --output-file docker/requirements.lock setup.cfg
	@cd tests/compat && ../../$(BIN)/uv pip compile --quiet --native-tls --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" \
	  --output-file requirements.lock requirements.in

clean: ## Remove the environment and caches; keeps var/
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
