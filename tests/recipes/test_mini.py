"""egs/mini from nothing to a packed voice, with trainings of a few steps."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tts import checkpoint
from tts.train.settings import load_experiment
from tts.voice.vocoding import Vocoding

pytestmark = pytest.mark.recipe

ROOT = Path(__file__).parents[2]
VOCODERS = sorted(
    path.stem
    for path in (ROOT / "egs/mini/conf").glob("*.yaml")
    if load_experiment(path).role == "vocoder"
)
FEW_STEPS = "train.steps=4 train.checkpoint_every=2 train.validate_every=4 data.workers=0"


class Recipe:
    """The recipe in a folder of its own, in the environment that runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "VIRTUAL_ENV": str(self._environment())}

    def _environment(self) -> Path:
        """Where bin/tts lies: this environment, or a stand-in when tts is not installed in it."""
        if (Path(sys.prefix) / "bin" / "tts").exists():
            return Path(sys.prefix)
        code = "from tts.cli.main import main; main()"
        programs = {"tts": f'-c "{code}" "$@"', "python3": '"$@"'}
        made = self.folder / "environment" / "bin"
        made.mkdir(parents=True)
        for name, arguments in programs.items():
            start = f"PYTHONPATH='{ROOT}' exec '{sys.executable}' {arguments}"
            (made / name).write_text(f"#!/bin/sh\n{start}\n")
            (made / name).chmod(0o755)
        return made.parent

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs egs/mini/run.sh; its output must be a success."""
        command = ["bash", ROOT / "egs/mini/run.sh", "--minutes", "0.6", "--n-dev", "1"]
        command += ["--n-eval", "2", "--train-args", FEW_STEPS, "--tag", "test", "--nj", "1"]
        for name in ("corpus", "data", "dump", "exp"):
            command += [f"--{name}{'-' if name == 'corpus' else ''}dir", self.folder / name]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, env=self.environment
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done

    def state(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}

    def only(self, pattern: str) -> Path:
        """The one path under the folder that fits."""
        (found,) = self.folder.glob(pattern)
        return found


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    mini = Recipe(tmp_path_factory.mktemp("mini"))
    mini()
    return mini


def ran(done: subprocess.CompletedProcess) -> list[str]:
    """The stages that did something."""
    blocks = done.stderr.split("== stage ")[1:]
    return [b.split("(")[1].split(")")[0] for b in blocks if "   done in " in b]


def table(path: Path) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in path.read_text().splitlines())


def test_every_set_has_wavs_frames_and_phones(recipe):
    for name in ("train", "dev", "eval"):
        folder = recipe.folder / "dump" / name
        contract = json.loads((folder / "contract.json").read_text())
        frames, phones = table(folder / "utt2num_frames"), table(folder / "text.phn")
        for utterance, path in table(folder / "wav.scp").items():
            wav = soundfile.info(path)
            assert wav.samplerate == contract["sample_rate_hz"]
            assert int(frames[utterance]) == wav.frames // contract["hop"]
            assert phones[utterance].strip()


def test_the_eval_set_is_spoken(recipe):
    hop = json.loads((recipe.folder / "dump/eval/contract.json").read_text())["hop"]
    folder = recipe.only("exp/*/eval")
    wanted = set(table(recipe.folder / "dump/eval/wav.scp"))
    spoken = {path.stem: soundfile.info(path) for path in folder.rglob("*.wav")}
    assert set(spoken) == wanted and len(wanted) == 2
    for wav in spoken.values():
        assert wav.samplerate == 22_050
        assert wav.frames > 0 and wav.frames % hop == 0


def test_what_is_spoken_is_measured_and_shown(recipe):
    scores = json.loads(recipe.only("exp/*/score/eval.json").read_text())
    assert scores["n_utterances"] == 2 and scores["metrics"]["mcd_db"]["mean"] > 0
    page = recipe.only("exp/*/report.html").read_text()
    assert page.count("<audio") == 4 and "Training of" in page and "tts synth" in page


def test_the_voice_speaks(recipe):
    out = recipe.folder / "said.wav"
    voice = recipe.only("exp/*/voice")
    command = ["tts", "say", "Good morning.", "--voice", voice, "-o", out, "--json"]
    path = f"{recipe.environment['VIRTUAL_ENV']}/bin:{os.environ['PATH']}"
    done = subprocess.run(
        command, capture_output=True, text=True, env={**recipe.environment, "PATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sample_rate_hz"] == soundfile.info(out).samplerate == 22_050


def test_every_experiment_tells_how_it_was_made(recipe):
    for name in ("glow_tts", "hifigan"):
        script = recipe.folder / "exp" / f"{name}_test" / "run.sh"
        assert f"tts train conf/{name}.yaml " in script.read_text()
    for verb in ("synth", "pack"):
        assert f"tts {verb} " in recipe.only(f"exp/*/run.{verb}.sh").read_text()


def test_a_latent_is_learned_and_speaks(recipe):
    latent = ("--bridge", "latent", "--stage", "bridge")
    assert ran(recipe(*latent)) == ["bridge", "acoustic", "synth", "score", "pack"]
    assert ran(recipe(*latent)) == []
    pair = "glow_tts_latent_test_on_glow_wavegan_test-glow_wavegan_test"
    spoken = list((recipe.folder / "exp" / pair / "eval" / "wav").glob("*.wav"))
    assert len(spoken) == 2
    card = json.loads((recipe.folder / "exp" / pair / "voice" / "voice.json").read_text())
    assert card["vocoder"]["role"] == "bridge"
    hashes = {card[part]["contract"]["encoder_hash"] for part in ("acoustic", "vocoder")}
    frames = json.loads((recipe.folder / "dump/eval/glow_wavegan_test.contract.json").read_text())
    assert hashes == {frames["encoder_hash"]} and "" not in hashes
    assert ran(recipe("--stop-stage", "acoustic")) == []  # the mel's are as before


@pytest.mark.parametrize("name", [v for v in VOCODERS if v != "hifigan"])
def test_every_vocoder_trains_and_sounds(recipe, name):
    few = FEW_STEPS.replace("steps=4", "steps=1") + " data.segment_frames=16"
    recipe("--vocoder", name, "--stage", "teacher", "--stop-stage", "vocoder", "--train-args", few)
    frames = next((recipe.folder / "dump" / "eval" / "feats").glob("*.npy"))
    vocoding = Vocoding.load(recipe.folder / "exp" / f"{name}_test", device="cpu")
    samples = vocoding(torch.from_numpy(np.load(frames))[:, :20])
    assert samples.shape == (20 * vocoding.contract.hop,)
    assert np.isfinite(samples).all() and np.ptp(samples) > 0


def test_a_second_run_has_nothing_to_do(recipe):
    before = recipe.state()
    assert ran(recipe()) == []
    assert recipe.state() == before


def test_a_dry_run_changes_nothing(recipe):
    before = recipe.state()
    printed = recipe("--dry-run", "--rate", "16000", "--force").stdout
    assert "tts data wav" in printed and "tts pack" in printed
    assert recipe.state() == before


def test_a_stage_can_be_named(recipe):
    assert ran(recipe("--stage", "ids", "--stop-stage", "ids", "--force")) == ["ids"]


def test_an_interrupted_training_ends_as_an_unbroken_one(recipe):
    folder = recipe.folder / "exp" / "hifigan_test"
    last = sorted(folder.glob("checkpoints/step-*.pt"))[-1]
    unbroken = checkpoint.load(last).weights
    last.unlink()
    (folder / ".done.vocoder").rename(folder / ".begun.vocoder")
    done = recipe("--stage", "vocoder", "--stop-stage", "vocoder")
    assert ran(done) == ["vocoder"] and "resumed" in done.stderr
    resumed = checkpoint.load(last).weights
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_a_changed_option_runs_what_stands_on_it(recipe):
    done = recipe("--min-s", "0.31", "--stop-stage", "vocoder")
    assert ran(done) == ["filter", "text", "stats"]  # the same utterances stay: no new training
    changed = ran(recipe("--min-s", "0.31", "--blank", "true", "--stop-stage", "vocoder"))
    assert changed == ["text", "acoustic"]
    assert (recipe.folder / "exp/glow_tts_test.old1/checkpoints").is_dir()
