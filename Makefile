# make demo   install, train the mini voice (minutes, two cores, no network after the install), speak
# make test   install, then every unit test and the mini recipe
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

.PHONY: install demo test check bench clean clean-demo
.DELETE_ON_ERROR:

install: $(STAMP)

$(STAMP): setup.cfg constraints.txt tools/install.sh
	PYTHON='$(PYTHON)' bash tools/install.sh
	touch $@

demo: $(STAMP)
	egs/mini/run.sh
	.venv/bin/tts say "Hello. This voice was trained on this machine, a few minutes ago." \
	    --voice egs/mini/exp/glow_tts-hifigan/voice -o demo.wav
	@echo "The voice is in egs/mini/exp/glow_tts-hifigan/voice; what it said is in $(CURDIR)/demo.wav"

test: $(STAMP)
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile -m "not gpu"

check: $(STAMP)
	PATH="$(CURDIR)/.venv/bin:$$PATH" bash tools/check.sh

bench: $(STAMP)
	.venv/bin/python benchmarks/mas.py
	.venv/bin/python benchmarks/models.py

clean-demo:
	rm -rf egs/mini/corpus egs/mini/data egs/mini/dump egs/mini/exp demo.wav

clean: clean-demo
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .mypy_cache
