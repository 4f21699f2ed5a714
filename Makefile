# Everything sets itself up: a fresh clone needs Python >= 3.11 and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo demo-kafka dev-up dev-down bench bench-kafka bench-scale cases chaos fuzz grade images mutants picture test test-quick test-long \
	test-embedded check lock schemas clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@UV=$$(command -v uv || echo $(BIN)/uv); \
	VIRTUAL_ENV=.venv $$UV pip install --quiet --compile-bytecode --require-hashes -r requirements.lock && \
	VIRTUAL_ENV=.venv $$UV pip install --quiet --no-deps -e .
	@touch $(STAMP)

# The longest first (tests/order.py); a file stays on one process where its tests share something.
# Bytecode is kept even where the environment says otherwise: a run starts some hundred processes.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

test: setup
	@$(PYTEST) -m "not long"

# While one works: nothing that starts a server or another process, no test of more than 20 ms, or of 3 s with all its cases.
test-quick: setup
	@$(PYTEST) -m "not server and not process and not long" --quick --hypothesis-profile=quick

# What `make test` leaves out, and the pages and commands on other days and in other zones. Before a release.
test-long: setup
	@$(PYTEST) -m long
	@$(BIN)/python -m tools.other_days --short

# Without broker and database server. The summary says how many tests it leaves out.
test-embedded: setup
	@$(PYTEST) -m "not server and not long"

chaos: setup
	@$(BIN)/python -m tools.chaos --seeds 3

# Coverage-guided fuzzing of the X12 library, then spoiled inputs for every door, ten minutes each; `make fuzz SECONDS=60` for less.
SECONDS ?= 600
fuzz: setup
	@UV=$$(command -v uv || echo $(BIN)/uv); VIRTUAL_ENV=.venv $$UV pip install --quiet --require-hashes -r requirements-fuzz.lock
	@$(BIN)/python -m tools.fuzz x12 --seconds $(SECONDS)
	@$(BIN)/python -m tools.fuzz doors --seconds $(SECONDS) --seed $$(date +%s)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

schemas: setup
	$(BIN)/python -m tools.generate_schemas

lock:
	@UV=$$(command -v uv || echo $(BIN)/uv); \
	$$UV pip compile --quiet --universal --generate-hashes --no-emit-index-url --all-extras \
		--custom-compile-command "make lock" --python-version 3.11 pyproject.toml -o requirements.lock && \
	$$UV pip compile --quiet --universal --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --python-version 3.11 requirements-fuzz.in -o requirements-fuzz.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

demo: setup
	@$(BIN)/claimloom demo

# make demo-kafka KEEP=DIR keeps files, logs and the database.
demo-kafka: setup
	@$(BIN)/python -m tools.demo_kafka $(if $(KEEP),--keep "$(KEEP)")

# A broker and a PostgreSQL of one's own on loopback, for some hours: make dev-up HOURS=2.
HOURS ?= 8
dev-up: setup
	@$(BIN)/python -m tools.dev up --hours $(HOURS)

dev-down: setup
	@$(BIN)/python -m tools.dev down

# Pages, finding, totals of a large ledger; ARGS="--claims 1000000" or ARGS=--postgres.
bench-scale: setup
	@$(BIN)/python -m benchmarks.scale $(ARGS)

bench-kafka: setup
	@$(BIN)/python -m benchmarks.kafka

# Beside benchmarks/last.json; ARGS=--keep writes that, ARGS=--large takes tens of minutes.
bench: setup
	@$(BIN)/python -m benchmarks.run $(ARGS)

# What the ledger says against what the sandbox payer did; ARGS="--claims 300" for a quick one.
grade: setup
	@$(BIN)/python -m tools.grade $(ARGS)

# Cases of tests/cases by kind: right and wrong, legal visits that are held and bad ones that go out; ARGS="--write".
cases: setup
	@$(BIN)/python -m tools.cases $(ARGS)

# Small faults in units, modifiers, code pairs and the day, and which of them the tests notice; ARGS="--sample 100".
mutants: setup
	@$(BIN)/python -m tools.mutants $(ARGS)

# The images of deploy/ by the digests that their tags have now; needs Docker and the network.
images: setup
	@$(BIN)/python -m tools.images

picture: setup
	@$(BIN)/python -m tools.picture
