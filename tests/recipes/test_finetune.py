"""egs/finetune from nothing to the voice of a third speaker, with trainings of a few steps."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.recipes.test_mini import FEW_STEPS, ROOT, Recipe, ran, table
from tts.voice.voice import Voice

pytestmark = pytest.mark.recipe

STAGES = [
    *("data", "report", "wav", "filter", "text", "frames"),
    *("acoustic", "gta", "synth", "score", "pack"),
]


class Finetuning(Recipe):
    """The recipe in a folder of its own."""

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess:
        """Runs egs/finetune/run.sh; its output must be a success."""
        command = ["bash", ROOT / "egs/finetune/run.sh", "--workdir", self.folder, "--nj", "1"]
        command += ["--base-voices", "en-us+f3,en-us", "--base-minutes", "0.6"]
        command += ["--voice", "en-us+m2", "--minutes", "0.4", "--n-dev", "1", "--n-eval", "1"]
        command += ["--base-args", FEW_STEPS, "--tag", "test"]
        command += ["--acoustic-args", FEW_STEPS, "--vocoder-args", FEW_STEPS, *arguments]
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, env=self.environment
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Finetuning:
    made = Finetuning(tmp_path_factory.mktemp("finetune"))
    made()
    return made


def test_the_voice_has_the_old_speakers_and_the_new(recipe: Finetuning) -> None:
    voice = Voice.load(recipe.only("exp/*/voice"))
    assert voice.speakers == ("en-us", "en-us+f3", "en-us+m2")
    (wav,) = table(recipe.only("exp/*/eval/wav.scp")).values()
    samples, rate_hz = soundfile.read(ROOT / "egs/finetune" / wav)
    assert rate_hz == 22_050 and np.isfinite(samples).all() and samples.any()


def test_what_was_done_is_recorded(recipe: Finetuning) -> None:
    record = json.loads(recipe.only("exp/acoustic_*/adaptation.json").read_text())
    assert list(record["speakers"]["new"]) == ["en-us+m2"]
    assert set(record["kept"]["distance"]) == {"en-us", "en-us+f3"}
    report = recipe.only("data/report.txt").read_text()
    assert "en-us+m2: 0." in report and "what to expect" in report


def test_a_second_run_does_nothing(recipe: Finetuning) -> None:
    before = recipe.state()
    assert ran(recipe()) == [] and recipe.state() == before


def test_a_packed_voice_is_a_base_and_its_vocoder_can_stay(
    recipe: Finetuning, tmp_path: Path
) -> None:
    voice = recipe.only("exp/*/voice")
    other = Finetuning(tmp_path)
    done = other("--base", voice, "--vocoder-tune", "none", "--preset", "lora", "--trim", "true")
    assert ran(done) == ["download", "base", *(stage for stage in STAGES if stage != "gta")]
    assert len(Voice.load(other.only("exp/*/voice")).speakers) == 3


def test_what_is_refused(recipe: Finetuning, tmp_path: Path) -> None:
    base = recipe.only("exp/base/exp/glow_tts_*")
    for words, message in (
        (["--base", "nowhere", "--corpus", "x"], "neither an experiment nor a packed voice"),
        (["--corpus", "x"], "--base needs a value"),
        (["--base", base, "--corpus", "x"], "--base-vocoder: name"),
    ):
        command = ["bash", ROOT / "recipes/finetune.sh", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=recipe.environment)
        assert done.returncode != 0 and message in done.stderr
