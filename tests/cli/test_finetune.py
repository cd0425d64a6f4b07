"""`tts finetune` and the verbs around it, from their command lines; what users get wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.runner import tts
from tests.cli.test_bad_input import refused
from tests.tiny import save_acoustic

FEW = ("train.steps=2", "train.validate_every=2", "data.workers=0")


@pytest.fixture
def base(here: Path) -> Path:
    return save_acoustic(here / "base", speakers=["bert", "zoe"])


def words(base: Path, exp: str = "exp") -> list[object]:
    return ["finetune", base, "--data", "dump/train", "--dev", "dump/train", "--exp", exp, "--cpu"]


def test_finetune_and_speak(dump: Path, base: Path) -> None:
    ended = tts(*words(base), *FEW, "--json")
    assert ended.status == 0, ended.err
    done = json.loads(ended.out)
    assert done["step"] == 2 and list(done["speakers"]["new"]) == ["anna"]
    assert set(done["kept"]["distance"]) == {"bert", "zoe"}
    assert tts("say", "a bad cab", "--voice", "exp", "--speaker", "anna").status == 0
    assert "go on with --resume" in refused(*words(base))
    assert tts(*words(base), *FEW, "--resume").out == "exp: fine-tuned to step 2\n"
    assert tts("pack", "exp", "-o", "voice").status == 0
    again = tts(*words(Path("voice"), "again"), *FEW, "--preset", "lora", "--no-rehearse")
    assert again.status == 0, again.err


def test_tokens_like_a_voice(dump: Path, base: Path) -> None:
    ended = tts("data", "tokens", "dump/train", "--out", "like", "--like", base)
    assert ended.status == 0, ended.err
    settings = [
        json.loads((f / "frontend.json").read_text())["config"] for f in (base, Path("like"))
    ]
    assert settings[0] == settings[1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({1: "nowhere"}, "nowhere: no such file or experiment directory"),
        ({3: "nowhere"}, "nowhere/text.phn"),
        ({5: "nowhere"}, "nowhere/text.phn"),
    ],
)
def test_bad_finetunes(dump: Path, base: Path, changed: dict[int, str], message: str) -> None:
    call = words(base)
    for place, word in changed.items():
        call[place] = word
    assert message in refused(*call)


def test_bad_overrides(dump: Path, base: Path) -> None:
    assert "train.stesp" in refused(*words(base), "train.stesp=3")
    assert "expected key=value" in refused(*words(base), "steps")
    assert tts(*words(base), "--preset", "hours").status == 2


def test_a_voice_of_another_phonemiser(dump: Path, here: Path) -> None:
    other = save_acoustic(here / "other", speakers=["zoe"], phonemiser="espeak")
    assert "reads text by espeak, the data were read by letters" in refused(*words(other))


def test_reports_and_trims(data: Path) -> None:
    ended = tts("data", "report", "data")
    assert ended.status == 0 and "4 utterances, 0 to be dropped" in ended.out
    assert tts("data", "trim", "data", "trimmed").status == 0
    assert "no such data dir" in refused("data", "report", "nowhere")
    assert "no such file or experiment" in refused("data", "report", "data", "--base", "nowhere")
    assert "is the data dir that is read" in refused("data", "trim", "data", "data")


def test_nothing_to_unpack(base: Path) -> None:
    assert "not a voice" in refused("unpack", base, "-o", "out")
