"""What every test starts from: one thread, one seed, real speech where a folder of it is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from tests.tiny import save_acoustic, save_vocoder

torch.set_num_threads(1)

CORPORA_VARIABLE = "WAVEBRIDGE_CORPORA"  # a folder of real speech, such as ljspeech_subset


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real speech; tests that want it are skipped without one."""
    folder = os.environ.get(CORPORA_VARIABLE)
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"real speech: set {CORPORA_VARIABLE} to a folder of corpora")
    return Path(folder)


@pytest.fixture(scope="session")
def acoustic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment of an acoustic model of one speaker; read only."""
    return save_acoustic(tmp_path_factory.mktemp("acoustic") / "exp")


@pytest.fixture(scope="session")
def vocoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment of a vocoder that fits; read only."""
    return save_vocoder(tmp_path_factory.mktemp("vocoder") / "exp")
