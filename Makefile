# What a newcomer types. Needs Python 3.11 or newer with its venv module; everything else is pinned.
PYTHON ?= python3
BIN := .venv/bin
BUILD := pyproject.toml
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export TORTURE_ROUNDS ?= 200

.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs torture proto lock clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

demo: .venv/run ## A small consortium's story from mine to recycler, ending with a proof to open
	$(BIN)/cellchain demo

test: .venv/dev ## The whole test suite, a few minutes
	$(BIN)/python -m pytest -n auto -m "not torture"

torture: .venv/dev ## Writers killed again and again: TORTURE_ROUNDS=1000 for more
	$(BIN)/python -m pytest -m torture -s --timeout 1800

check: .venv/dev ## Style, types, storeys
	$(BIN)/ruff check src tests benchmarks docs examples
	$(BIN)/ruff format --check src tests benchmarks docs examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/architecture/test_contract_purity.py

bench: .venv/dev ## The figures of the README, as ratios to a ceiling of the same run
	$(BIN)/python benchmarks/run.py

docs: .venv/dev ## The documentation, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html"

PROTO := cellchain/ledger/engine/comet/abci.proto
proto: .venv/dev ## Write the Python of the .proto files anew
	cd src && ../$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. $(PROTO)

lock: ## Choose versions anew (needs uv); the locks install with plain pip
	uv pip compile $(LOCK) pyproject.toml --group build -o requirements.lock
	uv pip compile $(LOCK) pyproject.toml --group build --group dev --group docs \
	  -c requirements.lock -o requirements-dev.lock
	uv pip compile $(LOCK) pyproject.toml --extra twin -c requirements-dev.lock \
	  -o requirements-twin.lock

LOCK := --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
  --no-emit-index-url --no-annotate --no-header

clean: ## Remove everything that was made
	rm -rf .venv site dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/run: requirements.lock $(BUILD)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "cellchain needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv \
	  || { rm -rf .venv; echo "on Debian: apt-get install python3-venv"; exit 1; }
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/run requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv/twin: .venv/dev requirements-twin.lock # 0.8 GB, for the tests of reverse design
	$(PIP) install --require-hashes -r requirements-twin.lock
	@touch $@
