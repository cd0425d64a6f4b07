"""Vocoders that are told who speaks, from the dump dir to an experiment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.conftest import VOCODER
from tests.train.test_loop import experiment
from tts import build, checkpoint
from tts.data.speaker_vectors import SpeakerVectors, write
from tts.errors import ConfigError
from tts.train.data import Told, open_data, sizes_of
from tts.train.loop import train
from tts.voice.vocoding import Vocoding

TOLD = {**VOCODER, "speaker_bias": True}


def test_the_default_is_told_nothing(dump: Path) -> None:
    plain = experiment(dump, "vocoder")
    assert Told.of(plain) == Told() and sizes_of(plain, None) == {}
    assert open_data(plain, None, str(dump / "train"))[(0, 0)].speaker is None


def test_training_by_name(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "vocoder", vocoder=TOLD), tmp_path / "exp", cpu=True)
    found = checkpoint.load(checkpoint.find(tmp_path / "exp"))
    assert found.sizes == {"n_speakers": 2}
    assert found.weights["speakers.table.weight"].abs().sum() > 0
    assert (tmp_path / "exp" / "speakers.txt").read_text() == "anna\nbert\n"
    vocoding = Vocoding.load(tmp_path / "exp", precision="float32", device="cpu")
    frames = torch.randn(6, 20)
    anna, bert = (vocoding(frames, speaker=name) for name in ("anna", "bert"))
    assert not np.array_equal(anna, bert)


def test_training_by_vectors(dump: Path, tmp_path: Path) -> None:
    vectors = {"anna": np.float32([1, 0, 0]), "bert": np.float32([0, 0.6, 0.8])}
    write(SpeakerVectors(vectors), tmp_path / "vectors.safetensors")
    data = {"speaker_vectors": str(tmp_path / "vectors.safetensors")}
    train(experiment(dump, "vocoder", vocoder=TOLD, data=data), tmp_path / "exp", cpu=True)
    model = build.load(tmp_path / "exp", "vocoder").model
    assert model.speakers.vector_channels == 3 and model.speakers.table is None
    vocoding = Vocoding.load(tmp_path / "exp", precision="float32", device="cpu")
    frames = torch.randn(6, 20)
    by_name, by_vector = vocoding(frames, speaker="bert"), vocoding(frames, speaker=(0, 3.0, 4.0))
    np.testing.assert_allclose(by_name, by_vector, atol=1e-6)


def test_a_wavenet_says_how_many_it_knows(dump: Path) -> None:
    wavenet = experiment(dump, "vocoder").model_copy(
        update={"vocoder": {"name": "wavenet", "n_speakers": 3}}
    )
    with pytest.raises(ConfigError, match=r"vocoder\.n_speakers: 3, .* 2 known speakers"):
        Told.of(wavenet)
    wavenet.vocoder["n_speakers"] = 2
    assert Told.of(wavenet).speakers == ("anna", "bert") and sizes_of(wavenet, None) == {}


def test_one_speaker_is_nobody_to_tell_apart(dump: Path, tmp_path: Path) -> None:
    (tmp_path / "speakers.txt").write_text("anna\n")
    alone = experiment(dump, "vocoder", vocoder=TOLD, data={"text": str(tmp_path)})
    with pytest.raises(ConfigError, match="speaker_bias: needs data of several speakers"):
        train(alone, tmp_path / "exp", cpu=True)
