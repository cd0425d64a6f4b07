"""Stretches of speech with who spoke them, at several speeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tts.contracts import Contract
from tts.data.speaker_data import SpeakerData
from tts.data.tables import write_table
from tts.errors import DataError

CONTRACT = Contract(sample_rate_hz=4000, hop=16, n_fft=64, win=64, channels=8, fmax_hz=2000.0)
SPEAKERS = ["anna", "bert"]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Two utterances: a tone of 500 Hz by bert, of 2 s, and one of 250 Hz by anna, of 0.1 s."""
    samples = {}
    for name, hz, seconds in (("u0", 500, 2.0), ("u1", 250, 0.1)):
        wav = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(4000 * seconds)) / 4000)
        soundfile.write(tmp_path / f"{name}.wav", wav, 4000, subtype="PCM_16")
        samples[name] = len(wav)
    write_table(tmp_path / "wav.scp", {name: tmp_path / f"{name}.wav" for name in samples})
    write_table(tmp_path / "utt2num_samples", samples)
    write_table(tmp_path / "utt2spk", {"u0": "bert", "u1": "anna"})
    return tmp_path


def pitch_hz(wav: torch.Tensor) -> float:
    return float(
        np.abs(np.fft.rfft(wav.numpy() * np.hanning(len(wav)))).argmax() * 4000 / len(wav)
    )


def test_items_and_batches(dump: Path) -> None:
    data = SpeakerData(dump, CONTRACT, 50, SPEAKERS)
    assert len(data) == 2 and data.names == ["u0", "u1"]
    batch = data.collate([data[0, 1], data[1, 2]])
    assert batch.utterances == ("u0", "u1") and batch.wav.shape == (2, 800)
    assert batch.speakers.tolist() == [1, 0] and batch.wav.dtype == torch.float32
    assert [pitch_hz(wav) for wav in batch.wav] == pytest.approx([500, 250], abs=6)


def test_a_draw_says_it_all(dump: Path) -> None:
    data = SpeakerData(dump, CONTRACT, 50, SPEAKERS, (0.8, 1.0, 1.25))
    assert torch.equal(data[0, 7].wav, data[0, 7].wav)
    assert not torch.equal(data[0, 7].wav, data[0, 8].wav)


def test_short_speech_is_repeated(dump: Path) -> None:
    wav = SpeakerData(dump, CONTRACT, 60, SPEAKERS)[1, 0].wav
    assert len(wav) == 960 and torch.equal(wav[:400], wav[400:800])


def test_another_speed_is_another_speaker(dump: Path) -> None:
    speeds = (0.8, 1.0, 1.25)
    data = SpeakerData(dump, CONTRACT, 50, SPEAKERS, speeds)
    heard = {data[0, draw].speaker: data[0, draw].wav for draw in range(20)}
    assert sorted(heard) == [1, 3, 5]
    for kind, speed in enumerate(speeds):
        assert heard[2 * kind + 1].shape == (800,)
        assert pitch_hz(heard[2 * kind + 1]) == pytest.approx(500 * speed, abs=6)


def test_files_that_do_not_belong_together(dump: Path) -> None:
    with pytest.raises(DataError, match="u0 is of bert, who is not among the 1 known"):
        SpeakerData(dump, CONTRACT, 50, ["anna"], (1.0, 1.1))
    with pytest.raises(DataError, match="speech of one speaker"):
        SpeakerData(dump, CONTRACT, 50, ["anna"])
    write_table(dump / "utt2spk", {"u0": "bert"})
    with pytest.raises(DataError, match="utt2spk: u1 is missing"):
        SpeakerData(dump, CONTRACT, 50, SPEAKERS)
