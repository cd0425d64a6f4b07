"""STOI, ESTOI and PESQ: perfect on themselves, worse with damage, None where mute."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.sounds import RATE_HZ, speech, with_noise
from tts.metrics.packages import MissingPackage
from tts.metrics.perceptual import pesq, stoi


def test_intelligibility() -> None:
    pytest.importorskip("pystoi", reason="the extra [eval] is not installed")
    wav = speech(3)
    for extended in (False, True):
        values = [stoi(wav, x, RATE_HZ, extended=extended) for x in (wav, *_worse(wav))]
        assert values[0] == pytest.approx(1, abs=1e-6) and values == sorted(values, reverse=True)
        assert values[-1] < 0.8
    assert stoi(wav[:2000], wav[:2000], RATE_HZ) is None


def test_quality() -> None:
    pytest.importorskip("pesq", reason="the extra [eval] is not installed")
    wav = speech(3)
    values = [pesq(wav, x, RATE_HZ) for x in (wav, *_worse(wav))]
    assert values[0] == pytest.approx(4.644, abs=0.001) and values == sorted(values, reverse=True)
    assert pesq(wav, np.zeros_like(wav), RATE_HZ) is None
    assert pesq(wav[:100], wav[:100], RATE_HZ) is None


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    wav = speech(1)
    for package, call in (("pystoi", stoi), ("pesq", pesq)):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingPackage, match=r"\[eval\]"):
            call(wav, wav, RATE_HZ)


def _worse(wav: np.ndarray) -> list[np.ndarray]:
    return [with_noise(wav, snr_db) for snr_db in (40, 20, 0)]
