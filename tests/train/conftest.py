"""A dump of noise with texts, small enough to train on in a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests import tiny
from tts.bridge.mel import Model as MelBridge
from tts.contracts import Contract
from tts.data.features import write_features
from tts.data.tables import write_table
from tts.text.frontend import Frontend, FrontendConfig

AUDIO = {
    "sample_rate_hz": 4000,
    "hop": 16,
    "n_fft": 64,
    "win": 64,
    "channels": 6,
    "fmax_hz": 2000.0,
}
TEXTS = ["a bad cab", "cede a bed", "deaf bee", "fade", "bead a cafe", "decade", "ace", "abba"]
OPTIMISER = {"lr": 1e-3, "schedule": {"name": "noam", "warmup": 3, "width": 4}}
ACOUSTIC = {**tiny.ACOUSTIC, "n_flow_blocks": 1, "frame_noise": 0.1}
VOCODER = {**tiny.VOCODER, "kernels": [3], "dilations": [[1, 2]]}


@pytest.fixture(scope="session")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump folder with `train` and `dev`, tokens.txt, frontend.json and speakers.txt."""
    folder = tmp_path_factory.mktemp("dump")
    frontend = Frontend.from_symbols(FrontendConfig(phonemiser="letters"), set("abcdef"))
    frontend.save(folder)
    (folder / "speakers.txt").write_text("anna\nbert\n")
    bridge = MelBridge(Contract(**AUDIO))
    for part, texts in (("train", TEXTS), ("dev", TEXTS[:2])):
        _write_part(folder / part, frontend, texts)
        write_features(
            folder / part,
            lambda wav: bridge.encode(torch.from_numpy(wav)[None])[0].numpy(),
            bridge.contract,
        )
    return folder


def _write_part(folder: Path, frontend: Frontend, texts: list[str]) -> None:
    rng = np.random.default_rng(0)
    (folder / "wav").mkdir(parents=True)
    wavs, phones, speakers, samples = {}, {}, {}, {}
    for i, text in enumerate(texts):
        name = f"utt{i}"
        wav = 0.1 * rng.standard_normal(16 * 12 * len(text))
        wavs[name] = folder / "wav" / f"{name}.wav"
        soundfile.write(wavs[name], wav, 4000, subtype="PCM_16")
        phones[name] = " ".join(frontend.symbols(text))
        speakers[name] = ("anna", "bert")[i % 2]
        samples[name] = len(wav)
    write_table(folder / "wav.scp", wavs)
    write_table(folder / "text.phn", phones)
    write_table(folder / "utt2spk", speakers)
    write_table(folder / "utt2num_samples", samples)
