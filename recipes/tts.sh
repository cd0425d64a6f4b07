#!/usr/bin/env bash
# From a corpus to a voice that speaks, in stages. A corpus has a folder in egs/ whose run.sh states
# its facts and calls this script; paths are relative to that folder.
#
#    0 download    the corpus (local/download.sh)
#    1 data        data dirs of it (local/data.sh), split into train, dev and eval
#    2 wav         one 16-bit wav an utterance, at one rate
#    3 ids         the list of speakers
#    4 filter      leave out what is too short or too long
#    5 text        normalised text and phones; the token table
#    6 stats       bridge frames, and their mean and deviation
#    7 bridge      train the bridge, where it is one that learns, and make its frames
#    7 speakers    vectors that say who speaks, and the encoder that makes them (with --speakers vectors)
#    8 acoustic    train the acoustic model: tokens to frames
#    9 teacher     train the teacher of a vocoder that learns from one
#    9 vocoder     train the vocoder: frames to waveform
#   10 gta         fine-tune the vocoder on the acoustic model's own frames (with --gta true)
#   11 synth       speak the eval set
#   12 score       measure that against the recordings, and a page on all of it
#   14 pack        one folder that speaks: the voice
#
# A stage that is done is skipped; one whose options or inputs changed runs again, and so do those
# that stand on it. An interrupted training is resumed.
set -euo pipefail

# The facts of a corpus, then what a user turns.
## options
corpus_dir=corpus         # where the corpus lies, or is downloaded to
download_args=            # arguments of local/download.sh, after the folder
allow_pipes=false         # run the commands in wav.scp
rate=22050                # sample rate of the wavs, in Hz
language=en-us            # espeak's name of the language
normaliser=               # text normaliser; by default what suits the language
phonemiser=espeak         # espeak, letters or cmudict
cmudict_file=             # a CMU dictionary, for cmudict
blank=true                # a blank token between all tokens
edges=false               # without these, one at both ends, for the silence there
min_s=0.3                 # shorter utterances are left out, in seconds
max_s=20                  # longer utterances are left out, in seconds
n_dev=250                 # utterances of the dev set
n_eval=250                # utterances of the eval set
stage=download            # first stage, by number or name
stop_stage=pack           # last stage, by number or name
skip=                     # stages to leave out, by number or name
nj=2                      # threads that prepare data side by side
ngpu=auto                 # GPUs to train on: auto takes one where there is one, 0 none
bridge=mel                # what joins the acoustic model and the vocoder: mel, or latent, which is learned
latent=glow_wavegan       # the bridge that is learned: a file of the conf folder
acoustic=                 # the acoustic model: a file of the conf folder; else glow_tts or glow_tts_latent
vocoder=                  # the vocoder: a file of the conf folder; else --mel-vocoder, or the latent's own decoder
mel_vocoder=hifigan       # the vocoder of a mel, where --vocoder names none
speakers=ids              # who speaks, to a model of several: ids, vectors of an encoder, or a file of vectors
encoder=                  # trained encoder of speakers, for --speakers vectors, instead of training one
durations=                # trained acoustic model that tells another how long each token lasts; else that one finds it
conf=conf                 # folder of configurations
bridge_conf=              # configuration of the bridge, instead of --latent
acoustic_conf=            # configuration of the acoustic model, instead of --acoustic
vocoder_conf=             # configuration of the vocoder, instead of --vocoder
teacher=                  # trained teacher of a distilled vocoder, instead of training one
train_args=               # overrides of all configurations: "train.steps=1000 data.workers=4"
bridge_args=              # overrides of the bridge's configuration
acoustic_args=            # overrides of the acoustic model's configuration
vocoder_args=             # overrides of the vocoder's configuration
teacher_args=             # overrides of its teacher's configuration
encoder_args=             # overrides of the speaker encoder's configuration
knobs=                    # of speaking: "steps=6", "denoise=0.1", "temperature=0.5"
gta=false                 # fine-tune the vocoder on the acoustic model's frames
gta_args=                 # overrides of that fine-tuning, beyond --vocoder-args
asr=pocketsphinx          # the recogniser that counts word errors: also pocketsphinx-lm, whisper
seed=0                    # of the trainings
datadir=data              # folder of data dirs
dumpdir=dump              # folder of what the models read
expdir=exp                # folder of experiments
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

choose_devices "$ngpu"
[[ $dry_run == true ]] || find_tts
# What the user typed, less what picks stages: the hint at the end of a stage adds the next one.
recipe_call=${RECIPE_CALL:-$(quoted "$0" "$@")}
recipe_call=$(sed -E 's/ --(stage|stop[-_]stage)[= ][^ ]+//g; s/ --force( true)?//' <<<"$recipe_call")
case $bridge in
    mel) : "${acoustic:=glow_tts}" "${vocoder:=$mel_vocoder}" ;;
    latent) : "${acoustic:=glow_tts_latent}" ;;
    *) die "--bridge $bridge: expected mel or latent" ;;
esac
: "${bridge_conf:=$conf/$latent.yaml}" "${acoustic_conf:=$conf/$acoustic.yaml}"
[[ -z $vocoder ]] || : "${vocoder_conf:=$conf/$vocoder.yaml}"
[[ $seed == 0 ]] || train_args+=" train.seed=$seed"
pipes=()
if [[ $allow_pipes == true ]]; then pipes=(--allow-pipes); fi
if [[ $blank == true ]]; then text_options=(--blank); else text_options=(--no-blank); fi
if [[ $edges == true ]]; then text_options+=(--edges); fi
if [[ -n $cmudict_file ]]; then text_options+=(--cmudict-file "$cmudict_file"); fi
if [[ -n $normaliser ]]; then text_options+=(--normaliser "$normaliser"); fi
read -ra bridge_overrides <<<"$train_args $bridge_args"
read -ra acoustic_overrides <<<"$train_args $acoustic_args"
read -ra vocoder_overrides <<<"$train_args $vocoder_args"
read -ra teacher_overrides <<<"$train_args $teacher_args"
knob_options=()
for knob in $knobs; do
    name=${knob%%=*} && knob_options+=("--${name//_/-}" "${knob#*=}")
done
read -ra gta_overrides <<<"$train_args $vocoder_args $gta_args"
read -ra download_words <<<"$download_args"

# Where the frames come from. Those of a learned bridge lie under its name in the dump dirs, and that
# name ends those of the experiments on them.
frames=feats frames_stage=stats bridge_exp='' on=''
described=(feats.scp stats.json contract.json) # of the frames of a mel
from_frames=()                                 # overrides of what is trained on frames
if [[ $bridge == latent ]]; then
    frames=$(experiment_name "$bridge_conf" "$tag" "${bridge_overrides[@]}")
    frames_stage=bridge bridge_exp=$expdir/$frames on=_on_$frames
    described=("$frames.scp" "$frames.stats.json" "$frames.contract.json")
    from_frames=(audio.bridge="$bridge_exp" data.feats="$frames.scp")
fi

# The teacher of a vocoder that learns from one.
teacher_exp=$teacher teacher_conf='' teach=()
if [[ -n $vocoder_conf ]]; then teacher_conf=$(conf_value "$vocoder_conf" teacher_conf); fi
if [[ -n $teacher_conf && -z $teacher ]]; then
    teacher_conf=$(dirname "$vocoder_conf")/$teacher_conf
    teacher_exp=$expdir/$(experiment_name "$teacher_conf" "$tag" "${teacher_overrides[@]}")$on
fi
if [[ -n $teacher_exp ]]; then teach=(train.teacher="$teacher_exp"); fi

# Vectors that say who speaks, where ids do not; the name of what is trained on them tells so.
encoder_conf=$conf/speaker_encoder.yaml encoder_exp=$encoder by='' vectors=$dumpdir/speaker_vectors.safetensors
from_speakers=() # overrides of what is told who speaks
read -ra encoder_overrides <<<"$train_args $encoder_args"
if [[ $speakers != ids ]]; then
    if [[ $speakers == vectors && -z $encoder ]]; then
        encoder_exp=$expdir/$(experiment_name "$encoder_conf" "$tag" "${encoder_overrides[@]}")
    fi
    by=_by_vectors
    from_speakers=(data.speaker_vectors="$vectors")
elif [[ -n $encoder ]]; then
    die "--encoder $encoder: makes vectors of speakers; ask for them with --speakers vectors"
fi

from_durations=() aligned=''
if [[ -n $durations ]]; then from_durations=(data.durations=durations) aligned=_aligned; fi
acoustic_name=$(experiment_name "$acoustic_conf" "$tag" "${acoustic_overrides[@]}")$by$aligned$on
acoustic_exp=$expdir/$acoustic_name
# The vocoder that speaks in the end: the bridge's own decoder where no other is asked for.
last_vocoder_stage=bridge last_vocoder_exp=$bridge_exp vocoder_exp='' gta_exp=''
if [[ -n $vocoder_conf ]]; then
    vocoder_exp=$expdir/$(experiment_name "$vocoder_conf" "$tag" "${vocoder_overrides[@]}")$on
    gta_exp=$expdir/$(experiment_name "$vocoder_conf" "$tag" "${gta_overrides[@]}")_gta_$acoustic_name
    last_vocoder_stage=vocoder last_vocoder_exp=$vocoder_exp
    if [[ $gta == true ]]; then last_vocoder_stage=gta last_vocoder_exp=$gta_exp; fi
elif [[ $gta == true ]]; then
    die "--gta true: fine-tunes a vocoder; name one with --vocoder"
fi
pair_dir=$expdir/$acoustic_name-$(basename "$last_vocoder_exp")
synth_dir=$pair_dir/eval
score_dir=$pair_dir/score
voice_dir=$pair_dir/voice
sets=(train dev eval)
mapfile -t acoustic_confs < <(conf_files "$acoustic_conf")
mapfile -t vocoder_confs < <(conf_files "$vocoder_conf")
mapfile -t bridge_confs < <(conf_files "$bridge_conf")

stages=(0:download 1:data 2:wav 3:ids 4:filter 5:text 6:stats 7:bridge 7:speakers 8:acoustic 9:teacher 9:vocoder 10:gta
    11:synth 12:score 14:pack)
declare -A home=(
    [download]=$datadir [data]=$datadir [wav]=$dumpdir/raw [ids]=$dumpdir [filter]=$dumpdir
    [text]=$dumpdir [stats]=$dumpdir [bridge]=$bridge_exp [speakers]=$dumpdir [acoustic]=$acoustic_exp
    [teacher]=${teacher_exp:-$expdir} [vocoder]=$vocoder_exp [gta]=$gta_exp [synth]=$pair_dir
    [score]=$pair_dir [pack]=$pair_dir
)

stage_download() {
    about "the corpus, in $corpus_dir"
    does local/download.sh "$corpus_dir" "${download_words[@]}"
    gives "$corpus_dir"
}

stage_data() {
    about "data dirs, in $datadir"
    needs download "$corpus_dir"
    owns "$datadir"/{all,train,dev,eval}
    does local/data.sh "$corpus_dir" "$datadir/all"
    does tts data split "$datadir/all" "$datadir" --dev "$n_dev" --eval "$n_eval"
    gives "$datadir"/{train,dev,eval}/wav.scp
}

stage_wav() {
    about "16-bit wavs at $rate Hz, in $dumpdir/raw"
    needs data "$datadir"/{train,dev,eval}/{wav.scp,text,utt2spk}
    needs download "$corpus_dir"
    owns "$dumpdir"/raw/{train,dev,eval}
    for set in "${sets[@]}"; do
        does tts data wav "$datadir/$set" "$dumpdir/raw/$set" --rate "$rate" --nj "$nj" \
            "${pipes[@]}"
    done
    gives "$dumpdir"/raw/{train,dev,eval}/wav.scp
}

stage_ids() {
    about "the list of speakers, $dumpdir/speakers.txt"
    needs wav "$dumpdir"/raw/{train,dev,eval}/utt2spk
    does tts data ids "$dumpdir"/raw/{train,dev,eval} --out "$dumpdir/speakers.txt"
    gives "$dumpdir/speakers.txt"
}

stage_filter() {
    about "utterances of $min_s to $max_s s, in $dumpdir"
    needs wav "$dumpdir"/raw/{train,dev,eval}/{wav.scp,text,utt2spk,utt2num_samples}
    owns "$dumpdir"/{train,dev,eval}
    for set in "${sets[@]}"; do
        does tts data filter "$dumpdir/raw/$set" "$dumpdir/$set" --min-s "$min_s" --max-s "$max_s"
    done
    gives "$dumpdir"/{train,dev,eval}/wav.scp
}

stage_text() {
    about "normalised text, phones and the token table, in $dumpdir"
    needs filter "$dumpdir"/{train,dev,eval}/text
    does tts data tokens "$dumpdir"/{train,dev,eval} --out "$dumpdir" --language "$language" \
        --phonemiser "$phonemiser" "${text_options[@]}"
    gives "$dumpdir"/{tokens.txt,frontend.json} "$dumpdir"/{train,dev,eval}/text.phn
}

stage_stats() {
    about "$bridge frames, in $dumpdir/*/feats"
    [[ $bridge == mel ]] || { note 'left to the next stage, which learns to make them' && return; }
    needs filter "$dumpdir"/{train,dev,eval}/wav.scp
    needs wav "$dumpdir"/raw/{train,dev,eval}/wavs
    needs conf "${acoustic_confs[@]}"
    does tts extract "$dumpdir"/{train,dev,eval} --conf "$acoustic_conf" --nj "$nj"
    gives "$dumpdir"/{train,dev,eval}/{feats.scp,contract.json}
}

stage_bridge() {
    about "the $bridge bridge"
    [[ $bridge == latent ]] || { note 'nothing to train: mel frames are computed' && return; }
    about "train the bridge, in $bridge_exp, and make its frames, $dumpdir/*/$frames"
    needs filter "$dumpdir"/{train,dev,eval}/{wav.scp,utt2num_samples}
    needs wav "$dumpdir"/raw/{train,dev,eval}/wavs
    needs conf "${bridge_confs[@]}"
    keeps "$bridge_exp"
    does "${train[@]}" "$bridge_conf" data.train="$dumpdir/train" data.dev="$dumpdir/dev" \
        "${bridge_overrides[@]}" --exp "$bridge_exp" --resume
    does tts extract "$dumpdir"/{train,dev,eval} --bridge "$bridge_exp" --name "$frames" \
        --nj "$nj"
    gives "$bridge_exp"/{config.yaml,checkpoints}
    gives "$dumpdir"/{train,dev,eval}/"$frames"{.scp,.contract.json}
}

stage_speakers() {
    about "vectors that say who speaks"
    [[ $speakers != ids ]] || { note 'left out: ids say it; --speakers vectors asks for them' && return; }
    about "vectors that say who speaks, $vectors"
    needs ids "$dumpdir/speakers.txt"
    if [[ $speakers != vectors ]]; then
        needs corpus "$speakers"
        does tts data vectors "$speakers" --out "$vectors"
    else
        needs filter "$dumpdir"/{train,dev}/{wav.scp,utt2spk,utt2num_samples}
        needs wav "$dumpdir"/raw/{train,dev}/wavs
        if [[ -n $encoder ]]; then needs encoder "$encoder"; else train_encoder; fi
        does tts extract "$dumpdir"/{train,dev} --speakers "$encoder_exp" --nj "$nj"
    fi
    gives "$vectors"
}

train_encoder() {
    mapfile -t confs < <(conf_files "$encoder_conf")
    needs conf "${confs[@]}"
    keeps "$encoder_exp"
    does "${train[@]}" "$encoder_conf" data.train="$dumpdir/train" data.dev="$dumpdir/dev" \
        "${encoder_overrides[@]}" --exp "$encoder_exp" --resume
    gives "$encoder_exp"/{config.yaml,checkpoints}
}

# What a model that is told who speaks needs.
needs_speakers() {
    needs ids "$dumpdir/speakers.txt"
    if [[ $speakers != ids ]]; then needs speakers "$vectors"; fi
}

# What a model that is trained on frames needs.
needs_frames() {
    local set
    for set in train dev; do needs "$frames_stage" "${described[@]/#/$dumpdir/$set/}"; done
    if [[ -n $bridge_exp ]]; then needs bridge "$bridge_exp/checkpoints"; fi
}

stage_acoustic() {
    about "train the acoustic model, in $acoustic_exp"
    needs text "$dumpdir"/{tokens.txt,frontend.json} "$dumpdir"/{train,dev}/text.phn
    needs_frames
    needs_speakers
    needs conf "${acoustic_confs[@]}"
    keeps "$acoustic_exp"
    if [[ -n $durations ]]; then
        needs durations "$durations"
        does tts extract "$dumpdir"/{train,dev} --durations "$durations"
    fi
    does "${train[@]}" "$acoustic_conf" data.train="$dumpdir/train" data.dev="$dumpdir/dev" \
        "${from_frames[@]}" "${from_speakers[@]}" "${from_durations[@]}" "${acoustic_overrides[@]}" \
        --exp "$acoustic_exp" --resume
    gives "$acoustic_exp"/{config.yaml,checkpoints}
}

stage_teacher() {
    about "train the teacher of ${vocoder:-the decoder}"
    [[ -n $teacher_conf ]] || { note 'left out: this vocoder learns from speech alone' && return; }
    [[ -z $teacher ]] || { note "left out: --teacher gives $teacher" && return; }
    about "train the teacher of $vocoder, in $teacher_exp"
    needs_frames
    mapfile -t confs < <(conf_files "$teacher_conf")
    needs conf "${confs[@]}"
    keeps "$teacher_exp"
    does "${train[@]}" "$teacher_conf" data.train="$dumpdir/train" data.dev="$dumpdir/dev" \
        "${from_frames[@]}" "${teacher_overrides[@]}" --exp "$teacher_exp" --resume
    gives "$teacher_exp"/{config.yaml,checkpoints}
}

stage_vocoder() {
    about "train the vocoder, in $vocoder_exp"
    [[ -n $vocoder_exp ]] || { note "left out: the bridge's own decoder speaks" && return; }
    needs_frames
    needs conf "${vocoder_confs[@]}"
    if [[ -n $teacher_exp ]]; then needs teacher "$teacher_exp/checkpoints"; fi
    keeps "$vocoder_exp"
    does "${train[@]}" "$vocoder_conf" data.train="$dumpdir/train" data.dev="$dumpdir/dev" \
        "${from_frames[@]}" "${vocoder_overrides[@]}" "${teach[@]}" --exp "$vocoder_exp" --resume
    gives "$vocoder_exp"/{config.yaml,checkpoints}
}

stage_gta() {
    about "fine-tune the vocoder on the acoustic model's frames, in $gta_exp"
    [[ $gta == true ]] || { note 'left out; --gta true asks for it' && return; }
    needs acoustic "$acoustic_exp/checkpoints"
    needs vocoder "$vocoder_exp/checkpoints"
    keeps "$gta_exp"
    does tts extract "$dumpdir"/{train,dev} --gta "$acoustic_exp" --name "gta_$acoustic_name"
    does "${train[@]}" "$vocoder_conf" data.train="$dumpdir/train" data.dev="$dumpdir/dev" \
        "${from_frames[@]}" data.feats="gta_$acoustic_name.scp" "${gta_overrides[@]}" \
        "${teach[@]}" \
        --init "$vocoder_exp" --exp "$gta_exp" --resume
    gives "$gta_exp"/{config.yaml,checkpoints}
}

stage_synth() {
    about "speak the eval set, in $synth_dir"
    needs acoustic "$acoustic_exp/checkpoints"
    needs "$last_vocoder_stage" "$last_vocoder_exp/checkpoints"
    needs text "$dumpdir/eval/text.phn"
    owns "$synth_dir"
    does tts synth "$dumpdir/eval" -o "$synth_dir" --voice "$acoustic_exp" \
        --vocoder "$last_vocoder_exp" "${knob_options[@]}"
    gives "$synth_dir"
}

stage_score() {
    about "metrics of the eval set, and a page on the training, in $pair_dir"
    needs synth "$synth_dir"/{wav.scp,manifest.jsonl}
    needs filter "$dumpdir"/eval/{wav.scp,text}
    owns "$score_dir"
    does tts eval "$dumpdir/eval" "$synth_dir" --text "$dumpdir/eval" --asr "$asr" -o "$score_dir"
    does tts report "$pair_dir" --scores "$score_dir"
    gives "$score_dir"/eval.{json,tsv} "$pair_dir/report.html"
}

stage_pack() {
    about "the voice, in $voice_dir"
    needs acoustic "$acoustic_exp/checkpoints"
    needs "$last_vocoder_stage" "$last_vocoder_exp/checkpoints"
    owns "$voice_dir"
    does tts pack "$acoustic_exp" --vocoder "$last_vocoder_exp" -o "$voice_dir"
    gives "$voice_dir/voice.json"
}

run_stages "$stage" "$stop_stage" "$skip"
