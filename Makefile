# What a checkout can do. Each target sets up what it needs, once: `make help` lists them.
# Needs python3 (3.10 to 3.14) and a package index, nothing else. GNU make 3.81 or newer.

PYTHON ?= python3
PY := .venv/bin/python
DEV := .venv/.ready
DEMO := .venv-demo/.ready
BENCH := .venv-bench/.ready
FUZZ := .venv-fuzz/.ready
SETUP := $(PYTHON) scripts/setup_venv.py

.PHONY: help demo test check format matrix bench fuzz picture changelog clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(DEMO) ## real agents on a local fake provider and two days of traffic: one round, which ends by itself
	@.venv-demo/bin/agentcost demo $(if $(ONCE),--once)

test: $(DEV) ## every test that this machine can run, and what it could not and why
	@$(MAKE) --no-print-directory $(DEMO) || echo "The demo cannot be set up here, so its tests are skipped."
	@$(PY) -m pytest

check: $(DEV) ## format, lint, types, layers, file lengths, docs and the fast tests, in under a minute
	@$(PY) scripts/check.py

format: $(DEV) ## rewrite the sources in the house format
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

matrix: $(DEV) ## the fast tests on the oldest and newest Pythons and dependencies
	@$(PY) scripts/matrix.py

bench: $(BENCH) ## time us and our peers side by side, or ONLY=million; writes docs/benchmarks.md
	@.venv-bench/bin/python -m tests.performance --write docs/benchmarks.md $(if $(ONLY),--only $(ONLY))

fuzz: $(FUZZ) ## malformed spans into the engine for ten minutes, or MINUTES=1
	@.venv-fuzz/bin/python -m tests.integration.fuzz_spans --seconds $$(( $(or $(MINUTES),10) * 60 ))

picture: $(DEMO) ## draw docs/demo.svg from a real run of the demo
	@.venv-demo/bin/python scripts/picture.py

changelog: $(DEV) ## gather changes/ into CHANGELOG.md; needs VERSION=1.2.3
	@$(PY) -m towncrier build --yes --version $(VERSION)

clean: ## remove environments and caches
	rm -rf .venv .venv-* .pytest_cache .hypothesis .ruff_cache .import_linter_cache .cache build dist

# An environment is made again when what it is made from changes.
$(DEV): pyproject.toml scripts/setup_venv.py
	@$(SETUP) .venv --group dev
	@touch $@

$(DEMO): pyproject.toml scripts/setup_venv.py
	@$(SETUP) .venv-demo --extra demo --oldest 3.11
	@touch $@

$(BENCH): pyproject.toml scripts/setup_venv.py
	@$(SETUP) .venv-bench --group bench
	@touch $@

$(FUZZ): pyproject.toml scripts/setup_venv.py
	@$(SETUP) .venv-fuzz --group fuzz
	@touch $@
