PYTHON ?= python3
LAB_ARGS ?=
PYTEST_ARGS ?=
RESULTS_ARGS ?=
FIX_ARGS ?=
SINCE ?= HEAD
unexport PYTHONDONTWRITEBYTECODE # compiled once, each of a hundred processes starts sooner

ifeq ($(OS),Windows_NT)
VENV_PYTHON := .venv/Scripts/python.exe
else
VENV_PYTHON := .venv/bin/python
endif
DRAWN := tests/test_exercises.py::test_a_listed_mistake_gets_no_other_reason tests/browser/test_exercises.py
CODE := authoring course_utils data tests tools notebooks conftest.py setup.py

.PHONY: help lab test quick lint fix shots mutants bench bench-browser bench-memory data checkpoints results clean ready ready-to-test

help:
	@echo "make lab     set up once, then open the course in JupyterLab (LAB_ARGS=--no-browser)"
	@echo "make test    everything a contributor needs to trust a change (PYTEST_ARGS='-k stft')"
	@echo "make lint    ruff on code and notebooks, codespell on everything"
	@echo "make quick   in a minute: lint, gates, and the tests of what has changed (SINCE=main)"
	@echo "make fix     repair what lint finds, put notebooks in order (one: NB=notebooks/03_dft.ipynb;"
	@echo "             none run, in seconds: FIX_ARGS=--no-run)"
	@echo "make shots   pictures of a notebook's page (NB=...) or of an interactive (LIVE=aliasing)"
	@echo "make mutants all of what make test draws some of: small faults planted in every exercise, listed"
	@echo "             mistakes, exercise notebooks in the browser"
	@echo "make bench   compare our speed with librosa and numpy"
	@echo "make bench-browser  time the interactives in a real browser"
	@echo "make bench-memory   measure what a kernel keeps that has run a lecture"
	@echo "make data    rebuild the clips of data/"
	@echo "make checkpoints  train the encoder that lecture 11 loads, without labels"
	@echo "make results measure what lectures quote of long runs (RESULTS_ARGS='--people DIR')"
	@echo "make clean   remove .venv, build, wheels and caches"

lab: ready
	@$(VENV_PYTHON) -m course_utils lab $(LAB_ARGS)

test: ready-to-test
	@$(VENV_PYTHON) -m pytest -n 3 $(PYTEST_ARGS)

quick: ready-to-test
	@$(VENV_PYTHON) -m authoring.quick --since $(SINCE)

mutants: ready-to-test
	@$(VENV_PYTHON) -m pytest -n 2 --dist load --all-mutants tests/test_mutants.py $(DRAWN) $(PYTEST_ARGS)
	@$(VENV_PYTHON) -m tests.mutants

lint: ready-to-test
	$(VENV_PYTHON) -m ruff check $(CODE)
	$(VENV_PYTHON) -m ruff format --check $(CODE)
	$(VENV_PYTHON) -m codespell_lib

fix: ready-to-test
ifndef NB
	$(VENV_PYTHON) -m ruff check --fix $(CODE)
	$(VENV_PYTHON) -m ruff format $(CODE)
endif
	@$(VENV_PYTHON) -m authoring.fix $(FIX_ARGS) $(NB)

shots: ready-to-test
ifdef LIVE
	@$(VENV_PYTHON) -m tests.browser.bare $(LIVE) --shots build/shots
else
	@$(VENV_PYTHON) -m tests.browser.lab $(or $(NB),$(error name a notebook, as in NB=notebooks/03_dft.ipynb, or an interactive, as in LIVE=aliasing)) --shots build/shots
endif

bench: ready-to-test
	@$(VENV_PYTHON) tests/bench/bench.py

bench-browser: ready-to-test
	@$(VENV_PYTHON) -m tests.bench.browser

bench-memory: ready-to-test
	@$(VENV_PYTHON) -m tests.bench.memory

data: ready
	@$(VENV_PYTHON) data/make_data.py
	@$(VENV_PYTHON) data/make_digits.py
	@$(VENV_PYTHON) data/make_sentences.py

sentences: ready
	@$(VENV_PYTHON) data/make_sentences.py --render

checkpoints: ready
	@$(VENV_PYTHON) -m tools.checkpoints

results: ready
	@$(VENV_PYTHON) -m tools.results $(RESULTS_ARGS)

clean:
	rm -rf .venv build .pytest_cache .ruff_cache .hypothesis *.egg-info *.whl
	find . -name __pycache__ -prune -exec rm -rf {} +

ready:
	@$(PYTHON) tools/install.py

ready-to-test:
	@$(PYTHON) tools/install.py test
