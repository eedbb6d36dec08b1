# The house's commands. `make demo` and `make test` need Python 3.11 or newer and nothing else installed before.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/pip
WORKERS ?= 2
PYTEST := $(BIN)/pytest

.PHONY: demo test check docs bench proof bless clean
.DELETE_ON_ERROR:

demo: .venv/.installed
	$(BIN)/listkeeper demo

test: .venv/.tested-with
	$(PYTEST) -n $(WORKERS)

check: .venv/.tested-with
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -n $(WORKERS)

# Rewrite the reference pages from the code and from docs/words.toml.
docs: .venv/.installed
	$(BIN)/python -m scripts.make_docs

# Proofs that take minutes, one at a time: they measure, or they need the whole machine.
proof: .venv/.tested-with
	$(PYTEST) -m slow

# Hundreds of kills of the real daemon on both databases; half an hour.
torture: .venv/.tested-with
	$(BIN)/python -m proofs.torture

bench: .venv/.tested-with
	$(BIN)/python -m benchmarks

# Rewrite the golden files from what the code says now; read the difference before you keep it.
bless: .venv/.tested-with
	$(PYTEST) --bless -k golden

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made: scripts/system-packages
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer found; install one or give PYTHON=…" >&2; exit 1; }
	@PYTHON="$(PYTHON)" scripts/system-packages
	$(PYTHON) -m venv .venv
	@touch $@

# The builder is pinned like everything else, so it is installed first and used without isolation.
.venv/.builder: .venv/.made constraints.txt
	$(PIP) install --quiet -c constraints.txt hatchling editables
	@touch $@

.venv/.installed: .venv/.builder pyproject.toml
	$(PIP) install --quiet --no-build-isolation -c constraints.txt -e .
	@touch $@

.venv/.tested-with: .venv/.builder pyproject.toml
	$(PIP) install --quiet --no-build-isolation -c constraints.txt -e '.[dev]'
	@touch .venv/.installed $@
