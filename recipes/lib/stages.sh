# shellcheck shell=bash
# Stages that know when they are done. A recipe lists `stages=(0:download 1:data …)`, gives every
# stage a folder in `home`, and describes each in a function `stage_NAME` made of
#
#     about WHAT                one line for people
#     needs STAGE FILE…         what must be there, and the stage that makes it
#     owns FOLDER…              what is removed before the stage runs with other settings
#     keeps FOLDER…             what is moved out of the way then, because it was dear to make
#     does COMMAND ARGUMENT…    a command to run, in order
#     gives FILE…               what must be there afterwards
#     note TEXT                 why there is nothing to do
#
# A stage's stamp is a hash over its commands and over what it needs: the contents of files, and the
# names, sizes and times of what lies in folders. When the stamp in `home/.done.NAME` is the same and
# all that it gives is there, the stage is skipped; another stamp makes it run again, and so will every
# stage whose inputs thereby change. While a stage runs, the stamp stands in `home/.begun.NAME`: an
# interrupted one goes on where it was if nothing has changed.
#
# The recipe also sets `dry_run` and `force` (true or false), `recipe_call` (what the user typed) and
# `tool_dir` (where the command `tts` lies).

log() { printf '%s\n' "$*" >&2; }
die() { log "$(basename "$0"): $*"; exit 1; }

about() { what=$1; }
needs() { local stage=$1 && shift; for file; do needed+=("$stage:$file"); done; }
owns() { owned+=("$@"); }
keeps() { kept+=("$@"); }
does() { commands+=("$(quoted "$@")"); }
gives() { given+=("$@"); }
note() { notes+=("$*"); }

# The arguments as one line that the shell reads back as the same arguments.
quoted() {
    local argument line=''
    for argument; do
        [[ $argument =~ ^[A-Za-z0-9_./:=,+%@-]+$ ]] || argument=${argument@Q}
        line+="${line:+ }$argument"
    done
    printf '%s' "$line"
}

# The number of a stage that is given by number or by name.
stage_number() {
    local entry known
    if [[ $1 =~ ^[0-9]+$ ]]; then echo "$1" && return; fi
    for entry in "${stages[@]}"; do
        if [[ ${entry#*:} == "$1" ]]; then echo "${entry%%:*}" && return; fi
    done
    known=$(printf ', %s' "${stages[@]}")
    die "no stage $1; there are ${known#, }"
}

# Runs the stages from --stage to --stop-stage, less those of --skip.
run_stages() {
    local first last skipped=' ' entry number name
    first=$(stage_number "$1")
    last=$(stage_number "$2")
    for name in ${3//,/ }; do skipped+="$(stage_number "$name") "; done
    for entry in "${stages[@]}"; do
        number=${entry%%:*} name=${entry#*:}
        ((number >= first && number <= last)) || continue
        [[ $skipped == *" $number "* ]] || run_stage "$number" "$name"
    done
}

run_stage() {
    local number=$1 name=$2 started=$SECONDS took what='' stamp
    local -a needed=() owned=() kept=() commands=() given=() notes=()
    "stage_$name"
    log "== stage $number ($name): $what"
    if ((${#commands[@]} == 0)); then log "   ${notes[*]}" && return; fi
    if [[ $dry_run == true ]]; then printf '%s\n' "${commands[@]}" && return; fi
    check_needed "$number" "$name"
    stamp=$(stamp_of)
    if [[ $force != true ]] && is_done "$name" "$stamp"; then
        log '   done before, nothing changed' && return
    fi
    make_ready "$name" "$stamp"
    run_commands "$number" "$name"
    check_given "$number" "$name"
    mv "$(begun_file "$name")" "$(done_file "$name")"
    took=$((SECONDS - started))
    log "   done in $((took / 60)) min $((took % 60)) s$(next_command "$number")"
}

done_file() { printf '%s/.done.%s' "${home[$1]}" "$1"; }
begun_file() { printf '%s/.begun.%s' "${home[$1]}" "$1"; }
first_line() { if [[ -f $1 ]]; then head -n 1 "$1"; fi; }

# The command file: run.sh in a folder that is one stage's alone, run.STAGE.sh in a shared one.
script_file() {
    local other n=0
    for other in "${home[@]}"; do [[ $other != "${home[$1]}" ]] || n=$((n + 1)); done
    if ((n > 1)); then echo "${home[$1]}/run.$1.sh"; else echo "${home[$1]}/run.sh"; fi
}

check_needed() {
    local entry file stage
    for entry in "${needed[@]}"; do
        stage=${entry%%:*} file=${entry#*:}
        [[ -e $file ]] && continue
        [[ -v home[$stage] ]] || die "stage $1 ($2) needs $file, which is not there"
        die "stage $1 ($2) needs $file, which stage $(stage_number "$stage") ($stage) makes:" \
            "$recipe_call --stage $stage"
    done
}

# How many processes work, and on which devices, does not change what comes out.
stamp_of() {
    local entry file
    {
        printf '%s\n' "${commands[@]}" | sed -E 's/^torchrun .* tts /tts /; s/ --(cpu|nj [0-9]+)//'
        for entry in "${needed[@]}"; do
            file=${entry#*:}
            if [[ -d $file ]]; then (cd "$file" && find . -type f -printf '%p %s %T@\n' | LC_ALL=C sort); fi
            if [[ -f $file ]]; then sha256sum <"$file"; fi
        done
    } | sha256sum | cut -c 1-32
}

is_done() {
    local file
    [[ $(first_line "$(done_file "$1")") == "$2" ]] || return 1
    for file in "${given[@]}"; do [[ -e $file ]] || return 1; done
}

# Clears what the stage left under other settings, notes that it has begun, and writes its script.
make_ready() {
    local name=$1 stamp=$2 before
    before=$(first_line "$(begun_file "$name")")
    [[ -n $before ]] || before=$(first_line "$(done_file "$name")")
    if [[ $force == true || $before != "$stamp" ]]; then
        if [[ -n $before && ${#owned[@]} -gt 0 ]]; then rm -rf -- "${owned[@]}"; fi
        set_aside
    fi
    mkdir -p "${home[$name]}"
    rm -f "$(done_file "$name")"
    write_script "$name"
    echo "$stamp" >"$(begun_file "$name")"
}

# Experiments cost hours: they are moved, never removed.
set_aside() {
    local folder n
    for folder in "${kept[@]}"; do
        holds_work "$folder" || continue
        n=1
        while [[ -e $folder.old$n ]]; do n=$((n + 1)); done
        mv -- "$folder" "$folder.old$n"
        log "   $folder was made under other settings; it is now $folder.old$n"
    done
}

# Whether a folder has more in it than what a stage writes as it begins.
holds_work() {
    [[ -d $1 ]] || return 1
    [[ -n $(find "$1" -type f ! -name 'run*.sh' ! -name '.begun.*' -print -quit) ]]
}

write_script() {
    local script
    script=$(script_file "$1")
    {
        printf '#!/usr/bin/env bash\n# Stage %s: %s\n' "$1" "$what"
        printf 'set -euo pipefail\ncd %s\n' "$(quoted "$PWD")"
        printf "PATH=%s:\$PATH\n" "$(quoted "$tool_dir")"
        printf '%s\n' "${commands[@]}"
    } >"$script"
    chmod +x "$script"
}

run_commands() {
    local command status
    for command in "${commands[@]}"; do
        log "   $command"
        status=0
        eval "$command" || status=$?  # our own quoting, by `does`
        if ((status)); then
            log "stage $1 ($2) failed: the command above, also in $(script_file "$2"), exited $status"
            log "go on with: $recipe_call --stage $2"
            exit "$status"
        fi
    done
}

check_given() {
    local file
    for file in "${given[@]}"; do
        [[ -e $file ]] || die "stage $1 ($2) ended well but did not make $file"
    done
}

# What to type next: the stage that follows in the list, if one does.
next_command() {
    local entry
    for entry in "${stages[@]}"; do
        if ((${entry%%:*} > $1)); then
            printf '; next: %s --stage %s' "$recipe_call" "${entry#*:}" && return
        fi
    done
}
