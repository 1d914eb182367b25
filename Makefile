# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n logical --maxprocesses 4 --dist loadgroup --no-loadscope-reorder
# That of the machine, else the one that scripts/setup installs.
UV := $(shell command -v uv || echo .venv/bin/uv)
.DEFAULT_GOAL := help

.PHONY: help
help: ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

.PHONY: demo
demo: ## the whole contact centre with simulated callers and agents; DEMO_SECONDS=40 ends by itself
	@scripts/setup demo
	@exec .venv/bin/contact-center demo

.PHONY: run
run: ## all roles with your own settings
	@scripts/setup demo
	@exec .venv/bin/contact-center run

.PHONY: check
check: ## format, lint, types, import contracts, console checks, unit and property tests but the slow ones: a minute and a half
	@scripts/setup check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	cd agent_console && npm run --silent check
	$(PYTEST) -m "not slow" tests/unit tests/properties tests/architecture

.PHONY: test
test: ## everything: check, contracts, integration, browser
	@scripts/setup test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	cd agent_console && npm run --silent check
	$(PYTEST) tests

.PHONY: format
format: ## put every file in the one format
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	cd agent_console && npm run --silent format

.PHONY: lock
lock: ## pin Python packages anew
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml --group dev -o requirements-dev.lock

.PHONY: wheel
wheel: ## the installable package, console included
	@scripts/setup demo
	$(UV) build --wheel

.PHONY: bench
bench: ## load tests with a report in load_tests/report.md
	@scripts/setup test
	$(PYTHON) -m load_tests
