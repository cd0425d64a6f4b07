#!/usr/bin/env bash
# Downloads and unpacks LJSpeech: download.sh CORPUS
# Nothing is done where CORPUS is there already. A broken download is resumed by calling again.
set -euo pipefail

readonly url=https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2
readonly sha256=be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5
readonly n_utterances=13100

corpus=$1
die() { printf 'download: %s\n' "$*" >&2; exit 1; }

checked() { sha256sum --check --status <<<"$sha256  $1"; }

# Into a name of its own until the checksum says that it is whole.
download() {
    if [[ -f $archive ]]; then return; fi
    if [[ -f $archive.part ]] && checked "$archive.part"; then
        mv "$archive.part" "$archive" && return
    fi
    if command -v curl >/dev/null; then
        curl --fail --location --continue-at - --output "$archive.part" "$url"
    else
        wget --continue --output-document "$archive.part" "$url"
    fi || die "$url: the download broke off; call again to go on, or give a copy with --corpus-dir"
    if ! checked "$archive.part"; then
        rm -f "$archive.part"
        die "$url: its checksum is not $sha256; it was removed, call again"
    fi
    mv "$archive.part" "$archive"
}

# Into a folder of its own first: the corpus appears when it is whole.
unpack() {
    local unpacked=$folder/.unpacking
    rm -rf "$unpacked"
    mkdir -p "$unpacked"
    tar --extract --bzip2 --file "$archive" --directory "$unpacked"
    (($(find "$unpacked" -name '*.wav' | wc -l) == n_utterances)) ||
        die "$archive: does not hold $n_utterances wavs; remove it and call again"
    mv "$unpacked/LJSpeech-1.1" "$corpus"
    rm -rf "$unpacked"
}

if [[ -f $corpus/metadata.csv && -d $corpus/wavs ]]; then exit 0; fi
[[ ! -e $corpus ]] || die "$corpus: no LJSpeech (metadata.csv and wavs/); name another --corpus-dir"
folder=$(dirname "$corpus")
archive=$folder/$(basename "$url")
mkdir -p "$folder"
download
unpack
