#!/usr/bin/env bash
# Makes the corpus instead of downloading one: download.sh CORPUS TEXT [--hours H] [--voices NAME,…]
set -euo pipefail
corpus=$1 text=$2 hours=4.5 voices=slt less=(--or-all)
shift 2
while (($#)); do
    case $1 in
        --hours) hours=$2 less=() ;;
        --voices) voices=$2 ;;
        *) printf 'download.sh: %s: expected --hours or --voices\n' "$1" >&2 && exit 2 ;;
    esac
    shift 2
done
mkdir -p "$(dirname "$corpus")"
python3 local/sentences.py "$text" "$corpus.txt"
minutes=$(awk -v hours="$hours" 'BEGIN { print 60 * hours }')
python3 ../mini/local/make_corpus.py "$corpus" --minutes "$minutes" --voices "$voices" \
    --sentences "$corpus.txt" "${less[@]}"
