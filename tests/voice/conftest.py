"""Tiny voices for the tests of speaking."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny import save_acoustic, save_vocoder
from tts.voice.voice import Voice


@pytest.fixture(scope="session")
def acoustic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment of an acoustic model of one speaker; read only."""
    return save_acoustic(tmp_path_factory.mktemp("acoustic") / "exp")


@pytest.fixture(scope="session")
def vocoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment of a vocoder that fits; read only."""
    return save_vocoder(tmp_path_factory.mktemp("vocoder") / "exp")


@pytest.fixture(scope="session")
def voice(acoustic: Path, vocoder: Path) -> Voice:
    """Both, ready to speak in float32."""
    return Voice.load(acoustic, vocoder, precision="float32", device="cpu")
