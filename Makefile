# make run    install, read the texts of raw/ into output/
# make test   install, check the style and the types, run all tests
# make bench  cost beside the bare model, start-up, memory (needs texts: see bench/speed.py)
# make lock   resolve the dependencies anew (needs uv)
# make clean  remove all that these made, but for output/

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := uv pip compile pyproject.toml --extra all --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --quiet

.PHONY: install run test bench lock clean

install: .venv/run.done

run: install
	$(BIN)/communique run raw/

test: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

.venv/run.done: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("communique needs Python 3.11 or newer, found " + sys.version.split()[0] + "; set PYTHON=python3.x")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --require-hashes --only-binary :all: --no-deps -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/test.done: .venv/run.done requirements-test.lock
	$(PIP) --require-hashes --only-binary :all: --no-deps -r requirements-test.lock
	touch $@

bench: .venv/test.done
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/speed.py --start-up
	$(BIN)/python bench/scale.py
	$(BIN)/python bench/memory.py

lock:
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group test --output-file requirements-test.lock

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
