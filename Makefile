# Everything sets itself up: a fresh clone needs Python >= 3.11 and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo bench picture test check lock schemas clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@UV=$$(command -v uv || echo $(BIN)/uv); \
	VIRTUAL_ENV=.venv $$UV pip install --quiet --require-hashes -r requirements.lock && \
	VIRTUAL_ENV=.venv $$UV pip install --quiet --no-deps -e .
	@touch $(STAMP)

test: setup
	@$(BIN)/python -m pytest -n auto --dist loadfile

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
		--custom-compile-command "make lock" --python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

demo: setup
	@$(BIN)/claimloom demo

bench: setup
	@$(BIN)/python -m benchmarks.run

picture: setup
	@$(BIN)/python -m tools.picture
