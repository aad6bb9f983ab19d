# Every chore in one word; `make help` lists them. Each makes .venv and installs the pinned packages first, if need be.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCAL := $(BIN)/python -m deploy.local
PYTEST := $(BIN)/python -m pytest
# Tests of one file stay together. Several start brokers of their own, so no more of them run at once than there are cores.
BESIDE_EACH_OTHER := --dist loadfile -n

.PHONY: help demo up down logs status compose-env check lint fmt test test-unit test-integration test-e2e test-search test-chaos test-chaos-short asyncapi bench bench-events

help: ## list the chores
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## start everything and walk through the main job aloud
	@$(LOCAL) demo

up: $(READY) ## start the platform on this machine and leave it running
	@$(LOCAL) up

down: $(READY) ## stop it; the data stay in .local
	@$(LOCAL) down

logs: $(READY) ## the last lines of every log
	@$(LOCAL) logs

status: $(READY) ## what runs
	@$(LOCAL) status

compose-env: ## passwords for docker-compose.yml, in .env; needs nothing but Python
	@python3 -m deploy.compose_env

check: lint test-unit ## format, lint, types, import contracts and unit tests

lint: $(READY) ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(READY) ## format the code and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: test-unit test-integration test-e2e test-chaos-short ## every test, and a handful of faults

test-unit: $(READY) ## tests that need nothing but Python
	$(PYTEST) --dist worksteal -n 2 tests/unit

test-integration: $(READY) ## tests against a real PostgreSQL and a real Kafka
	$(PYTEST) $(BESIDE_EACH_OTHER) 2 tests/integration

test-e2e: $(READY) ## tests of the whole platform, through its public HTTP and topics
	$(PYTEST) tests/e2e

test-search: $(READY) ## unit tests with twenty times as many examples and schedules, other ones each time
	HYPOTHESIS_PROFILE=search FENCE_SEED=$$RANDOM$$RANDOM FENCE_SCHEDULES=30000 $(PYTEST) $(BESIDE_EACH_OTHER) 2 --timeout 900 tests/unit

asyncapi: $(READY) ## write docs/asyncapi.json, the topics as an AsyncAPI document
	$(BIN)/python -m grantstream.asyncapi > docs/asyncapi.json

test-chaos-short: $(READY) ## a handful of faults on three brokers
	$(PYTEST) tests/chaos

test-chaos: $(READY) ## many faults on three brokers, under load; SEED=... ROUNDS=... repeat a run
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench: $(READY) ## measure against the targets
	$(BIN)/python -m tests.bench

bench-events: $(READY) ## measure the event side alone
	$(BIN)/python -m tests.bench relay consumer changes rebuild fence_memory fence_start fence_processes

# A `.pth` file makes libs/ and the checkout importable, with no build step. pip is used once, to get uv.
$(READY): requirements/uv.txt requirements/dev.txt
	@python=$$(command -v python3.13 python3.12 python3.11 python3 2>/dev/null | while read -r each; do \
	    "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done || true); \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed and none was found on the PATH." >&2; exit 1; fi; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv --clear $(VENV) || { echo "No virtual environment could be made: is the venv module installed?" >&2; exit 1; }; \
	fi
	@echo "Installing the pinned packages (seconds if they are cached, else a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	printf '%s\n' "$(CURDIR)/libs" "$(CURDIR)" > "$$site/grantstream-checkout.pth"
	@printf '#!%s\nimport sys\nfrom grantstream.cli.app import main\nsys.exit(main())\n' "$(abspath $(BIN))/python" > $(BIN)/grantstream
	@chmod +x $(BIN)/grantstream
	@touch $@
