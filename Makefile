# make demo    set up and run the main job on the bundled sample
# make test    set up and run the tests            (ARGS="-k outlets" for some)
# make check   lint, types, walls
# make clean   take the environment away
# PYTHON=/path/to/python3.12 chooses another interpreter than python3.

PYTHON ?= python3
ARGS ?=
PIP = .venv/bin/python -m pip --disable-pip-version-check install -q

.PHONY: help demo test check clean
help:
	@sed -n 's/^# //p' Makefile

demo: .venv/.demo
	.venv/bin/storycluster demo

test: .venv/.test
	.venv/bin/python -m pytest $(ARGS)

check: .venv/.check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "storycluster needs Python 3.11 or later; $(PYTHON) is `$(PYTHON) -V 2>&1`. Name another: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade pip
	touch .venv/.made

.venv/.demo: .venv/.made pyproject.toml
	$(PIP) -e .
	touch .venv/.demo

.venv/.test: .venv/.made pyproject.toml
	$(PIP) -e . --group test
	touch .venv/.test

.venv/.check: .venv/.made pyproject.toml
	$(PIP) -e . --group test --group check
	touch .venv/.check

clean:
	rm -rf .venv
