# Chorus. `make` or `make help` explains the targets; ARGS="…" passes arguments on.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for each in python3.12 python3.11; do $$each -c '' >/dev/null 2>&1 && echo $$each && exit; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
ARGS ?=
PYTEST := $(BIN)/pytest -n auto --dist loadgroup
ENGINE := $(filter-out %/test_fleet.py,$(wildcard tests/unit/domain/behaviour/test_*.py))
TOGETHER := $(MAKE) --no-print-directory -j 2 --output-sync=target

# Where this is set, each process of ours would compile every module again: a minute of the demo's start on two cores.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-dev up demo test test-realmodel coverage bench faults soak lint lint-style lint-types lint-imports \
  browser format lock clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "; print "Usage: make TARGET [ARGS=\"…\"]\n"} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Create the environment of what runs, from requirements.lock

setup-dev: $(READY_DEV) ## Add what tests and measures, from requirements-dev.lock

$(READY): requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	  || { echo "Python 3.11 or 3.12 is needed; name one with make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m environment run

$(READY_DEV): requirements-dev.lock $(READY)
	@$(PYTHON) -m environment dev

up: $(READY) ## Run the real thing, with your keys and URLs (ARGS="--help" for options)
	@$(BIN)/chorus up $(ARGS)

demo: $(READY) ## Run a small fleet in local sandboxes and watch it talk (ARGS="--for 90 --report table")
	@$(BIN)/chorus demo $(ARGS)

test: $(READY_DEV) ## Lint and run all tests (ARGS=tests/unit runs one folder)
ifeq ($(strip $(ARGS)),)
	@$(TOGETHER) lint-types coverage lint-style lint-imports browser
	@$(PYTEST) $(addprefix --ignore=,$(ENGINE)) tests
else
	@$(PYTEST) $(ARGS)
endif

test-realmodel: $(READY_DEV) ## Run the demo on a real llama.cpp server (300 MB, minutes; MODEL_FILE=/path/to.gguf)
	@REALMODEL=1 $(BIN)/pytest -n 0 tests/realmodel $(ARGS)

coverage: $(READY_DEV) ## Every branch of the behaviour engine, by its own unit tests
	@$(BIN)/pytest -n 0 -q $(ENGINE) \
	  --cov=app/domain/behaviour --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

bench: $(READY_DEV) ## Measure against limits known in the same run (ARGS="lanes --help")
	@$(BIN)/python -m bench $(ARGS)

faults: $(READY_DEV) ## Hurt a running stack in every way, by chance, and judge (ARGS="--for 300 --report json")
	@$(BIN)/python -m drills random $(ARGS)

soak: $(READY_DEV) ## An hour of 200 bots, one fault after another, with the recovery after each (ARGS="--help")
	@$(BIN)/python -m drills soak $(ARGS)

lint: $(READY_DEV) ## Ruff, mypy --strict and the import contracts
	@$(TOGETHER) lint-types lint-style lint-imports

lint-types: $(READY_DEV)
	@$(BIN)/mypy

lint-style: $(READY_DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lint-imports: $(READY_DEV)
	@told=$$(PYTHONPATH=. $(BIN)/lint-imports --no-cache) || { echo "$$told"; exit 1; }; sed -n '/^Contracts:/p' <<< "$$told"

browser:
	@bash tests/browser/install.sh

format: $(READY_DEV) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

COMPILE = $(CURDIR)/$(BIN)/uv pip compile --quiet --native-tls --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock"

lock: $(READY_DEV) ## Pin all dependencies anew, for every supported Python
	@$(COMPILE) --extra build --extra embedded --extra reports --extra dev --output-file requirements-dev.lock setup.cfg
	@$(COMPILE) --constraints requirements-dev.lock --extra build --extra embedded --output-file requirements.lock setup.cfg
	@$(COMPILE) --constraints requirements-dev.lock --output-file docker/requirements.lock setup.cfg
	@cd tests/compat && $(COMPILE) --output-file requirements.lock requirements.in
	@cd tests/realmodel && $(COMPILE) --output-file requirements.lock requirements.in

clean: ## Remove the environment and caches; keeps var/
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
