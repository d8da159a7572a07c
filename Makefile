# Everything a person or the checks run. `make` alone lists the targets.
# Needs Python 3.11 or newer with venv, make, and a package index that pip can reach.

PYTHON ?= python3
JOBS ?= 2
ARGS ?=
FAULTS ?= 1000
DEMO_IN ?= .

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_VERSION := 0.13.9
UPGRADE ?=
CLIENTS := .venv-clients
OLDEST := .venv-oldest

# Real bytes to test with; tests that need them are skipped, by name, where the folder is absent.
ARCHIVER_TEST_DATA ?= $(abspath $(wildcard ../shared/data))
ifneq ($(strip $(ARCHIVER_TEST_DATA)),)
export ARCHIVER_TEST_DATA
endif

.DEFAULT_GOAL := help
.PHONY: help setup clients demo test test-all coverage oldest faults simulate manners check serve crawl bench docs pictures lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Two stamps: what the product needs, and what its development needs besides. Each is made again when its lock changes.
$(VENV)/.product: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.product requirements-dev.lock
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	touch $@

setup: $(VENV)/.dev ## install the archiver and its tools into .venv

# Clients and a replay tool that others wrote; their pins are at odds with ours, so they live on their own.
$(CLIENTS)/.made: tests/interop/clients.txt
	test -x $(CLIENTS)/bin/python || $(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement tests/interop/clients.txt
	touch $@

$(OLDEST)/.made: requirements-oldest.lock pyproject.toml
	test -x $(OLDEST)/bin/python || $(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements-oldest.lock
	$(OLDEST)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	touch $@

clients: $(CLIENTS)/.made ## install the foreign clients that tests/interop drives into .venv-clients

demo: $(VENV)/.product ## crawl the model newspaper on loopback and show what can be done with it
	cd "$(DEMO_IN)" && "$(CURDIR)/$(BIN)/archiver" demo $(ARGS)

# A file's tests stay in one process, where they share what is made for them.
PYTEST = -m pytest -n $(JOBS) --dist loadfile

test: setup ## run the tests that every commit runs, in minutes (ARGS="tests/unit -k name" for some of them)
	$(BIN)/python $(PYTEST) -m "not slow" $(ARGS)

test-all: setup clients ## run every test: browsers, foreign clients, simulation, faults (ARGS="-m slow": without those of make test)
	$(BIN)/python $(PYTEST) $(ARGS)

coverage: setup ## run the tests of make test, and say which lines of archiver/ none of them runs
	mkdir -p build
	rm -f build/coverage build/coverage.*
	$(BIN)/coverage run $(PYTEST) -m "not slow" $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

oldest: $(OLDEST)/.made ## run the unit tests with the oldest allowed version of every direct dependency
	$(OLDEST)/bin/python $(PYTEST) -m "not slow" tests/unit $(ARGS)

faults: setup ## crawl while everything fails, and show that nothing is lost (ARGS="--seed 7 --from 3" to run it again)
	$(BIN)/python tests/faults/harness.py --faults $(FAULTS) --seconds 3300 $(ARGS)
	$(BIN)/python -m pytest -n 0 tests/unit/ops/test_verify.py -k corruptions

simulate: setup ## thirty simulated days of the model newspaper, held against the truth (minutes; ARGS="--json")
	$(BIN)/python -m tests.simulation.month $(ARGS)

manners: setup ## ask four hosts for ten minutes, and measure the pauses at their servers (ARGS="--seconds 60")
	$(BIN)/python -m tests.simulation.manners $(ARGS)

check: setup ## style, types, direction of imports, generated docs, terms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy docs/generate.py docs/pictures.py docs/terms.py
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/terms.py

# The archive to serve: the one that the environment names, else ./archive, else what the demo left.
SERVED = $(or $(ARCHIVER_ARCHIVE),$(wildcard archive),$(wildcard demo-archive),archive)

serve: $(VENV)/.product ## serve ./archive (or else ./demo-archive) to a browser
	$(BIN)/archiver serve --archive "$(SERVED)" $(ARGS)

crawl: $(VENV)/.product ## crawl one site: make crawl SITE=vietnamplus ARGS="--limit 20"
	$(if $(SITE),,$(error say which site: make crawl SITE=name))
	$(BIN)/archiver crawl $(SITE) $(ARGS)

bench: setup ## run every script in bench/, or some: make bench BENCH=bench/extract.py
	set -e; for script in $(or $(BENCH),$(sort $(wildcard bench/*.py))); do echo "== $$script"; $(BIN)/python $$script $(ARGS); done

docs: setup ## write the generated pages of docs/ again
	$(BIN)/python docs/generate.py
	PYTHONPATH=tests $(BIN)/python -m faultsite --page

pictures: setup ## take the pictures of docs/web.md again, in an installed Chromium (minutes)
	$(BIN)/python docs/pictures.py $(ARGS)

# uv resolves for every platform at once and writes hashes; no index address lands in the files.
# Pins stay as they are unless pyproject.toml forces a change; `make lock UPGRADE=1` takes the newest.
LOCK = build/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: ## resolve the dependencies again (UPGRADE=1 for newer ones)
	test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv==$(UV_VERSION); }
	printf 'hatchling>=1.25\neditables>=0.5\n' | $(LOCK) --output-file requirements.lock pyproject.toml -
	$(LOCK) --output-file tests/interop/clients.txt tests/interop/clients.in
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml requirements.lock
	$(LOCK) --resolution lowest-direct --output-file build/lock/oldest.txt pyproject.toml
	printf 'hatchling>=1.25\neditables>=0.5\n' | $(LOCK) --group test --constraint build/lock/oldest.txt --output-file requirements-oldest.lock \
		pyproject.toml build/lock/oldest.txt -

clean: ## remove what the targets above made, but no archive
	rm -rf $(VENV) $(CLIENTS) $(OLDEST) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
