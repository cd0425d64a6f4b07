"""`tts convert`, and speakers as other verbs take them: what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from tests.cli.runner import tts
from tests.cli.test_bad_input import WAVS, refused, write_wav
from tests.tiny import save_acoustic, save_vocoder
from tts.audio import io

Words = tuple[object, ...]


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Words:
    """The options that name a voice of two speakers."""
    home = tmp_path_factory.mktemp("two")
    exp = save_acoustic(home / "exp", speakers=("anna", "bert"))
    return ("--voice", exp, "--vocoder", save_vocoder(home / "vocoder"))


def test_convert(data: Path, voice: Words) -> None:
    words = ("convert", "wavs/u0.wav", *voice, "--speaker", "bert")
    ended = tts(*words, "-o", "a.wav")
    assert ended.status == 0 and ended.out.startswith("a.wav: ")
    assert " as bert, 1.00 s in " in ended.out
    assert "anna: " in ended.err and ended.err.count(" nats a frame") == 2
    found = json.loads(tts(*words, "--source", "anna", "-o", "b.npy", "--json").out)
    assert [found[key] for key in ("out", "source", "target", "scores")] == [
        "b.npy",
        "anna",
        "bert",
        {},
    ]
    assert io.measure("a.wav") == (4000, 4000)


def test_speakers_of_other_verbs(data: Path, voice: Words) -> None:
    """One speaker for a whole data dir; mixtures wherever there are names."""
    ended = tts("synth", "data", "-o", "out", *voice, "--speaker", "anna:1,bert:3")
    assert ended.status == 0
    rows = [json.loads(line) for line in Path("out/manifest.jsonl").read_text().splitlines()]
    assert {row["speaker"] for row in rows} == {"anna:1,bert:3"}
    again = tts("synth", "data", "-o", "out", *voice, "--speaker", "anna:1,bert:3")
    assert "0 spoken, 4 there before" in again.out
    assert "4 spoken" in tts("synth", "data", "-o", "out", *voice, "--speaker", "bert").out
    assert tts("say", "fade", *voice, "--speaker", "bert:1,anna:1", "-o", "a.wav").status == 0
    assert soundfile.info("a.wav").frames > 0


def test_a_vocoder_that_is_told(data: Path) -> None:
    told = save_vocoder(data.parent / "told", speakers=("anna", "bert"))
    words = ("vocode", "wavs/u0.wav", "--vocoder", told, "-o")
    for speaker in ("anna", "bert:1,anna:2"):
        assert tts(*words, "a.wav", "--speaker", speaker).status == 0
    assert "speaker 'carl': " in refused(*words, "b.wav", "--speaker", "carl")


@pytest.mark.parametrize("name", [name for name in WAVS if name != "another rate"])
def test_recordings_to_convert(here: Path, voice: Words, name: str) -> None:
    message = write_wav(here / "bad.wav", name)
    assert message in refused("convert", "bad.wav", *voice, "--speaker", "anna")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "name who shall speak; "),
        (("--speaker", "carl"), "speaker 'carl': "),
        (("--speaker", "anna:0"), "speaker 'anna:0': the weights sum to 0"),
        (("--speaker", "anna:x,bert:1"), "'anna:x' is no NAME:WEIGHT"),
        (("--speaker", "anna", "--source", "carl"), "speaker 'carl': "),
        (("--speaker-wav", "wavs/u1.wav"), "has no speaker encoder to hear it with; it has anna"),
        (("--speaker", "anna", "--speaker-wav", "wavs/u1.wav"), "not both"),
        (("--speaker", "anna", "-o", "a.xyz"), "a.xyz: cannot write .xyz"),
        (("--speaker", "anna", "--denoise", 1), "denoise: the vocoder has no such knob"),
        (("--speaker", "anna", "--bridge", "nowhere"), "nowhere: no such file or experiment"),
    ],
)
def test_what_cannot_be_converted(data: Path, voice: Words, options: Words, message: str) -> None:
    assert message in refused("convert", "wavs/u0.wav", *voice, *options)


def test_a_voice_of_one_speaker(data: Path, acoustic: Path, vocoder: Path) -> None:
    words = ("wavs/u0.wav", "--voice", acoustic, "--vocoder", vocoder, "--speaker", "anna")
    assert "has one speaker; convert with a voice of several" in refused("convert", *words)
    say = ("say", "fade", *words[1:5])
    assert "has no speaker encoder" in refused(*say, "--speaker-wav", "wavs/u0.wav")
    synth = ("synth", "data", "-o", "out", *words[1:5])
    assert "speaker 'carl'" in refused(*synth, "--speaker", "carl")
