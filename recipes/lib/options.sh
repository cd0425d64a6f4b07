# shellcheck shell=bash
# Needs bash 4.4 or newer.
#
# Command-line options in Kaldi's manner. A script states its options as variables at its top,
#
#     ## options
#     nj=4              # processes that work side by side
#     dry_run=false     # print the commands only
#     ## end of options
#
# and calls `parse_options "$@"`. That block is at once the defaults, the list of what is known, and
# the text of --help. `--nj 8`, `--nj=8`, `--dry-run` and `--dry_run true` are all understood; what
# is not known ends the script with the list of what is.

option_source=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

# The names, one a line.
option_names() { option_block | sed -E 's/=.*//'; }

option_block() { sed -nE '/^## options$/,/^## end of options$/{/^[a-z_]+=/p}' "$option_source"; }

print_options() {
    local line pattern="^([a-z_]+)=('[^']*'|[^ ]*) +# (.*)$"
    while IFS= read -r line; do
        [[ $line =~ $pattern ]] || continue
        printf '  --%-18s %s (%s)\n' "${BASH_REMATCH[1]//_/-}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[2]:-none}"
    done < <(option_block)
}

# Sets the variables that the arguments name; what is not an option of the calling script stays, in
# its order, in the array `rest`.
take_options() {
    local known argument name
    known=$(option_names)
    rest=()
    while (($#)); do
        argument=$1 && shift
        name=${argument#--} && name=${name%%=*} && name=${name//-/_}
        if [[ $argument != --* ]] || ! grep -qx -- "$name" <<<"$known"; then
            rest+=("$argument")
        elif [[ $argument == *=* ]]; then
            printf -v "$name" '%s' "${argument#*=}"
        elif [[ ${!name} =~ ^(true|false)$ && ! ${1:-} =~ ^(true|false)$ ]]; then
            printf -v "$name" true
        elif (($# == 0)) || [[ $1 == --* ]]; then
            usage_error "--${name//_/-} needs a value"
        else
            printf -v "$name" '%s' "$1" && shift
        fi
    done
}

# The same, where nothing may stay.
parse_options() {
    take_options "$@"
    local argument
    for argument in "${rest[@]}"; do
        case $argument in
            -h | --help) print_help && exit 0 ;;
            *) usage_error "unknown option $argument" ;;
        esac
    done
}

# The comment at the head of the script, then its options.
print_help() {
    sed -nE '2,/^[^#]|^$/{s/^# ?//p}' "$option_source"
    printf '\nOptions (default):\n'
    print_options
}

usage_error() {
    local known
    known=$(option_names | sed 's/_/-/g; s/^/ --/' | tr -d '\n')
    printf '%s: %s; there are%s\n' "$(basename "$0")" "$1" "$known" >&2
    exit 2
}
