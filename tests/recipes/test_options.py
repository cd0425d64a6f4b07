"""What the recipes' command lines mean, seen through --dry-run, which changes nothing."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINI = ROOT / "egs" / "mini" / "run.sh"
LJSPEECH = ROOT / "egs" / "ljspeech" / "run.sh"
STANDIN = ROOT / "egs" / "standin" / "run.sh"


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", script, *arguments], capture_output=True, text=True)


def commands(script: Path, *arguments: str) -> list[str]:
    """The commands that a dry run prints."""
    done = run(script, "--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def only(script: Path, stage: str, *arguments: str) -> list[str]:
    return commands(script, "--stage", stage, "--stop-stage", stage, *arguments)


@pytest.mark.parametrize("arguments", [["--rate", "16000"], ["--rate=16000"]])
def test_a_value_stands_beside_its_option_or_behind_an_equals_sign(arguments):
    assert "--rate 16000" in only(MINI, "wav", *arguments)[0]


def test_dashes_and_underscores_are_the_same():
    dashes = commands(MINI, "--stage", "text", "--stop-stage", "stats", "--expdir", "e")
    assert dashes == commands(MINI, "--stage=text", "--stop_stage", "stats", "--expdir=e")
    assert only(MINI, "filter", "--min_s", "1") == only(MINI, "filter", "--min-s=1")


def test_a_switch_needs_no_value_and_takes_one():
    assert " --no-blank" in only(MINI, "text", "--blank", "false")[0]
    assert " --blank" in only(MINI, "text", "--blank")[0]
    assert " --blank" in only(MINI, "text", "--blank", "true")[0]


def test_the_last_of_two_values_counts():
    assert "--rate 8000" in only(MINI, "wav", "--rate", "16000", "--rate", "8000")[0]


def test_a_value_with_spaces_stays_one_value():
    (command,) = only(MINI, "acoustic", "--train-args", "train.steps=2 train.seed=3", "--tag", "t")
    assert "train.steps=2 train.seed=3 --exp exp/glow_tts_t" in command


def test_a_folder_with_spaces_and_quotes_is_quoted():
    (command,) = only(MINI, "ids", "--dumpdir", "a b's")
    assert command.endswith(r"""--out 'a b'\''s/speakers.txt'""")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--stages", "3"], "unknown option --stages"),
        (["3"], "unknown option 3"),
        (["--nj"], "--nj needs a value"),
        (["--nj", "--force"], "--nj needs a value"),
        (["--ngpu", "many"], "expected a number or auto"),
    ],
)
def test_what_is_not_known_ends_with_the_list_of_what_is(arguments, complaint):
    done = run(MINI, *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "--stop-stage" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_lists_every_option_with_its_default():
    text = run(MINI, "--help").stdout
    assert "--minutes " in text and "--stop-stage " in text and "(22050)" in text
    assert "14 pack" in text


def test_all_stages_in_order():
    done = run(MINI, "--dry-run")
    announced = [line.split()[3] for line in done.stderr.splitlines() if line.startswith("== ")]
    names = "download data wav ids filter text stats bridge speakers acoustic teacher vocoder gta"
    assert announced == [f"({name}):" for name in [*names.split(), "synth", "score", "pack"]]


def test_what_is_spoken_is_measured_and_shown():
    measure, show = only(MINI, "score", "--asr", "pocketsphinx-lm")
    assert measure.startswith("tts eval dump/eval exp/glow_tts-hifigan/eval --text dump/eval ")
    assert "--asr pocketsphinx-lm " in measure and measure.endswith("/score")
    assert show == "tts report exp/glow_tts-hifigan --scores exp/glow_tts-hifigan/score"


def test_stages_go_by_number_and_by_name():
    assert commands(MINI, "--stage", "3", "--stop-stage", "5") == commands(
        MINI, "--stage", "ids", "--stop-stage", "text"
    )
    skipping = commands(MINI, "--stage", "ids", "--stop-stage", "text", "--skip", "4")
    assert skipping == commands(MINI, "--stage=3", "--stop-stage=5", "--skip", "filter")
    assert [c.split()[2] for c in skipping] == ["ids", "tokens"]


def test_an_unknown_stage_names_those_there_are():
    done = run(MINI, "--dry-run", "--stage", "vocder")
    assert done.returncode == 1
    assert "no stage vocder" in done.stderr and "9:vocoder" in done.stderr


def test_another_bridge_is_refused():
    done = run(MINI, "--dry-run", "--bridge", "wavelet")
    assert done.returncode == 1
    assert "--bridge wavelet: expected mel or latent" in done.stderr


def test_a_latent_is_learned_and_speaks_by_its_own_decoder():
    latent = ("--bridge", "latent")
    for stage in ("stats", "vocoder"):
        assert only(MINI, stage, *latent) == []
    learn, extract = only(MINI, "bridge", *latent)
    assert learn.startswith("tts train conf/glow_wavegan.yaml ")
    assert "--exp exp/glow_wavegan " in learn
    assert extract.endswith("--bridge exp/glow_wavegan --name glow_wavegan --nj 2")
    (acoustic,) = only(LJSPEECH, "acoustic", *latent)
    assert acoustic.startswith("tts train conf/glow_tts_latent.yaml ")
    assert "audio.bridge=exp/glow_wavegan data.feats=glow_wavegan.scp" in acoustic
    assert "--exp exp/glow_tts_latent_on_glow_wavegan " in acoustic
    assert "--vocoder exp/glow_wavegan" in only(LJSPEECH, "pack", *latent)[0]


def test_several_voices_share_the_corpus():
    (alone,), (both,) = only(MINI, "download"), only(MINI, "download", "--voices", "slt,rms")
    assert both == f"{alone} --voices slt,rms"


def test_vectors_say_who_speaks():
    vectors = "dump/speaker_vectors.safetensors"
    assert only(MINI, "speakers") == []
    learn, extract = only(MINI, "speakers", "--speakers", "vectors", "--encoder-args", "x.y=1")
    assert learn.startswith("tts train conf/speaker_encoder.yaml ") and " x.y=1 " in learn
    exp = learn.split(" --exp ")[1].split()[0]
    assert extract.startswith(f"tts extract dump/train dump/dev --speakers {exp} ")
    (acoustic,) = only(MINI, "acoustic", "--speakers", "vectors")
    assert f" data.speaker_vectors={vectors} " in acoustic
    assert " --exp exp/glow_tts_by_vectors " in acoustic
    assert "speaker_vectors" not in only(MINI, "acoustic")[0]
    (given,) = only(MINI, "speakers", "--speakers", "mine.csv")
    assert given == f"tts data vectors mine.csv --out {vectors}"
    (heard,) = only(MINI, "speakers", "--speakers", "vectors", "--encoder", "other/exp")
    assert "--speakers other/exp " in heard
    done = run(MINI, "--dry-run", "--encoder", "other/exp")
    assert done.returncode == 1 and "--speakers vectors" in done.stderr


def test_any_vocoder_learns_a_latent():
    chosen = ("--bridge", "latent", "--vocoder", "waveglow", "--tag", "mine")
    (train,) = only(MINI, "vocoder", *chosen)
    assert train.startswith("tts train conf/waveglow.yaml ")
    assert "audio.bridge=exp/glow_wavegan_mine data.feats=glow_wavegan_mine.scp" in train
    assert "--exp exp/waveglow_mine_on_glow_wavegan_mine " in train
    spoken = only(MINI, "pack", *chosen)[0]
    assert "--vocoder exp/waveglow_mine_on_glow_wavegan_mine " in spoken


def test_fine_tuning_asks_for_a_vocoder():
    done = run(MINI, "--dry-run", "--bridge", "latent", "--gta", "true")
    assert done.returncode == 1 and "name one with --vocoder" in done.stderr


def test_experiments_are_named_by_configuration_and_tag():
    def folder(*arguments: str) -> str:
        return only(MINI, "acoustic", *arguments)[0].split("--exp ")[1].split()[0]

    assert folder() == "exp/glow_tts"
    assert folder("--tag", "slow") == "exp/glow_tts_slow"
    assert folder("--train-args", "train.steps=20") == "exp/glow_tts_train.steps20"
    assert folder("--seed", "3") == "exp/glow_tts_train.seed3"
    assert only(LJSPEECH, "vocoder")[0].startswith("tts train conf/hifigan_v1.yaml ")
    assert folder("--acoustic-conf", "my/other.yaml", "--expdir", "e") == "e/other"


def test_overrides_reach_the_model_they_are_for():
    both = commands(
        MINI, "--stage=8", "--stop-stage=9", "--train-args=a=1", "--acoustic-args=b=2",
        "--vocoder-args=c=3",
    )  # fmt: skip
    assert " a=1 b=2 " in both[0] and "c=3" not in both[0]
    assert " a=1 c=3 " in both[1] and "b=2" not in both[1]


def test_durations_of_another_model_spare_the_search():
    latent = ("--bridge", "latent", "--durations", "exp/glow_tts")
    extract, train = only(MINI, "acoustic", *latent)
    assert extract == "tts extract dump/train dump/dev --durations exp/glow_tts"
    assert " data.durations=durations " in train
    assert "--exp exp/glow_tts_latent_aligned_on_glow_wavegan " in train


def test_gta_trains_a_second_vocoder_that_then_speaks():
    assert only(MINI, "gta") == []
    extract, train = only(MINI, "gta", "--gta", "true")
    assert "--gta exp/glow_tts --name gta_glow_tts" in extract
    assert "data.feats=gta_glow_tts.scp" in train and "--init exp/hifigan " in train
    (synth,) = only(MINI, "synth", "--gta")
    assert synth.endswith("--vocoder exp/hifigan_gta_glow_tts")


@pytest.mark.parametrize(
    ("ngpu", "start"),
    [
        ("auto", "tts train "),
        ("0", "tts train --cpu "),
        ("2", "torchrun --standalone --nproc-per-node 2 --no-python tts train "),
    ],
)
def test_the_devices_to_train_on(ngpu, start):
    assert only(MINI, "vocoder", "--ngpu", ngpu)[0].startswith(start)


def test_the_mini_corpus_takes_its_own_options():
    assert only(MINI, "download", "--minutes", "2", "--voice=rms") == [
        "local/download.sh corpus --minutes 2 --engine auto --voice rms"
    ]


def test_facts_of_a_corpus_can_be_overruled():
    assert "--max-s 12" in only(LJSPEECH, "filter")[0]
    assert "--max-s 15" in only(LJSPEECH, "filter", "--max-s", "15")[0]


def test_a_dry_run_changes_nothing(tmp_path):
    commands(MINI, "--datadir", f"{tmp_path}/data", "--dumpdir", f"{tmp_path}/dump",
             "--expdir", f"{tmp_path}/exp", "--corpus-dir", f"{tmp_path}/corpus")  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_names_of_many_overrides_fit_into_a_folder():
    overrides = " ".join(f"train.validate_every={n}" for n in range(7, 12))
    latent = ("--bridge", "latent", "--durations", "d", "--vocoder", "vocos", "--gta", "true")
    printed = commands(STANDIN, *latent, "--train-args", overrides)
    parts = {part for line in printed for part in re.split(r"[/ ]", line)}
    longest = max(parts, key=len)
    assert 100 < len(longest) <= 255 and longest.count("_train.validate_ever_") == 5
    other = commands(STANDIN, *latent, "--train-args", overrides.replace("=11", "=12"))
    assert not any(longest in line for line in other)
