PYTHON ?= python3
ARGS ?=

.PHONY: test clean
test: .venv/.test
	.venv/bin/python -m pytest $(ARGS)

.venv/.test: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --upgrade pip
	.venv/bin/python -m pip install -q -e . --group test
	touch .venv/.test

clean:
	rm -rf .venv
