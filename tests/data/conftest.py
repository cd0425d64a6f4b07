"""A small corpus made of noise, for the tests of data dirs."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.data import datadir
from tts.data.datadir import DataDir

RATE_HZ = 16_000


@pytest.fixture
def corpus(tmp_path: Path) -> DataDir:
    """Six utterances of two speakers, 0.5 to 1 s at 16 kHz, in a data dir."""
    rng = np.random.default_rng(0)
    (tmp_path / "wavs").mkdir()
    wav_scp, text, utt2spk = {}, {}, {}
    for speaker in ("anna", "bert"):
        for i in range(3):
            name = f"{speaker}_{i}"
            path = tmp_path / "wavs" / f"{name}.wav"
            samples = 0.1 * rng.standard_normal(8000 + 1600 * i).astype(np.float32)
            soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
            wav_scp[name], text[name], utt2spk[name] = str(path), f"sentence {i}", speaker
    data = DataDir(tmp_path / "data", wav_scp, text, utt2spk)
    return datadir.write(data, tmp_path / "data")
