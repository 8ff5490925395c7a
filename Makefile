# The warehouse from a clean clone: `make demo`. Everything lands in .venv/ and .janus/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

SCALE ?= 0.05
SEED ?= 1953
KIND ?=
FRESH ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: help install demo up down test test-tools check fix generate bench clean

help: ## Show what make can do here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

install: $(INSTALLED) ## Make the virtual environment from the lock

$(INSTALLED): requirements.lock pyproject.toml
	@python=$$(for name in python3.12 python3.13 python3.11 python3; do \
	    if "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	    then echo "$$name"; break; fi; done); \
	if [ -z "$$python" ]; then echo "Python 3.11, 3.12 or 3.13 is needed and none is here:" \
	    "apt-get install python3 python3-venv" >&2; exit 3; fi; \
	if ! [ -x $(BIN)/pip ]; then \
	    "$$python" -m venv --clear $(VENV) || { echo "This Python cannot make virtual environments:" \
	        "apt-get install python3-venv" >&2; exit 3; }; fi
	@# pip 23 does not accept the lock, because of an extra in one requirement; uv does, in seconds.
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check uv
	@# Compiled once here, not by every process: dbt starts in two thirds of the time.
	@$(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

demo: $(INSTALLED) ## Run everything on made-up deliveries (SCALE=0.05; FRESH=1 begins anew); Airflow stays up
	@$(BIN)/janus demo --scale $(SCALE) --seed $(SEED) $(if $(filter-out 0 no,$(FRESH)),--fresh)

up: $(INSTALLED) ## Start the database and Airflow
	@$(BIN)/janus up

down: $(INSTALLED) ## Stop what demo or up started
	@$(BIN)/janus down

test: $(INSTALLED) test-tools ## Run every test, or one kind: make test KIND=unit
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup \
	    --no-loadscope-reorder $(if $(KIND),tests/$(KIND),tests)

test-tools:
	@case "$(KIND)" in ''|journeys) $(MAKE) --no-print-directory browser;; esac

.PHONY: browser
browser:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; \
	then :; elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium for the browser tests"; \
	    apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	else echo "The browser tests need chromium: apt-get install chromium" >&2; exit 3; fi

check: $(INSTALLED) ## Format, lint, types, SQL, generated files current
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 dbt_project/models
	@$(BIN)/python -m janus_warehouse.generated --check

fix: $(INSTALLED) ## Mend format and lint where a tool can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --processes 0 dbt_project/models

generate: $(INSTALLED) ## Write every generated file anew
	@$(BIN)/python -m janus_warehouse.generated

bench: $(INSTALLED) ## Measure; figures go to .janus/bench/results.json
	@$(BIN)/python -m benchmarks

clean: ## Stop everything and remove .janus/ (with all data) and the environment
	@if [ -x $(BIN)/janus ]; then $(BIN)/janus down || true; fi
	rm -rf .janus $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
