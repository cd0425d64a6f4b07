#!/usr/bin/env bash
# The checks that need no test: style, types of the lower floors, import floors, shell scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ruff check .
ruff format --check .
mypy --no-error-summary
python tools/floors.py tts
# Scripts that are run; what they source is checked where it is used.
git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run | grep -v '^recipes/lib/' |
    xargs shellcheck --external-sources --check-sourced
