#!/usr/bin/env bash
# Makes the corpus instead of downloading one: download.sh CORPUS [--minutes N --engine NAME --voice NAME]
set -euo pipefail
exec python3 local/make_corpus.py "$@"
