#!/usr/bin/env bash
# LJSpeech: 24 hours of one American English speaker, in the public domain (Keith Ito, Linda Johnson).
# The steps, times and sizes stand in README.md; options that follow are those of recipes/tts.sh.
set -euo pipefail

RECIPE_CALL=$(printf '%q ' ./run.sh "$@")
export RECIPE_CALL=${RECIPE_CALL% }
cd "$(dirname "${BASH_SOURCE[0]}")"

exec ../../recipes/tts.sh --corpus-dir downloads/LJSpeech-1.1 --rate 22050 --language en-us \
    --min-s 0.5 --max-s 12 --n-dev 250 --n-eval 250 --mel-vocoder hifigan_v1 --nj 4 "$@"
