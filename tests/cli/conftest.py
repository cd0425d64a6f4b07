"""Tiny experiments, and a dump dir they can be trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.runner import tts
from tests.tiny import ACOUSTIC, CONTRACT, VOCODER
from tts.config import dump_yaml, to_tree

RATE_HZ = CONTRACT.sample_rate_hz
TEXTS = {"u0": "a bad cab", "u1": "dead end", "u2": "fade", "u3": "a cafe"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the test stands."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def data(here: Path) -> Path:
    """A data dir of four utterances of noise, one second each."""
    rng = np.random.default_rng(0)
    (here / "wavs").mkdir()
    for name in TEXTS:
        samples = 0.1 * rng.standard_normal(RATE_HZ).astype(np.float32)
        soundfile.write(here / "wavs" / f"{name}.wav", samples, RATE_HZ, subtype="PCM_16")
    (here / "data").mkdir()
    for table, value in {"wav.scp": "wavs/{}.wav", "text": "{}", "utt2spk": "anna"}.items():
        rows = {u: value.format(text if table == "text" else u) for u, text in TEXTS.items()}
        content = "".join(f"{u} {row}\n" for u, row in rows.items())
        (here / "data" / table).write_text(content)
    return here / "data"


@pytest.fixture
def dump(data: Path, confs: dict[str, Path]) -> Path:
    """The same, ready for training: `dump/train` with frames, `dump` with the text side."""
    for words in (
        ("data", "wav", "data", "org", "--rate", RATE_HZ),
        ("data", "ids", "org", "--out", "dump/speakers.txt"),
        ("data", "filter", "org", "dump/train"),
        ("data", "tokens", "dump/train", "--out", "dump", "--phonemiser", "letters"),
        ("extract", "dump/train", "--conf", confs["acoustic"]),
    ):
        ended = tts(*words)
        assert ended.status == 0, ended.err
    return data.parent / "dump"


@pytest.fixture
def confs(here: Path) -> dict[str, Path]:
    """`acoustic.yaml` and `vocoder.yaml`, which train for two steps."""
    files = {}
    players = {"acoustic": ["model"], "vocoder": ["generator", "discriminator"]}
    for role, section in {"acoustic": ACOUSTIC, "vocoder": VOCODER}.items():
        content = {
            "audio": to_tree(CONTRACT),
            role: section,
            "data": {
                "train": "dump/train",
                "dev": "dump/train",
                "segment_frames": 8,
                "workers": 0,
            },
            "train": {
                "steps": 2,
                "precision": "float32",
                "optimisers": {name: {"lr": 1e-3} for name in players[role]},
            },
        }
        files[role] = here / f"{role}.yaml"
        files[role].write_text(dump_yaml(content))
    return files
