"""Whether speakers are told apart."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import RATE_HZ, speech
from tts.audio import io
from tts.metrics.packages import MissingPackage
from tts.metrics.speaker import resemblyzer, speaker_similarity


def test_any_embedding_serves() -> None:
    def mean_spectrum(samples: np.ndarray, rate_hz: int) -> np.ndarray:
        frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
        return np.abs(np.fft.rfft(frames)).mean(0)

    voice, other = speech(), speech(f0_hz=220, formants=1.3)
    same = speaker_similarity(voice, speech(seed=5), RATE_HZ, mean_spectrum)
    assert speaker_similarity(voice, voice, RATE_HZ, mean_spectrum) == pytest.approx(1)
    assert speaker_similarity(voice, other, RATE_HZ, mean_spectrum) < same
    assert speaker_similarity(voice, 0 * voice, RATE_HZ, mean_spectrum) is None


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resemblyzer", None)
    with pytest.raises(MissingPackage, match="pip install --no-deps resemblyzer"):
        speaker_similarity(speech(1), speech(1), RATE_HZ)


def test_speakers_of_a_corpus(corpora: Path) -> None:
    pytest.importorskip("resemblyzer", reason="resemblyzer is not installed")
    embedded: dict[str, list[np.ndarray]] = {}
    for row in (corpora / "vctk_mini" / "metadata.csv").read_text().splitlines():
        name, *_, speaker = row.split("|")
        if len(embedded.setdefault(speaker, [])) < 3:
            path = next((corpora / "vctk_mini" / "wavs").glob(f"{name}.*"))
            embedded[speaker].append(resemblyzer(*io.read(path)))
    sides = [(s, e) for s, group in embedded.items() for e in group]
    same = [a @ b for i, (s, a) in enumerate(sides) for t, b in sides[:i] if s == t]
    other = [a @ b for i, (s, a) in enumerate(sides) for t, b in sides[:i] if s != t]
    assert min(same) > max(other)
