#!/usr/bin/env bash
# The corpus as one data dir: data.sh CORPUS DATADIR
set -euo pipefail
speaker=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get("voice", "standin"))' "$1/corpus.json")
exec tts data import ljspeech "$1" "$2" --speaker "$speaker"
