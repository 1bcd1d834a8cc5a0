# Vodoteplo. `make` alone lists the commands. Nothing here needs root, Docker or a running service.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install dev demo test check formatted lint contracts types bench proof lock format messages

# The Python that makes .venv; any from 3.11 to 3.14. Another one: `make install PYTHON=python3.12`.
PYTHON ?= python3
# How many test processes: one more than two cores, since some tests wait. What else to hand to pytest:
# `make test ARGS='-k receipts'`.
WORKERS ?= 3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Make .venv with everything the product needs

demo: install ## Run the whole product on a made-up city, with a page to chat through
	@$(BIN)/vodoteplo demo

test: dev ## Run the tests (ARGS='-k word' for some of them)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: formatted lint contracts types test ## Everything a change must pass

formatted: dev
	@$(BIN)/ruff format --check .

lint: dev
	@$(BIN)/ruff check .

contracts: dev
	@$(BIN)/lint-imports --no-logo

types: dev
	@$(BIN)/mypy

bench: dev ## Measure speed and size
	@$(BIN)/python -m benchmarks $(ARGS)

proof: dev ## Prove the promises under kills, faults and load, about half an hour (ARGS=broadcasts: theirs, an hour and a half)
	@$(BIN)/python -m proof $(ARGS)

format: dev ## Put the code into the house's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

messages: dev ## Collect the texts of the dialogs and renew the catalogues
	@$(BIN)/pybabel -q extract -F locales/babel.cfg -k msg -k plural:1,2 --no-default-keywords --no-location --no-wrap \
		--project=Vodoteplo -o locales/vodoteplo.pot dialogs
	@for language in ru tt ba en; do \
		$(BIN)/pybabel -q update -D vodoteplo -i locales/vodoteplo.pot -d locales -l $$language \
			--init-missing --no-wrap --no-fuzzy-matching --ignore-obsolete || exit 1; done

# Requirements name no index and no address: whoever installs decides where packages come from.
lock: dev ## Renew the pinned requirements after a change of requirements/*.in
	@for name in app build dev; do \
	  $(LOCK) requirements/$$name.in -o requirements/$$name.txt && \
	  sed '/:\/\//d' requirements/$$name.txt > requirements/.$$name && mv requirements/.$$name requirements/$$name.txt || exit 1; \
	done

dev: install $(VENV)/.dev-installed

# Each stamp is written last, so that an interrupted step is taken again, and a finished one costs nothing.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null || { \
	  echo "Vodoteplo needs Python 3.11 to 3.14, and '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 || true)"; \
	  echo "Name another one: make install PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV)"
	@$(BIN)/python -c '' 2>/dev/null || rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed: install its venv module (on Debian and Ubuntu: the package python3-venv)"; exit 1; }
	@touch $@

$(VENV)/.installed: requirements/app.txt requirements/build.txt pyproject.toml $(VENV)/.made
	@echo "Installing what the product needs (a minute or so the first time)"
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/app.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
	@echo "Installed: $(BIN)/vodoteplo"

$(VENV)/.dev-installed: requirements/dev.txt $(VENV)/.installed
	@echo "Installing what the tests need"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
