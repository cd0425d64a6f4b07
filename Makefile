# make demo   install and speak: demo.wav, and a picture of it, demo.png
# make test   install, then every unit test and the mini recipes
# make check  ruff, mypy, the import floors, shellcheck
# make bench  the measurements behind the README's figures
# make clean  remove the environment and what the demo made; `make clean-demo` keeps the environment
#
# PYTHON=python3.12 and WAVEBRIDGE_TORCH="torch==2.14.0" choose what .venv is made with.

PYTHON ?= python3
WORKERS ?= 2
STAMP := .venv/.installed
# One thread a process: the small matrices here lose more to thread hand-over than they gain.
export OMP_NUM_THREADS ?= 1
SHELL := bash

.PHONY: install demo test check bench clean clean-demo
.DELETE_ON_ERROR:

install: $(STAMP)

$(STAMP): setup.cfg constraints.txt tools/install.sh
	PYTHON='$(PYTHON)' bash tools/install.sh
	touch $@

demo: $(STAMP)
	.venv/bin/tts say "Hello. Wavebridge turns text into speech, on any computer." \
	    -o demo.wav --plot demo.png
	@echo "What was said is in $(CURDIR)/demo.wav, a picture of it in demo.png; train a voice: egs/mini/run.sh"

test: $(STAMP)
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile -m "not gpu"

check: $(STAMP)
	PATH="$(CURDIR)/.venv/bin:$$PATH" bash tools/check.sh

bench: $(STAMP)
	.venv/bin/python benchmarks/mas.py
	.venv/bin/python benchmarks/models.py

clean-demo:
	rm -rf egs/{mini,standin,finetune}/{corpus,corpus.txt,data,dump,exp} demo.wav demo.png

clean: clean-demo
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .mypy_cache
