# Everything from a bare machine with Python 3.11 to 3.13, make and the package registries.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup app test lint bench browser docs locale clean

setup: $(READY)

$(READY): requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps mxnet==1.9.1
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(READY)

app: setup
	$(BIN)/streamlit run app.py

# A browser for the tests: the system's Chromium, else one that is installed now.
browser: setup
	tools/browser $(BIN)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint browser
	$(BIN)/pytest -n 2 --dist loadfile

# The README's table of the engine beside the chapter's loop, measured here and now.
bench: setup
	$(BIN)/python -m tools.bench

# The translations: new texts get their places, what is translated is compiled.
locale: setup
	$(BIN)/python -m tools.locale

# The reference pages of the schedules, from the catalogue.
docs: setup
	$(BIN)/python -m lrlab schedules --docs docs/schedules

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
