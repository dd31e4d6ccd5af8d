# The two commands a newcomer needs are `make demo` and `make test`; they rely on Python and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test explore lint bench clean
.DEFAULT_GOAL := demo

# The stamp is newer than the locks when the environment holds exactly what they say.
$(VENV)/.stamp: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Acuse needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.stamp
	@$(BIN)/acuse demo

test: $(VENV)/.stamp
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not alone"
	$(BIN)/python -m pytest -m alone

explore: $(VENV)/.stamp
	$(BIN)/python -m pytest -n 2 --hypothesis-profile explore --timeout 3600 -m hypothesis

lint: $(VENV)/.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.stamp
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) demo-data
