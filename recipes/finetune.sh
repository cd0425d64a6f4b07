#!/usr/bin/env bash
# From a voice and a few minutes of a new speaker to a voice of that speaker, in stages. Paths are
# relative to the folder it is started in.
#
#     recipes/finetune.sh --base exp/glow_tts --base-vocoder exp/hifigan --corpus ~/recordings
#
#    0 base        a packed voice made experiments again
#    1 data        a data dir of the recordings, split into train, dev and eval
#    2 report      what they are good for: minutes, silence, noise, symbols, what to expect
#    3 wav         one 16-bit wav an utterance, at the base's rate; trimmed with --trim true
#    4 filter      leave out what is too short or too long
#    5 text        symbols, read as the base reads
#    6 frames      bridge frames, of the base's contract
#    7 acoustic    fine-tune the acoustic model
#    8 gta         fine-tune the vocoder on the acoustic model's frames (with --vocoder-tune gta)
#    9 synth       speak the eval set
#   10 score       measure that against the recordings, and a page on all of it
#   11 pack        one folder that speaks: the voice
#
# A stage that is done is skipped; one whose options or inputs changed runs again, and so do those
# that stand on it. An interrupted training is resumed.
set -euo pipefail

## options
base=                     # the voice: an experiment of an acoustic model, or a packed voice (also by name)
base_vocoder=             # its vocoder: an experiment; that of a packed voice by default
base_bridge=              # the learned bridge that both speak, where it is no mel: an experiment
corpus=                   # wav and text: an LJSpeech folder, a file of path|text lines, or a Kaldi data dir
corpus_kind=auto          # ljspeech, columns or kaldi; auto looks
speaker=                  # name of the new speaker; that of the folder by default
old_data=                 # a dump dir of the base's own speakers, to mix in
old_share=0.5             # share of the batches from there, or of what the base makes itself
preset=minutes            # what learns, how fast and how long: minutes, hour, full or lora
vocoder_tune=gta          # fine-tune the vocoder on teacher-forced frames (gta), or leave it (none)
vocoder_preset=minutes    # the preset of that
allow_pipes=false         # run the commands in wav.scp
trim=false                # cut the silence at the ends of the recordings
trim_keep_s=0.05          # how much of it stays, in seconds
lufs=                     # with --trim: make the speaker so loud, such as -23
min_s=0.3                 # shorter utterances are left out, in seconds
max_s=20                  # longer utterances are left out, in seconds
min_yield=0.8             # share of the utterances that has to remain
n_dev=5                   # utterances to stop the training by
n_eval=5                  # utterances to judge the voice by
stage=base                # first stage, by number or name
stop_stage=pack           # last stage, by number or name
skip=                     # stages to leave out, by number or name
nj=2                      # threads that prepare data side by side
ngpu=auto                 # GPUs to train on: auto takes one where there is one, 0 none
acoustic_args=            # overrides of the preset: "train.steps=500 train.patience=6"
vocoder_args=             # overrides of the vocoder's preset
knobs=                    # of the vocoder as it speaks: "steps=6", "denoise=0.1"
asr=pocketsphinx          # the recogniser that counts word errors: also pocketsphinx-lm, whisper
seed=0                    # of the trainings
workdir=.                 # gets data/, dump/ and exp/
tag=                      # ends the names of experiments; made of the overrides when not given
dry_run=false             # print the commands, change nothing
force=false               # run the stages again even when they are done
## end of options

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lib
# shellcheck source=recipes/lib/options.sh
source "$lib/options.sh"
# shellcheck source=recipes/lib/stages.sh
source "$lib/stages.sh"
# shellcheck source=recipes/lib/tools.sh
source "$lib/tools.sh"
parse_options "$@"

[[ -n $base ]] || usage_error "--base needs a value"
[[ -n $corpus ]] || usage_error "--corpus needs a value"
choose_devices "$ngpu"
finetune=("${train[@]/#train/finetune}")
[[ $dry_run == true ]] || find_tts
# What the user typed, less what picks stages: the hint at the end of a stage adds the next one.
recipe_call=${RECIPE_CALL:-$(quoted "$0" "$@")}
recipe_call=$(sed -E 's/ --(stage|stop[-_]stage)[= ][^ ]+//g; s/ --force( true)?//' <<<"$recipe_call")
case $vocoder_tune in gta | none) ;; *) die "--vocoder-tune $vocoder_tune: expected gta or none" ;; esac
if [[ $corpus_kind == auto ]]; then
    corpus_kind=kaldi
    if [[ -f $corpus ]]; then corpus_kind=columns; fi
    if [[ -f $corpus/metadata.csv ]]; then corpus_kind=ljspeech; fi
fi
datadir=$workdir/data dumpdir=$workdir/dump expdir=$workdir/exp

# A voice that is installed may go by its name.
if [[ ! -e $base ]] && command -v tts >/dev/null; then
    named=$(tts voices 2>/dev/null | awk -F'\t' -v name="$base" '$1 == name { print $4 }') || true
    base=${named:-$base}
fi

# Where the base's models lie, and the rate at which they speak.
packed='' base_exp=$base
if [[ -f $base/voice.json ]]; then
    packed=$base base_exp=$expdir/base/acoustic
    : "${base_vocoder:=$expdir/base/vocoder}"
fi
facts=$base/config.yaml
if [[ -n $packed ]]; then facts=$base/voice.json; fi
if [[ -f $base ]]; then facts=$(dirname "$(dirname "$base")")/config.yaml; fi
rate=$(sed -nE 's/.*sample_rate_hz"?: *([0-9]+).*/\1/p' "$facts" 2>/dev/null | head -n 1) || true
if [[ $dry_run == true ]]; then : "${rate:=RATE}"; fi  # of a base that is not there yet
[[ -n $rate ]] || die "--base $base: neither an experiment nor a packed voice"
[[ -n $base_vocoder ]] || die "--base-vocoder: name the experiment of a vocoder for $base"
home_of_base=$base_exp
if [[ -f $base_exp ]]; then home_of_base=$(dirname "$(dirname "$base_exp")"); fi

pipes=()
if [[ $allow_pipes == true ]]; then pipes=(--allow-pipes); fi
speaker_options=()
if [[ -n $speaker ]]; then speaker_options=(--speaker "$speaker"); fi
old_options=(--old-share "$old_share")
if [[ -n $old_data ]]; then old_options+=(--old-data "$old_data"); fi
if [[ $seed != 0 ]]; then acoustic_args+=" train.seed=$seed" vocoder_args+=" train.seed=$seed"; fi
trim_options=(--keep-s "$trim_keep_s")
if [[ -n $lufs ]]; then trim_options+=(--lufs "$lufs"); fi
frames_of=(--conf "$home_of_base/config.yaml")
if [[ -n $base_bridge ]]; then frames_of=(--bridge "$base_bridge"); fi
read -ra acoustic_overrides <<<"$acoustic_args"
read -ra vocoder_overrides <<<"$vocoder_args"
knob_options=()
for knob in $knobs; do
    name=${knob%%=*} && knob_options+=("--${name//_/-}" "${knob#*=}")
done

acoustic_name=$(experiment_name "acoustic_$preset" "$tag" "${acoustic_overrides[@]}")
acoustic_exp=$expdir/$acoustic_name
vocoder_exp='' last_vocoder_exp=$base_vocoder last_vocoder_stage=base
if [[ $vocoder_tune == gta ]]; then
    vocoder_exp=$expdir/$(experiment_name "vocoder_$vocoder_preset" "$tag" "${vocoder_overrides[@]}")_gta_$acoustic_name
    last_vocoder_exp=$vocoder_exp last_vocoder_stage=gta
fi
pair_dir=$expdir/$acoustic_name-$(basename "$last_vocoder_exp")
sets=(train dev eval)
raw=$dumpdir/raw
if [[ $trim == true ]]; then raw=$dumpdir/trimmed; fi

stages=(0:base 1:data 2:report 3:wav 4:filter 5:text 6:frames 7:acoustic 8:gta 9:synth 10:score 11:pack)
declare -A home=(
    [base]=$expdir [data]=$datadir [report]=$datadir [wav]=$dumpdir [filter]=$dumpdir
    [text]=$dumpdir [frames]=$dumpdir [acoustic]=$acoustic_exp [gta]=$vocoder_exp
    [synth]=$pair_dir [score]=$pair_dir [pack]=$pair_dir
)

stage_base() {
    about "the base, $base"
    [[ -n $packed ]] || { note 'an experiment already' && return; }
    about "experiments of the voice $packed, in $expdir/base"
    needs voice "$packed/voice.json"
    owns "$expdir/base"
    does tts unpack "$packed" -o "$expdir/base"
    gives "$expdir"/base/{acoustic,vocoder}
}

stage_data() {
    about "a data dir of $corpus, in $datadir"
    needs corpus "$corpus"
    owns "$datadir"/{all,train,dev,eval}
    does tts data import "$corpus_kind" "$corpus" "$datadir/all" "${speaker_options[@]}"
    does tts data split "$datadir/all" "$datadir" --dev "$n_dev" --eval "$n_eval"
    gives "$datadir"/{train,dev,eval}/wav.scp
}

stage_report() {
    about "what the recordings are good for, $datadir/report.txt"
    needs data "$datadir"/all/{wav.scp,text,utt2spk}
    does tts data report "$datadir/all" --base "$base_exp" --min-s "$min_s" --max-s "$max_s" \
        -o "$datadir/report.txt" "${pipes[@]}"
    gives "$datadir/report.txt"
}

stage_wav() {
    about "16-bit wavs at $rate Hz, in $raw"
    needs data "$datadir"/{train,dev,eval}/{wav.scp,text,utt2spk}
    needs corpus "$corpus"
    owns "$dumpdir"/{raw,trimmed}/{train,dev,eval}
    for set in "${sets[@]}"; do
        does tts data wav "$datadir/$set" "$dumpdir/raw/$set" --rate "$rate" --nj "$nj" "${pipes[@]}"
    done
    if [[ $trim == true ]]; then
        for set in "${sets[@]}"; do
            does tts data trim "$dumpdir/raw/$set" "$raw/$set" "${trim_options[@]}"
        done
    fi
    gives "$raw"/{train,dev,eval}/wav.scp
}

stage_filter() {
    about "utterances of $min_s to $max_s s, in $dumpdir"
    needs wav "$raw"/{train,dev,eval}/{wav.scp,text,utt2spk,utt2num_samples}
    owns "$dumpdir"/{train,dev,eval}
    for set in "${sets[@]}"; do
        does tts data filter "$raw/$set" "$dumpdir/$set" --min-s "$min_s" --max-s "$max_s" \
            --min-yield "$min_yield"
    done
    gives "$dumpdir"/{train,dev,eval}/wav.scp
}

stage_text() {
    about "symbols as the base reads them, in $dumpdir"
    needs filter "$dumpdir"/{train,dev,eval}/text
    needs base "$home_of_base/frontend.json"
    does tts data tokens "$dumpdir"/{train,dev,eval} --out "$dumpdir" --like "$home_of_base"
    gives "$dumpdir"/{tokens.txt,frontend.json} "$dumpdir"/{train,dev,eval}/text.phn
}

stage_frames() {
    about "the base's frames, in $dumpdir/*/feats"
    needs filter "$dumpdir"/{train,dev,eval}/wav.scp
    needs wav "$raw"/{train,dev,eval}/wavs
    needs base "$home_of_base/config.yaml"
    does tts extract "$dumpdir"/{train,dev,eval} "${frames_of[@]}" --name feats --nj "$nj"
    gives "$dumpdir"/{train,dev,eval}/{feats.scp,contract.json}
}

stage_acoustic() {
    about "fine-tune the acoustic model, in $acoustic_exp"
    needs text "$dumpdir"/{tokens.txt,frontend.json} "$dumpdir"/{train,dev}/text.phn
    needs frames "$dumpdir"/{train,dev}/{feats.scp,stats.json,contract.json}
    needs base "$home_of_base"/checkpoints
    keeps "$acoustic_exp"
    does "${finetune[@]}" "$base_exp" --data "$dumpdir/train" --dev "$dumpdir/dev" \
        --preset "$preset" "${old_options[@]}" data.feats=feats.scp "${acoustic_overrides[@]}" \
        --exp "$acoustic_exp" --resume
    gives "$acoustic_exp"/{config.yaml,checkpoints,adaptation.json}
}

stage_gta() {
    about "fine-tune the vocoder on the acoustic model's frames, in $vocoder_exp"
    [[ $vocoder_tune == gta ]] || { note 'left out: the base'\''s vocoder speaks' && return; }
    needs acoustic "$acoustic_exp/checkpoints"
    needs base "$base_vocoder/checkpoints"
    keeps "$vocoder_exp"
    does tts extract "$dumpdir"/{train,dev} ${old_data:+"$old_data"} --gta "$acoustic_exp" \
        --name "gta_$acoustic_name"
    does "${finetune[@]}" "$base_vocoder" --data "$dumpdir/train" --dev "$dumpdir/dev" \
        --preset "$vocoder_preset" "${old_options[@]}" data.feats="gta_$acoustic_name.scp" \
        "${vocoder_overrides[@]}" \
        --exp "$vocoder_exp" --resume
    gives "$vocoder_exp"/{config.yaml,checkpoints}
}

stage_synth() {
    about "speak the eval set, in $pair_dir/eval"
    needs acoustic "$acoustic_exp/checkpoints"
    needs "$last_vocoder_stage" "$last_vocoder_exp"
    needs text "$dumpdir/eval/text.phn"
    owns "$pair_dir/eval"
    does tts synth "$dumpdir/eval" -o "$pair_dir/eval" --voice "$acoustic_exp" \
        --vocoder "$last_vocoder_exp" "${knob_options[@]}"
    gives "$pair_dir/eval"
}

stage_score() {
    about "metrics of the eval set, and a page on the training, in $pair_dir"
    needs synth "$pair_dir"/eval/{wav.scp,manifest.jsonl}
    needs filter "$dumpdir"/eval/{wav.scp,text}
    owns "$pair_dir/score"
    does tts eval "$dumpdir/eval" "$pair_dir/eval" --text "$dumpdir/eval" --asr "$asr" \
        -o "$pair_dir/score"
    does tts report "$pair_dir" --scores "$pair_dir/score"
    gives "$pair_dir"/score/eval.{json,tsv} "$pair_dir/report.html"
}

stage_pack() {
    about "the voice, in $pair_dir/voice"
    needs acoustic "$acoustic_exp/checkpoints"
    needs "$last_vocoder_stage" "$last_vocoder_exp"
    owns "$pair_dir/voice"
    does tts pack "$acoustic_exp" --vocoder "$last_vocoder_exp" -o "$pair_dir/voice"
    gives "$pair_dir/voice/voice.json"
}

run_stages "$stage" "$stop_stage" "$skip"
