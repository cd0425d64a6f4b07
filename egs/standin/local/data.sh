#!/usr/bin/env bash
# The corpus as one data dir: data.sh CORPUS DATADIR
set -euo pipefail
exec tts data import ljspeech "$1" "$2"
