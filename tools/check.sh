#!/usr/bin/env bash
# The checks that need no test: style, types of the lower floors, import floors, shell scripts. All are
# run; it fails when one of them did.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=()
check() { "${@:2}" || failed+=("$1"); }

# Scripts that are run; what they source is checked where it is used.
shell_scripts() {
    git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run | grep -v '^recipes/lib/'
}

check style ruff check .
check format ruff format --check --quiet .
check types mypy --no-error-summary
check floors python tools/floors.py tts
mapfile -t scripts < <(shell_scripts)
check shell shellcheck --external-sources --check-sourced "${scripts[@]}"

if ((${#failed[@]})); then
    echo "check: failed: ${failed[*]}" >&2
    exit 1
fi
