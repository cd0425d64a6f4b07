"""The voice that comes with the package."""

from __future__ import annotations

import numpy as np
import pytest

import tts
from tts.voice import library

MOST_BYTES = 12_000_000


@pytest.fixture(scope="module")
def voice() -> tts.Voice:
    return tts.load(library.PACKAGED / "standin", device="cpu")


def test_it_is_small_and_says_what_it_is() -> None:
    folder = library.PACKAGED / "standin"
    assert sum(file.stat().st_size for file in folder.iterdir()) <= MOST_BYTES
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(word in card for word in ("Data", "Figures", "Licence"))


@pytest.mark.parametrize("text", ["Yes.", "The quick brown fox jumps over the lazy dog."])
def test_it_speaks(voice: tts.Voice, text: str) -> None:
    speech = voice.say(text)
    words = text.strip(".").split()
    assert [word.text for word in speech.words] == words
    assert 0.15 * len(words) < speech.audio_s < 0.6 * len(words) + 0.6
    loud = np.abs(speech.samples).max()
    assert 0.05 < loud <= 1
    first = speech.words[0]
    before = speech.samples[: int(0.5 * first.start_s * speech.sample_rate_hz)]
    assert np.abs(before).max() < 0.1 * loud  # it starts in silence, and the first word is whole
    assert np.array_equal(speech.samples, voice.say(text).samples)
