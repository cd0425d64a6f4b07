"""Tiny voices for the tests of speaking."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts.voice.voice import Voice


@pytest.fixture(scope="session")
def voice(acoustic: Path, vocoder: Path) -> Voice:
    """Both, ready to speak in float32."""
    return Voice.load(acoustic, vocoder, precision="float32", device="cpu")
