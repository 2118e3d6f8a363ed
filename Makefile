# Everything runs in .venv, which is made on first use; only Python 3.11+, make and git are needed.
PYTHON ?= python3
BIN := .venv/bin
# The tests start hundreds of processes, which would all compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/pytest --numprocesses auto --dist loadfile

.PHONY: bench test test-all lint benchmark results clean

bench: .venv/installed  ## certify and time every network on synthetic reviews
	$(BIN)/skipzeros run

test: lint  ## lint, types and the tests that are quick
	$(PYTEST) -m "not slow"

test-all: lint  ## lint, types and every test; benchmarks are left out
	SKIPZEROS_EXAMPLES=150 $(PYTEST)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: .venv/installed  ## the same passes through pytest-benchmark
	$(BIN)/pytest --benchmark-only

results: .venv/installed  ## measure what the README says anew: make results DATA=archive
	bash results/remake.sh "$(DATA)"

clean:
	rm -rf .venv build dist *.egg-info src/*.egg-info results/latest

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@
