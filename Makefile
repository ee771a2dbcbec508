# Two commands work on a fresh machine with only Python, pip and make: `make demo` and `make test`.
# `make test-all` adds the real compilers and frameworks, and installs them.
# `make benchmark` fetches real projects from PyPI and scans them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TARGETS ?= portable,cann,rocm

.PHONY: demo test test-all benchmark clean

demo: $(VENV)/.installed
	$(BIN)/cuda-migrate scan corpus --target $(TARGETS)

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not real" -rs $(PYTEST)

test-all: $(VENV)/.real
	$(BIN)/pytest -rs $(PYTEST)

benchmark: $(VENV)/.benchmark
	$(BIN)/python benchmarks/projects.py
	$(BIN)/python benchmarks/speed.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

$(VENV)/.real: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --editable '.[test,real]'
	ls /usr/bin/clang++-19 /usr/bin/clang++-2? > /dev/null 2>&1 || apt-get install --yes --no-install-recommends clang-19
	touch $@

$(VENV)/.benchmark: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[refresh]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
