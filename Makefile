# Everything a newcomer and CI need. Python 3.11 or later with venv, make and git are enough for `make demo`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test bench lint manifest lock pictures clean MESSAGES.md

# The stamp is newer than the lock file as long as what is installed is what is locked.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	echo "$(CURDIR)" > .venv/lib/python$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')/site-packages/whimbrel.pth
	printf '#!%s\nfrom bot.__main__ import main\n\nraise SystemExit(main())\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/whimbrel
	chmod +x $(BIN)/whimbrel
	touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# HEADLESS=1 plays the story with scripted people and prints the channel; otherwise the page's address is printed.
demo: .venv/ready
	$(BIN)/python -m bot demo $(if $(HEADLESS),--headless,)

test: .venv/ready-dev
	$(BIN)/python -m pytest

bench: .venv/ready-dev
	$(BIN)/python -m tests.bench

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The messages' gallery, written anew after a sentence has changed.
MESSAGES.md: .venv/ready
	$(BIN)/python -m bot.slack.gallery > $@

# The README's pictures, taken anew from the page, by chromium.
pictures: .venv/ready-dev
	$(BIN)/python -m tests.pictures.take tests/pictures
	$(BIN)/python -m bot.slack.gallery pictures tests/pictures

# New pins and hashes from pyproject.toml, without any address. Needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv .whimbrel .mypy_cache .ruff_cache .pytest_cache
