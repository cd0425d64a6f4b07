# shellcheck shell=bash
# What a recipe's commands are made of.

# `tts` of the active environment, else of the checkout's .venv, else on the path; other packages
# have a command of that name too. Sets `tool_dir`.
find_tts() {
    local root environment
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    for environment in "${VIRTUAL_ENV:-}" "$root/.venv"; do
        [[ ! -x $environment/bin/tts ]] || { PATH=$environment/bin:$PATH && break; }
    done
    command -v tts >/dev/null || die "no command tts; run \`make install\` in $root first"
    tool_dir=$(dirname "$(command -v tts)")
}

# A configuration and those it starts from (their key `base`), one file a line.
conf_files() {
    local base
    echo "$1"
    base=$(sed -nE "s/^base: *['\"]?([^'\" #]+).*/\1/p" "$1" 2>/dev/null) || return 0
    if [[ -n $base ]]; then conf_files "$(dirname "$1")/$base"; fi
}

# The value of a key that stands on a line of its own in a configuration, or in those it starts from.
conf_value() {
    local files
    mapfile -t files < <(conf_files "$1")
    sed -nE "s/^ *$2: *['\"]?([^'\" #]+).*/\1/p" "${files[@]}" 2>/dev/null | head -n 1
}

# The name of an experiment: its configuration, then the tag; without a tag, the overrides. Of long overrides it holds
# the beginning and a checksum: the name of what speaks is made of as many as five, and may have 255 letters.
experiment_name() {
    local name tag=$2
    name=$(basename "$1" .yaml)
    shift 2
    if [[ -z $tag ]]; then
        tag=$(printf '_%s' "$@") && tag=${tag#_}
        if [[ ${#tag} -gt 28 ]]; then
            tag=${tag::19}_$(printf '%08x' "$(cksum <<<"$tag" | cut -d ' ' -f 1)")
        fi
    fi
    printf '%s' "$name${tag:+_${tag//[^A-Za-z0-9._-]/}}"
}

# Sets `train`, how `tts train` is called for --ngpu.
choose_devices() {
    case $1 in
        auto | 1) train=(tts train) ;;
        0) train=(tts train --cpu) ;;
        *[!0-9]*) usage_error "--ngpu $1: expected a number or auto" ;;
        *) train=(torchrun --standalone --nproc-per-node "$1" --no-python tts train) ;;
    esac
}
