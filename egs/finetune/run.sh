#!/usr/bin/env bash
# A third speaker in minutes, on two cores and without a network: two synthetic speakers train a base by
# egs/mini (or --base names one), then a few sentences of another make a voice of that one. For trying
# things, and for tests; options that follow are those of recipes/finetune.sh.
set -euo pipefail

## options
voice=awb                 # the new speaker: slt, rms, awb, kal16 (flite), en-us+f3 (espeak)
minutes=2                 # how much speech there is of it
base_voices=slt,rms       # who speaks the base
base_minutes=5            # how much speech there is of each
base=                     # a base that is there already: an experiment, or a packed voice
base_vocoder=             # and its vocoder
base_args=                # overrides of the base's configurations: "train.steps=100"
mix=true                  # mix the base's speech in, where it is trained here
ngpu=auto                 # GPUs to train on: auto takes one where there is one, 0 none
workdir=.                 # gets corpus/, data/, dump/ and exp/, the base in exp/base
## end of options

# shellcheck source=recipes/lib/options.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../recipes/lib/options.sh"
RECIPE_CALL=$(printf '%q ' ./run.sh "$@")
export RECIPE_CALL=${RECIPE_CALL% }
take_options "$@"
dry_run=()
for argument in "${rest[@]}"; do
    case $argument in
        -h | --help) print_help ;;
        --dry-run | --dry_run) dry_run=(--dry-run) ;;
    esac
done
if [[ -e $base ]]; then base=$(realpath "$base"); fi
if [[ -n $base_vocoder ]]; then base_vocoder=$(realpath "$base_vocoder"); fi
if [[ $workdir != . ]]; then workdir=$(realpath -m "$workdir"); fi
cd "$(dirname "${BASH_SOURCE[0]}")"

old=()
if [[ -z $base ]]; then
    home=$(realpath -m "$workdir/exp/base")
    RECIPE_CALL='' ../mini/run.sh --voices "$base_voices" --minutes "$base_minutes" \
        --corpus-dir "$home/corpus" --datadir "$home/data" --dumpdir "$home/dump" \
        --expdir "$home/exp" --tag base --train-args "$base_args" --ngpu "$ngpu" \
        --stop-stage vocoder "${dry_run[@]}"
    base=$home/exp/glow_tts_base base_vocoder=$home/exp/hifigan_base
    if [[ $mix == true ]]; then old=(--old-data "$home/dump/train"); fi
fi
corpus=$workdir/corpus/$voice-$minutes
../mini/run.sh --voices "$voice" --minutes "$minutes" \
    --corpus-dir "$(realpath -m "$corpus")" --datadir "$(realpath -m "$workdir/corpus")" \
    --stage download --stop-stage download "${dry_run[@]}"

exec ../../recipes/finetune.sh --base "$base" ${base_vocoder:+--base-vocoder "$base_vocoder"} \
    --corpus "$corpus" --corpus-kind ljspeech --speaker "$voice" --max-s 12 --n-dev 3 --n-eval 3 \
    --workdir "$workdir" --ngpu "$ngpu" "${old[@]}" "${rest[@]}"
