#!/usr/bin/env bash
# Makes .venv in the checkout and installs the toolkit there, editable, with its tools for tests.
#
#   tools/install.sh                  the environment is .venv, made by python3
#   PYTHON=python3.12 tools/install.sh
#   WAVEBRIDGE_TORCH="torch==2.14.0" tools/install.sh        another PyTorch than the one chosen below
#   WAVEBRIDGE_EXTRAS=dev,serve tools/install.sh            other extras than `dev,serve,onnx,hub`
#
# PyTorch's default wheels bring gigabytes of CUDA. On a machine without an NVIDIA GPU a CPU build is
# taken instead: from a local wheel folder of pip's (find-links) if that has one, or from PyTorch's own
# index; if neither can be had, from the plain index after all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly python=${PYTHON:-python3}
readonly extras=${WAVEBRIDGE_EXTRAS:-dev,serve,onnx,hub}
readonly venv=.venv
readonly torch_range='torch>=2.13'
readonly cpu_index=https://download.pytorch.org/whl/cpu

say() { printf 'install: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

make_venv() {
    command -v "$python" >/dev/null || die "$python: not found; install Python 3.10 or newer, or set PYTHON"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        die "$python is $("$python" -V 2>&1); Python 3.10 or newer is needed: set PYTHON=python3.12, say"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$python cannot make environments (no ensurepip); on Debian: apt-get install python3-venv"
    [[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
}

# A file of the index, and not only its host: a proxy may answer for a host that it then refuses.
reachable() {
    "$venv/bin/python" - "$1" <<'PY'
import sys, urllib.request
try:
    urllib.request.urlopen(sys.argv[1], timeout=5).close()
except OSError:
    sys.exit(1)
PY
}

# Sets torch_from to the arguments that make pip take the right build.
choose_torch() {
    torch_from=("${WAVEBRIDGE_TORCH:-$torch_range}")
    if [[ -n ${WAVEBRIDGE_TORCH:-} ]]; then
        say "PyTorch: $WAVEBRIDGE_TORCH, as WAVEBRIDGE_TORCH says"
    elif command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; then
        say 'PyTorch: the default build (an NVIDIA GPU is here)'
    elif pip install --quiet --dry-run --no-deps --no-index "$torch_range" >/dev/null 2>&1; then
        say "PyTorch: the wheel in pip's local folder"
        pip install --quiet --no-deps --no-index "$torch_range"
    elif reachable "$cpu_index/torch/"; then
        say "PyTorch: the CPU build of $cpu_index"
        pip install --quiet --no-deps --index-url "$cpu_index" "$torch_range"
    else
        say "PyTorch: the default build, which is large ($cpu_index cannot be reached)"
    fi
}

make_venv
tested=()
if "$venv/bin/python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'; then
    tested=(--constraint constraints.txt)
fi
torch_from=("$torch_range")
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null || [[ -n ${WAVEBRIDGE_TORCH:-} ]]; then
    choose_torch
fi
say "installing the toolkit with extras [$extras]"
pip install --quiet "${tested[@]}" "${torch_from[@]}" --editable ".[$extras]"
"$venv/bin/python" -c 'import torch, tts; print("wavebridge", tts.__version__, "on torch", torch.__version__)'
