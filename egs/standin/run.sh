#!/usr/bin/env bash
# A voice without recordings: a synthetic speaker reads as many sentences as there are, up to the size of
# LJSpeech, and every stage is the real one. With the defaults it trains the voice that is packed with
# Wavebridge; with `--conf ../ljspeech/conf --acoustic glow_tts` the models of the papers, on a GPU.
set -euo pipefail

## options
text=                     # the sentences: LJSpeech's metadata.csv, or a text of one a line (also .gz)
hours=                    # how much speech each speaker reads; else 4.5, or less if the sentences give less
voices=slt                # who reads: of flite slt, rms, awb, kal16; of espeak en-us+f3, espeak:N
## end of options

# shellcheck source=recipes/lib/options.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../recipes/lib/options.sh"
RECIPE_CALL=$(printf '%q ' ./run.sh "$@")
export RECIPE_CALL=${RECIPE_CALL% }
take_options "$@"
for argument in "${rest[@]}"; do
    case $argument in -h | --help) print_help ;; esac
done
if [[ -n $text ]]; then text=$(realpath "$text"); fi
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${text:=../mini/local/sentences.txt}"

exec ../../recipes/tts.sh \
    --download-args="$text --voices $voices${hours:+ --hours $hours}" --mel-vocoder vocos \
    --n-dev 16 --n-eval 200 --max-s 14 --blank false --edges true "${rest[@]}"
