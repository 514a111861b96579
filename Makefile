# Every target makes its own .venv. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# Files that tell soonest whether another Python will do: what differs between them is there.
PYTHONS := python3.12 python3.13 python3.14
SMOKE := tests/test_portable.py tests/test_bounds.py tests/base tests/commands/test_getting_it.py \
  tests/commands/test_main.py tests/runs/test_config.py tests/runs/test_options.py tests/runs/test_export.py \
  tests/runs/test_publish.py tests/studio/test_play.py

.PHONY: help setup demo test test-all pythons lint format fuzz bench pin site release clean
help:
	@echo "make demo    train on the built-in digits, about 3 minutes, and end with a sheet of samples"
	@echo "make test    the tests, but for some that take long"
	@echo "make test-all  all of them: methods that learn, whole examples and notebooks"
	@echo "make pythons a part of it by each of $(PYTHONS) that is here"
	@echo "make lint    ruff, its formatter's check, and pyright"
	@echo "make fuzz    damaged files of every kind for three minutes: nothing but one line may come of one"
	@echo "make bench   a step of each method beside a plain reference: speed, share of the peak, memory"
	@echo "make pin     every loss of five steps, to the bit, beside the record's or those of BASE=commit"
	@echo "make site    the documentation as a site, in site/; no link in it may be dead"
	@echo "make release a wheel and a source archive in dist/, checked; it sends nothing"
	@echo "make format  let ruff rewrite the tree"

setup: $(READY)
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

demo: $(READY)
	$(BIN)/gankit train dcgan --data digits --out runs/demo --steps 2500
	$(BIN)/gankit sample runs/demo --out runs/demo/grid.png

test: $(READY)
	$(BIN)/pytest -n 3

test-all: $(READY)
	$(BIN)/pytest -n 3 -m ""

pythons:
	@for python in $(PYTHONS); do \
	  $$python -c '' 2> /dev/null || { echo "$$python is not here"; continue; }; \
	  echo "$$python"; test -x .venv-$$python/bin/python || $$python -m venv .venv-$$python; \
	  .venv-$$python/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' && \
	  .venv-$$python/bin/pytest -n 2 $(SMOKE) || exit 1; \
	done

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz.play --seconds $(or $(SECONDS),180) --seed $(or $(SEED),0)

bench: $(READY)
	$(BIN)/python benchmarks/bench.py

pin: $(READY)
	$(BIN)/python benchmarks/pin.py $(if $(BASE),--base $(BASE))

site: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

release: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[release]'
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/*

clean:
	rm -rf .venv .venv-* runs build dist site *.egg-info .ruff_cache .pytest_cache
