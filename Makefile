.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

CLIENTS := $(VENV)/clients

.PHONY: help run web test test-conformance test-long check lint types imports ledger docs demo bench lock clean screenshots first-minute lighthouse

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	HITL_SKIP_WEB=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

$(VENV)/.published: requirements/published-client.txt
	$(PYTHON) -m venv $(VENV)/published-client
	$(VENV)/published-client/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

run: web  ## Install into .venv and start the relay on http://localhost:8000
	$(BIN)/hitl-relay serve

web: $(VENV)/.run  ## Build the web app, unless it is current (HITL_SKIP_WEB=1: never)
	@$(BIN)/python web/build.py has-node || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/node.txt
	$(BIN)/python web/build.py

demo: web  ## A throw-away relay, an agent that asks, and an inbox to answer in
	$(BIN)/hitl-relay demo

test: $(VENV)/.dev $(VENV)/.published web  ## Install what the tests need and run them all
	$(BIN)/python web/build.py test
	$(BIN)/python -m tests $(ARGS)

$(CLIENTS)/.made: $(VENV)/.dev requirements/clients.txt tests/conformance/package-lock.json
	sed -e '/^#/d' -e '/^$$/d' requirements/clients.txt | while read -r name needs; do \
	  $(PYTHON) -m venv $(CLIENTS)/$$name && \
	  $(CLIENTS)/$$name/bin/python -m pip install --quiet --disable-pip-version-check $$needs || exit 1; done
	cd tests/conformance && PATH=$(abspath $(CLIENTS))/node/bin:$$PATH npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

test-conformance: $(CLIENTS)/.made $(VENV)/.published  ## Run MCP clients of others, and the official suite, against the relay
	$(BIN)/python -m pytest -m 'not long' tests/conformance $(ARGS)

test-long: $(CLIENTS)/.made  ## Wait 14 minutes with every client, over a restart of the relay
	$(BIN)/python -m pytest -m long tests/conformance $(ARGS)

screenshots: $(VENV)/.dev web  ## Take the pictures of docs/topics/screens.md again (needs a Chromium)
	$(BIN)/python -m pytest -q tests/web/pictures.py tests/web/sealed_pictures.py

first-minute: $(VENV)/.dev  ## Time the way from `make run` in a fresh copy to the first answered request
	$(BIN)/python -m benchmarks.first_minute

tests/web/lighthouse/node_modules: tests/web/lighthouse/package-lock.json
	cd tests/web/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

lighthouse: $(VENV)/.dev web tests/web/lighthouse/node_modules  ## Measure the app with Lighthouse, and its first paint on a mid phone
	$(BIN)/python -m pytest -q -rP tests/web/measured.py

check: lint types imports test  ## All that CI runs

lint: $(VENV)/.dev  ## Style, with every ruff rule on
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy

imports: $(VENV)/.dev  ## Imports only look down
	$(BIN)/lint-imports

docs: $(VENV)/.dev  ## Write the generated reference pages and protocol documents again
	$(BIN)/python -m hitl_relay.documents

bench: $(VENV)/.dev  ## Measure this machine and print the table
	$(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/.dev  ## Pin every dependency again, with hashes (needs uv on the PATH)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command 'make lock' --extra embedded pyproject.toml requirements/build.in -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command 'make lock' --group dev --extra embedded pyproject.toml requirements/build.in -c requirements/run.txt -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command 'make lock' requirements/node.in -o requirements/node.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command 'make lock' requirements/published-client.in -o requirements/published-client.txt

clean:  ## Remove what make made
	rm -rf $(VENV) build dist web/node_modules mobile_api/webapp
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
