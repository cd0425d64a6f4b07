"""Resampling keeps what lies below the lower Nyquist frequency, and nothing else."""

import sys

import numpy as np
import pytest

from tts.audio import resample as module
from tts.audio.resample import backend, resample

N = 40_000


@pytest.fixture(autouse=True, params=["soxr", "torchaudio"])
def fresh_probe(request, monkeypatch):
    """Every test, once with each backend that works here."""
    if request.param == "soxr":
        monkeypatch.setitem(sys.modules, "torchaudio", None)
    module._adapter.cache_clear()
    if not backend().startswith(request.param):
        pytest.skip(f"not usable here: {backend()}")
    module._adapter.cache_clear()
    yield
    module._adapter.cache_clear()


def tone(hz: float, rate_hz: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(N) / rate_hz).astype(np.float32)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(16_000, 22_050), (48_000, 22_050), (44_100, 16_000)]
)
def test_a_tone_keeps_level_phase_and_length(from_hz, to_hz):
    made = resample(tone(1000, from_hz), from_hz, to_hz)
    assert made.dtype == np.float32 and len(made) == -(-N * to_hz // from_hz)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(len(made)) / to_hz)
    assert np.abs(made - wanted)[1000:-1000].max() < 1e-4


def test_passband_is_flat_and_what_would_fold_back_is_gone():
    for hz, level in ((0.9 * 8000, 1.0), (8400, 0.0), (12_000, 0.0)):
        made = resample(tone(hz, 44_100), 44_100, 16_000)[2000:-2000]
        assert np.sqrt(2 * np.mean(made**2)) == pytest.approx(level, abs=0.002 if level else 3e-5)


def test_same_rate_and_nothing_to_resample():
    assert np.array_equal(resample(tone(440, 16_000), 16_000, 16_000), tone(440, 16_000))
    assert len(resample(np.zeros(0, dtype=np.float32), 16_000, 22_050)) == 0


@pytest.mark.parametrize("error", [OSError("undefined symbol: _ZN3c10"), RuntimeError("CUDA 13")])
def test_a_torchaudio_that_does_not_load_is_told_and_replaced(monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(module, "_probe_torchaudio", fail)
    module._adapter.cache_clear()
    assert "soxr" in backend() and str(error) in backend() and "\n" not in backend()
    assert len(resample(tone(440, 16_000), 16_000, 8000)) == N // 2


def test_without_torchaudio(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    module._adapter.cache_clear()
    assert backend().startswith("soxr") and "torchaudio" in backend()
