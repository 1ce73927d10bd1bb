# The two commands of the README are `make serve` and `make test`; `make check` is what CI runs. `make help` lists the rest.
# All of them make the environment first, hash by hash: `make serve` from requirements.lock alone, every other target from
# requirements-dev.lock as well. PYTHON=python3.13 chooses another Python, with an environment of its own.

PYTHON ?= python3
VENV := .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
SERVES := $(VENV)/serves
READY := $(VENV)/ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(VENV)-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --custom-compile-command "make lock" --python-version 3.11

# Python keeps what it has compiled, also on machines that switch that off for all programs, as images of containers do:
# else each of the hundreds of processes of a run compiles again, and each pytest rewrites the assertions of all it reads.
unexport PYTHONDONTWRITEBYTECODE

# With COVERAGE=1 the tests also collect branch coverage, for make coverage-report.
PYTEST := $(BIN)/python $(if $(COVERAGE),-m coverage run )-m pytest

# The tests whose every request and reply gets a second verdict.
PROOF := tests/conformance tests/conformance/wire_edges tests/conformance/second_validator tests/providers tests/test_rules.py

.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

install: $(READY)  ## make the environment for development, .venv, which every target but serve makes as well

serve: $(SERVES)  ## run the sandbox on http://127.0.0.1:4080 (ARGS="--port 0" and the like)
	@exec $(BIN)/paysandbox serve $(ARGS)

test: $(READY)  ## the fast tests, some minutes on two cores (ARGS="-k name" and the like)
	$(PYTEST) -n auto --dist worksteal -m "not slow" --hypothesis-profile few $(ARGS)

# One worker more than there are cores, because these tests wait for a quarter of their time: for servers, pages, packages.
test-slow: $(READY)  ## the slow tests: browser, packaging, live servers, nested runs, the quick contract suites
	$(PYTEST) -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal -m "slow and not sweep" $(ARGS)

test-sweeps: $(READY)  ## the longest tests: what others show with few cases, again with many or over each store
	$(PYTEST) -n auto --dist worksteal -m "sweep or (property and not slow)" $(ARGS)

test-all: $(READY)  ## all tests
	$(PYTEST) -n auto --dist worksteal $(ARGS)

coverage: $(READY)  ## all tests, and the branch coverage that they reach; fails below 90 per cent
	rm -rf build/coverage
	$(MAKE) test-all COVERAGE=1
	$(MAKE) coverage-report FLOOR=--fail-under=90

coverage-report: $(READY)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report $(FLOOR)

lint: $(READY)  ## format, lint, types, contracts and fixtures
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/paysandbox validate

check: lint test-all  ## what CI runs

format: $(READY)  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser: $(READY)  ## install Chromium for the tests of the pages, unless a browser is there
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/browser

redis:  ## install redis-server for the tests of that store, unless it is there; they start it themselves
	@.ci/redis

matrix: $(READY)  ## the same payments at all four vendors, and what becomes of each (ARGS=--write)
	$(BIN)/python -m tools.matrix $(ARGS)

clients: $(READY)  ## which calls of public clients pass, before and now (ARGS=--write)
	$(BIN)/python -m tools.clients $(ARGS)

audit: $(READY)  ## known vulnerabilities of the locked versions; says loudly if a source could not be asked (ARGS=--strict)
	$(BIN)/python -m tools.audit $(ARGS)

bench: $(READY)  ## what a call and a start cost (ARGS="--quick", ARGS="--against REV", ARGS="--only growth")
	@mkdir -p build
	$(BIN)/python -m tools.bench --json build/bench.json --plot build/bench.svg $(ARGS)

profile: $(READY)  ## where the processor's time of a call goes (ARGS="--folded build/profile.txt" for a flame graph)
	@mkdir -p build
	$(BIN)/python -m tools.bench.profile $(ARGS)

fuzz: $(READY)  ## hostile input at every door, from a seed (ARGS="--door yaml --seconds 120")
	$(BIN)/python -m tools.fuzz $(ARGS)

ledgers: $(READY)  ## any sequences of calls, each provider compared with a model after each step (ARGS="--steps 1000000")
	$(BIN)/python -m tools.ledgers $(ARGS)

soak: $(READY)  ## five minutes of mixed load with faults in one namespace, memory sampled, and SIGTERM in the middle
	@mkdir -p build
	$(BIN)/python -m tools.soak --json build/soak.json --plot build/soak.svg $(ARGS)

capacity: $(READY)  ## what several hosts and shards over a store would carry, from costs measured here (ARGS="--network 500")
	$(BIN)/python -m tools.capacity $(ARGS)

mutants: $(READY)  ## plant each mutant in a copy of the program, and see that a test kills it (ARGS="--only ID", ARGS=--write)
	$(BIN)/python -m tools.mutants $(ARGS)

contract: $(READY)  ## the contract proof in full: suites and edges against live servers, and independent judges
	$(BIN)/paysandbox check --depth full --report build/contract
	$(BIN)/python -m pytest -n auto -p tests.conformance.second_validator.plugin $(PROOF) $(ARGS)
	@if command -v npx >/dev/null; then $(MAKE) lint-contracts; \
	else echo "SKIPPED: redocly lint wants Node (npx), and there is none here; openapi-spec-validator has judged"; fi

lint-contracts:  ## a second linter for the contracts; wants Node
	npx --yes @redocly/cli@2 lint --config redocly.yaml

docs: $(READY)  ## write the providers' pages under docs/ anew from their contracts
	$(BIN)/python -m tools.docgen --write

lock:  ## choose the newest versions of all dependencies
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(COMPILE) --upgrade --group build --group dev --extra check --extra tls --extra reload --extra redis --extra mcp --extra testcontainers --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --upgrade --constraint requirements-dev.lock --group build --output-file requirements.lock pyproject.toml
	rm -rf $(VENV)-lock

lowest:  ## the fast tests with the lowest allowed version of every dependency of the package
	$(PYTHON) -m venv --clear $(VENV)-lowest
	$(VENV)-lowest/bin/pip install --quiet uv
	$(VENV)-lowest/bin/uv pip compile --quiet --resolution lowest-direct --extra check --extra tls --extra reload --extra redis --extra mcp --no-annotate --no-header \
		--output-file $(VENV)-lowest/direct.txt pyproject.toml
	$(VENV)-lowest/bin/uv pip install --quiet --python $(VENV)-lowest --requirement $(VENV)-lowest/direct.txt --group dev --group build
	$(VENV)-lowest/bin/uv pip install --quiet --python $(VENV)-lowest --no-deps --no-build-isolation --editable .
	$(VENV)-lowest/bin/python -m pytest -n auto -m "not slow" --hypothesis-profile few $(ARGS)

newest:  ## all tests with the newest uvicorn and schemathesis, beyond what pyproject.toml allows
	$(MAKE) install VENV=$(VENV)-newest
	$(VENV)-newest/bin/pip install --quiet --upgrade --pre uvicorn schemathesis
	$(VENV)-newest/bin/python -m pytest -n auto $(ARGS)

clean:  ## remove the environment and all caches
	rm -rf .venv .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(SERVES): requirements.lock pyproject.toml hatch_build.py
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(SERVES)

$(READY): $(SERVES) requirements-dev.lock
	$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $(READY)

.PHONY: help install serve test test-slow test-sweeps test-all coverage coverage-report lint check format browser redis audit matrix clients bench profile fuzz ledgers soak capacity mutants contract lint-contracts docs lock lowest newest clean
