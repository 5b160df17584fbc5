# Everything a developer or CI needs; each target sets up .venv first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   ?= figmill-demo
# Folders whose tests are quick: they start few processes or none.
FAST   := tests/config tests/draw tests/figure tests/jobs tests/read tests/recipes \
          tests/chip/metrics tests/chip/plots \
          $(filter-out %/test_mill.py %/test_provenance.py %/test_spectrogram.py,$(wildcard tests/test_*.py))

# The portable way of figmill.system, with what only Linux has taken away from Python.
PORTABLE := FIGMILL_SYSTEM=portable PYTHONPATH=tests/portable
# Each part of the way once: workers, lease, folders, time limits.
PORTABLE_FEW := tests/system tests/engine/test_lease.py tests/engine/test_files.py \
          tests/test_process_state.py \
          tests/engine/pool/test_executor.py::test_trouble_fails_its_item_alone \
          tests/engine/pool/test_executor.py::test_a_timeout_shows_where_it_hung \
          tests/engine/pool/test_executor.py::test_what_an_item_leaves_running_is_ended \
          tests/engine/pool/test_executor.py::test_all_that_an_item_started_dies_with_the_run

.PHONY: help demo test test-fast test-portable test-portable-few check docs format bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    set up, make sample data, draw it, say where the figures are"
	@echo "make test    set up, run the whole test suite"
	@echo "make test-fast  the quick tests, in less than 90 s"
	@echo "make test-portable      the engine's tests without what only Linux has"
	@echo "make test-portable-few  those of them that CI runs, in half a minute"
	@echo "make check   formatting, lint, types, layers, docs"
	@echo "make bench   every benchmark, into docs/benchmarks.md (BENCH=--quick for a short look)"
	@echo "make format  apply the formatter and the safe lint fixes"

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("figmill needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[all,dev]"
	@touch $@

demo: $(STAMP)
	$(BIN)/figmill demo $(DEMO)

test: $(STAMP)
	$(BIN)/python -m pytest

test-fast: $(STAMP)
	$(BIN)/python -m pytest -q -m "not slow" $(FAST)

test-portable: $(STAMP)
	$(PORTABLE) $(BIN)/python -m pytest -q tests/system tests/engine

test-portable-few: $(STAMP)
	$(PORTABLE) $(BIN)/python -m pytest -q $(PORTABLE_FEW)

docs: $(STAMP)
	$(BIN)/sphinx-build -q -W -b html docs docs/_build

check: $(STAMP) docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python bench/_page.py $(BENCH)

clean:
	rm -rf $(VENV) $(DEMO) docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
