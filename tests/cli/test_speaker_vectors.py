"""Vectors of speakers by the command: extracted, taken over, and spoken like."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.runner import tts
from tests.cli.test_bad_input import refused
from tests.tiny import save_speaker_encoder

VECTORS = "dump/speaker_vectors.safetensors"


@pytest.fixture
def encoder(here: Path) -> Path:
    return save_speaker_encoder(here / "encoder").relative_to(here)


def test_speech_to_a_voice_that_speaks_like_a_recording(
    dump: Path, confs: dict[str, Path], encoder: Path
) -> None:
    ended = tts("extract", "dump/train", "--speakers", encoder)
    assert ended.status == 0 and ended.out == f"4 vectors of 1 speakers in {VECTORS}\n"
    ended = tts("extract", "dump/train", "--speakers", encoder, "--json", "--nj", "2")
    told = json.loads(ended.out)
    assert (told["path"], told["n_utterances"], told["verification"]) == (VECTORS, 4, None)
    train = ("train", confs["acoustic"], "--exp", "exp", "--cpu")
    ended = tts(*train, f"data.speaker_vectors={VECTORS}")
    assert ended.status == 0, ended.err
    assert tts("pack", "exp", "-o", "voice").status == 0
    for who in (("--speaker", "anna"), ("--speaker-wav", "wavs/u0.wav")):
        ended = tts("say", "a cab", "--voice", "voice", "-o", f"{who[0]}.wav", *who)
        assert ended.status == 0, ended.err
        assert Path(f"{who[0]}.wav").stat().st_size > 1000


def test_vectors_that_a_person_brings(here: Path) -> None:
    np.save("anna.npy", [1.0, 2.0])
    Path("rest.tsv").write_text("bert\t0\t1\n")
    ended = tts("data", "vectors", "anna.npy", "rest.tsv", "--out", "vectors.safetensors")
    assert ended.out == "2 speakers, 2 numbers each, in vectors.safetensors\n"
    ended = tts("data", "vectors", "anna.npy", "--out", "one.safetensors", "--json")
    assert json.loads(ended.out)["speakers"] == ["anna"]


def test_vectors_that_cannot_be_taken_over(here: Path) -> None:
    Path("a.csv").write_text("anna 1 2\nbert 1 x\n")
    line = refused("data", "vectors", "a.csv", "--out", "v.safetensors")
    assert line.startswith("a.csv:2: expected a name and then numbers")
    assert "no such file" in refused("data", "vectors", "b.npy", "--out", "v.safetensors")
    Path("a.csv").write_text("anna 1 2\n")
    line = refused("data", "vectors", "a.csv", "--out", "nowhere/v.safetensors")
    assert "make the folder nowhere first" in line


def test_speakers_that_cannot_be_extracted(dump: Path, encoder: Path, vocoder: Path) -> None:
    line = refused("extract", "dump/train", "--speakers", encoder, "--name", "x")
    assert "--speakers goes without" in line
    assert "expected: speaker" in refused("extract", "dump/train", "--speakers", vocoder)
    assert "no such file" in refused("extract", "dump/train", "--speakers", "nowhere")
    Path("wavs/u2.wav").write_bytes(b"hello")
    table = Path("dump/train/wav.scp")
    table.write_text(table.read_text().replace(table.read_text().split()[5], "wavs/u2.wav"))
    line = refused("extract", "dump/train", "--speakers", encoder)
    assert line.startswith("u2: wavs/u2.wav: not readable as audio")


def test_vectors_that_do_not_fit_the_data(dump: Path, confs: dict[str, Path]) -> None:
    train = ("train", confs["acoustic"], "--exp", "exp", "--cpu")
    line = refused(*train, "data.speaker_vectors=nowhere.safetensors")
    assert line.startswith("nowhere.safetensors: no such file; make it with `tts extract")
    Path("a.csv").write_text("bert 1 2\n")
    assert tts("data", "vectors", "a.csv", "--out", VECTORS).status == 0
    line = refused(*train, f"data.speaker_vectors={VECTORS}")
    assert "u0 is of anna, and neither has a vector among those of 1 speakers" in line
