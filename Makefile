# ResNet Lab. `make help` lists what there is. Kept to what GNU make 3.81 (macOS) understands.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
PYTEST := $(VENV_PYTHON) -m pytest --timeout 300
# The unit tests in two processes; then those of the page, which watch the clock, on a machine of their own. With ARGS one
# process runs what they choose.
EVERY_TEST = $(if $(ARGS),$(PYTEST) $(ARGS),$(PYTEST) -n 2 tests/unit && $(PYTEST) tests/api tests/browser)

# An exported HOST is often a compiler's or a shell's own, so it counts on make's command line only.
APP_FLAGS = $(if $(filter command,$(firstword $(origin HOST))),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(ARGS)

# Each benchmark is one script; names that start with an underscore are their shared helpers.
BENCHMARKS = $(sort $(wildcard benchmarks/[!_]*.py))

SET_UP = command -v $(firstword $(PYTHON)) >/dev/null || { echo "Python is missing: install Python 3.10 or newer."; exit 2; }; \
	$(PYTHON) tools/setup.py

.PHONY: help demo test test-fast lint format bench proof check clean
.DEFAULT_GOAL := help

help: ## list these targets
	@echo "ResNet Lab: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "PYTHON=python3.12 chooses an interpreter, TORCH=cpu the small PyTorch without CUDA (Linux)."
	@echo "make demo PORT=8000 HOST=0.0.0.0 ARGS=--presenter goes to app.py; make test ARGS='-k word' to pytest."

demo: ## set up .venv, start the page and print its address
	@$(SET_UP) run
	@$(VENV_PYTHON) app.py $(APP_FLAGS)

check: ## the evening before a workshop: imports, port, network address, data
	@$(SET_UP) run
	@$(VENV_PYTHON) app.py --check $(APP_FLAGS)

test: ## every test: unit, API and browser (finds or installs Chromium)
	@$(SET_UP) test
	@$(VENV_PYTHON) -m tests.browser.find_browser
	@$(EVERY_TEST)

test-fast: ## the unit tests only, in under a minute
	@$(SET_UP) test
	@$(PYTEST) -n 2 tests/unit -m "not slow" $(ARGS)

lint: ## ruff (rules and layout) and mypy (resnet and train)
	@$(SET_UP) test
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m mypy resnet train

format: ## let ruff repair what it can
	@$(SET_UP) test
	@$(VENV_PYTHON) -m ruff check --fix .
	@$(VENV_PYTHON) -m ruff format .

bench: ## run every script in benchmarks/, one after another
	@$(SET_UP) test
	@status=0; for script in $(BENCHMARKS); do echo "== $$script"; PYTHONPATH=. $(VENV_PYTHON) $$script || status=1; done; exit $$status

proof: ## every test, with 50 killed runs instead of 5, then every benchmark
	@$(SET_UP) test
	@$(VENV_PYTHON) -m tests.browser.find_browser
	@export RESNET_LAB_KILLS=50; $(EVERY_TEST)
	@$(MAKE) bench

clean: ## remove .venv, caches and test artefacts (runs and data stay)
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache tests/artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
