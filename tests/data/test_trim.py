"""Silence cut from the ends of recordings, and one gain for all of a speaker's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.audio.level import block_powers, level, loudness_lufs
from tts.data import datadir
from tts.data.datadir import DataDir
from tts.data.tables import read_table
from tts.data.trim import cut, trim
from tts.errors import DataError

RATE_HZ = 16_000


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two utterances of anna, the second half as loud; silence of 0.6 s and 0.9 s around both."""
    rng, wavs = np.random.default_rng(0), {}
    for name, gain in (("u1", 0.05), ("u2", 0.025)):
        speech = gain * rng.standard_normal(RATE_HZ)
        around = [np.zeros(9600), speech, np.zeros(14_400)]
        wavs[name] = str(tmp_path / f"{name}.wav")
        soundfile.write(wavs[name], np.concatenate(around).astype(np.float32), RATE_HZ)
    names = dict.fromkeys(wavs, "anna")
    return datadir.write(DataDir(tmp_path, wavs, dict.fromkeys(wavs, "a"), names), tmp_path).path


def read(folder: Path, name: str) -> np.ndarray:
    return soundfile.read(read_table(folder / "wav.scp")[name], dtype="float32")[0]


def test_silence_at_the_ends_is_cut(recordings: Path, tmp_path: Path) -> None:
    done = trim(recordings, tmp_path / "out", keep_s=0.1)
    assert (done.n_utterances, done.seconds) == (2, 5.0)
    assert done.kept_s == pytest.approx(2.4, abs=0.05)
    for name in ("u1", "u2"):
        samples = read(tmp_path / "out", name)
        found = level(samples, RATE_HZ)
        assert found.leading_s == pytest.approx(0.1, abs=0.03)
        assert found.trailing_s == pytest.approx(0.1, abs=0.03)
        assert read_table(tmp_path / "out" / "utt2num_samples")[name] == str(len(samples))
    assert datadir.read(tmp_path / "out").utt2spk == {"u1": "anna", "u2": "anna"}


def test_one_gain_for_all_of_a_speaker(recordings: Path, tmp_path: Path) -> None:
    done = trim(recordings, tmp_path / "out", lufs=-20.0)
    made = [read(tmp_path / "out", name) for name in ("u1", "u2")]
    loudness = loudness_lufs([block_powers(samples, RATE_HZ) for samples in made])
    assert loudness == pytest.approx(-20.0, abs=0.5)
    assert made[0].std() / made[1].std() == pytest.approx(2.0, rel=0.05), "u2 stays the softer"
    before = read(recordings, "u1").std()
    assert list(done.gain_db) == ["anna"] and done.gain_db["anna"] > 0 and before < made[0].std()


def test_no_gain_clips(recordings: Path, tmp_path: Path) -> None:
    trim(recordings, tmp_path / "out", lufs=0.0)
    assert abs(read(tmp_path / "out", "u1")).max() == pytest.approx(0.99, abs=0.001)


def test_shorter_silence_is_left_alone() -> None:
    samples = np.concatenate([np.zeros(320), np.full(3200, 0.1), np.zeros(320)])
    assert len(cut(samples.astype(np.float32), RATE_HZ, 0.1)) == len(samples)


def test_refusals(recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is the data dir that is read"):
        trim(recordings, recordings)
    (recordings / "segments").write_text("u1 u1 0 1\nu2 u2 0 1\n")
    with pytest.raises(DataError, match="has segments; cut them first"):
        trim(recordings, tmp_path / "out")
    assert not (tmp_path / "out").exists()
