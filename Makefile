# `make` lists what there is. Everything is installed in .venv, from pinned and hashed packages.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --use-pep517
CATALOGUES := $(wildcard campaigner/translations/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

.PHONY: help demo test check e2e bench load chaos lighthouse shots lock catalogues clean

help: ## List these targets
	@grep -hE '^[a-z0-9]+:.*##' Makefile | sed 's/:.*## /	/' | awk -F '	' '{ printf "  make %-11s %s\n", $$1, $$2 }'

demo: .venv/.installed-demo $(COMPILED) ## Run everything here with sample data; options: ARGS="--port 5000 --fresh"
	@exec $(BIN)/campaigner demo $(ARGS)

test: .venv/.installed-dev $(COMPILED) ## Run the tests, without browser and chaos; options: ARGS="-k confirm"
	@$(BIN)/pytest -m "not browser and not chaos" --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: .venv/.installed-dev $(COMPILED) ## Lint, types, walls between rooms, templates and catalogues
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/campaigner check

e2e: .venv/.installed-dev $(COMPILED) ## The journeys in a real browser (needs Chromium)
	@$(BIN)/pytest -m browser --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

bench: ## How fast and how steady it is, beside others; options: PART=name QUICK=1
load: ## People sign, as many as the machine takes; options: PART=name QUICK=1
chaos: ## Take parts away while it works; options: PART=name QUICK=1
bench load chaos: .venv/.installed-dev $(COMPILED)
	@PART="$(PART)" QUICK="$(QUICK)" $(BIN)/python -m bench.$@

lighthouse: .venv/.installed-dev $(COMPILED) ## What Lighthouse thinks of the main pages (needs npm and Chromium)
	@$(BIN)/python -m bench.lighthouse

shots: .venv/.installed-dev $(COMPILED) ## Take the pictures of docs/images again (needs Chromium)
	@$(BIN)/python -m bench.shots

lock: .venv/.installed-dev ## Pin the packages of pyproject.toml again, in deploy/locks
	@$(LOCK) --extra demo --extra dev --output-file deploy/locks/dev.txt
	@$(LOCK) --extra demo --constraints deploy/locks/dev.txt --output-file deploy/locks/demo.txt
	@$(LOCK) --constraints deploy/locks/dev.txt --output-file deploy/locks/run.txt

catalogues: .venv/.installed-demo ## Compile all translations and say how complete they are
	@$(BIN)/pybabel compile --directory campaigner/translations --statistics

clean: ## Remove what was installed, compiled or cached; demo data stay (make demo ARGS=--fresh)
	@rm -rf .venv bench/.tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis $(COMPILED)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

%.mo: %.po
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# Whoever has the developer's packages has the demo's too.
.venv/.installed-dev: deploy/locks/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing the packages of deploy/locks/dev.txt (only when it changes) ..."
	@$(PIP) --require-hashes -r deploy/locks/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch .venv/.installed-demo $@

.venv/.installed-demo: deploy/locks/demo.txt pyproject.toml | $(BIN)/python
	@echo "Installing the packages of deploy/locks/demo.txt (only when it changes) ..."
	@$(PIP) --require-hashes -r deploy/locks/demo.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON) here."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name a newer one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments yet. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv
