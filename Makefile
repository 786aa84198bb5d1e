# Only `run` and `test`, what they need, and the measurements.
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PYTHON ?= python3

.PHONY: run test test-all lint bench sample system-packages

run: $(VENV)/run.stamp
	$(BIN)/cimconform run --allow-changes

test: $(VENV)/test.stamp system-packages lint
	$(BIN)/python -m pytest tests -m "not long" -n auto --maxprocesses 8 --dist loadfile

# One of the long tests uses several processes of its own.
test-all: test
	$(BIN)/python -m pytest tests -m long -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/test.stamp
	$(BIN)/python -m tests.bench

sample: $(VENV)/run.stamp
	$(BIN)/python -m tests.sample_report

# wbemcli is the independent C client, chromium opens the report page as a reader would.
system-packages:
	@sh .ci/system-packages

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/test.stamp: pyproject.toml $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@
