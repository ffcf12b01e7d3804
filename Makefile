# Two things must be there: python3 (3.11 to 3.14) and make. Everything else goes into .venv, pinned by requirements/.
#   make demo        the whole story in a minute, in a throw-away directory
#   make test        every suite that needs no real agent
#   PYTHON=python3.13 make test     another interpreter (after make clean)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --requirement
# Editable and without build isolation: the back end comes from the lock too.
INSTALL_SELF := $(PIP) install --no-build-isolation --no-deps --editable .
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed

# Suites with real processes and tmux run by themselves, after the quick ones: they measure settle times.
REAL := $(wildcard tests/contract tests/integration tests/torture)
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick test-real e2e torture torture-agents tmux lint format types bench mutation schemas lock clean

help:
	@sed -n 's/^## //p' Makefile

## make demo      the whole story on this machine, in a throw-away directory
demo: $(RUN_STAMP)
	$(BIN)/muster demo

## make test      every suite but those that need a real agent (e2e) or measure (bench)
test: test-quick test-real

test-quick: $(DEV_STAMP) tmux
	$(PYTEST) -n auto $(addprefix --ignore=,$(REAL))

test-real: $(DEV_STAMP) test-quick
	$(if $(REAL),$(PYTEST) -n 4 --dist loadfile $(REAL))

# The tests that need tmux are skipped without it; in CI they fail, so that no green run hides them.
tmux:
	@command -v tmux >/dev/null 2>&1 || { \
	  echo "tmux is missing: the tests that need it cannot run. Get it by:" >&2; \
	  echo "  apt-get install tmux    (Debian, Ubuntu)" >&2; \
	  echo "  brew install tmux       (macOS)" >&2; \
	  test "$(CI)" != true; }

## make e2e       real agents before a loopback provider, one after another (AGENTS=claude,pi; all without it)
# Installs pinned programs into .e2e; a home of its own for each, dummy keys, and no agent's own account.
AGENTS ?= $(E2E_AGENTS)
comma := ,
e2e: $(DEV_STAMP) tmux
	$(BIN)/python -m tests.e2e.install $(subst $(comma), ,$(AGENTS)) $(if $(AGENTS),acpx)
	@status=0; E2E_AGENTS=$(AGENTS) $(PYTEST) -m e2e tests/e2e || status=$$?; \
	  $(BIN)/python -m tests.e2e.table; exit $$status

## make torture   campaigns that try to lose a conversation or harm a stranger (SEED=1,2 replays; FORM=short: minutes)
FORM ?= full
SEED ?= $(shell date +%s)
torture: $(DEV_STAMP)
	TORTURE=$(FORM) TORTURE_SEED=$(SEED) $(PYTEST) -v tests/torture

## make torture-agents    random switches of real agents, with kills at random (AGENTS=claude,pi STEPS=40)
STEPS ?= 40
torture-agents: $(DEV_STAMP) tmux
	$(BIN)/python -m tests.e2e.install $(subst $(comma), ,$(AGENTS))
	E2E_AGENTS=$(AGENTS) E2E_TORTURE=$(STEPS) TORTURE_SEED=$(SEED) $(PYTEST) -s -m e2e tests/e2e/test_torture.py

## make lint      ruff, format and the floors
lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

## make format    let ruff format and mend what it can
format: $(DEV_STAMP)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

## make types     mypy, strict
types: $(DEV_STAMP)
	$(BIN)/mypy

## make bench     what is fast, against what, and the floor
bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks

## make mutation  break each guard and verification in a copy of the tree, and list those that no test notices
# ONLY="busy lease": those with one of these words in their name. Needs Linux: a process namespace keeps harm inside.
mutation: $(DEV_STAMP)
	$(BIN)/python -m tests.mutation $(ONLY)

## make schemas   write schemas/ from controller/model
schemas: $(DEV_STAMP)
	$(BIN)/muster schema --write schemas

## make lock      write requirements/*.lock from pyproject.toml (UPGRADE=1: newer releases)
LOCK := .venv-lock/bin/pip-compile $(if $(UPGRADE),--upgrade) --quiet --no-header --strip-extras --allow-unsafe \
  --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip --quiet install pip-tools
	$(LOCK) --extra build --output-file requirements/run.lock pyproject.toml
	$(LOCK) --extra build --extra mcp --extra dev --output-file requirements/dev.lock pyproject.toml

## make clean     remove what make made; sessions and state are elsewhere
clean:
	rm -rf $(VENV) .venv-lock dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find controller tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "cannot make $(VENV): no $(PYTHON) here; install Python 3.11 to 3.14, or say PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || { \
	  echo "cannot make $(VENV): $(PYTHON) is $$($(PYTHON) -V 2>&1), Muster needs Python 3.11 to 3.14;" \
	    "say PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "cannot make $(VENV): $(PYTHON) has no venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

# A stamp is written last, so an install that was cut off is done again.
$(RUN_STAMP): requirements/run.lock pyproject.toml | $(BIN)/python
	$(INSTALL) requirements/run.lock
	$(INSTALL_SELF)
	@touch $@

$(DEV_STAMP): requirements/dev.lock pyproject.toml | $(BIN)/python
	$(INSTALL) requirements/dev.lock
	$(INSTALL_SELF)
	@touch $@
