#!/usr/bin/env bash
# A small voice in minutes, on two cores and without a network: stage 0 lets a synthetic voice speak a
# few minutes of sentences, and every other stage is the real one. For trying things, and for tests;
# options that follow are those of recipes/tts.sh.
set -euo pipefail

## options
minutes=15                # how much speech the corpus has
voice=                    # who speaks it: slt, rms, awb, kal16 (flite), en-us, en (espeak)
voices=                   # several who do, --minutes each: slt,rms or en-us+f3:pitch=60 or espeak:80
engine=auto               # flite, espeak, or auto: flite where it is installed
## end of options

# shellcheck source=recipes/lib/options.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../recipes/lib/options.sh"
RECIPE_CALL=$(printf '%q ' ./run.sh "$@")
export RECIPE_CALL=${RECIPE_CALL% }
cd "$(dirname "${BASH_SOURCE[0]}")"
take_options "$@"
for argument in "${rest[@]}"; do
    case $argument in -h | --help) print_help ;; esac
done

exec ../../recipes/tts.sh \
    --download-args="--minutes $minutes --engine $engine${voice:+ --voice $voice}${voices:+ --voices $voices}" \
    --n-dev 6 --n-eval 6 --max-s 12 --blank false "${rest[@]}"
