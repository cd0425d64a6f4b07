"""Subtraction of a bias spectrum: what it takes away, and what it leaves."""

from __future__ import annotations

import pytest
import torch

from tts.audio.denoise import bias_spectrum, subtract_spectrum

HOP = 64


def hum(n: int, gain: float = 0.1) -> torch.Tensor:
    """A tone in the middle of a bin, of the same phase in every window."""
    return gain * torch.cos(2 * torch.pi * torch.arange(n) * 32 / (4 * HOP))


def test_no_strength_changes_nothing() -> None:
    wav = torch.randn(20 * HOP)
    again = subtract_spectrum(wav, torch.ones(2 * HOP + 1), 0.0, HOP)
    torch.testing.assert_close(again, wav, atol=1e-5, rtol=0)


def test_a_constant_hum_goes_and_speech_stays() -> None:
    n = 40 * HOP
    speech = torch.cos(2 * torch.pi * torch.arange(n) * 75 / (4 * HOP))
    speech *= torch.hann_window(n)
    spectrum = bias_spectrum(hum(8 * HOP), HOP)
    assert int(spectrum.argmax()) == 32
    cleaned = subtract_spectrum(speech + hum(n), spectrum, 1.0, HOP)
    left = (cleaned - speech)[: -4 * HOP]  # the last windows see the hum mirrored
    assert left.square().mean() < 1e-4 * hum(n).square().mean()


def test_magnitudes_stop_at_zero() -> None:
    spectrum = bias_spectrum(hum(8 * HOP), HOP)
    silent = subtract_spectrum(hum(20 * HOP, 0.05), spectrum, 1.0, HOP)
    assert silent[: -4 * HOP].abs().max() < 1e-5


def test_a_sample_depends_on_none_farther_than_four_hops() -> None:
    wav, spectrum = torch.randn(40 * HOP), torch.rand(2 * HOP + 1)
    changed = wav.clone()
    changed[20 * HOP] += 1
    one, other = (subtract_spectrum(x, spectrum, 0.5, HOP) for x in (wav, changed))
    touched = (one - other).abs().gt(1e-6).nonzero().flatten()
    assert touched.min() > 16 * HOP and touched.max() < 24 * HOP


@pytest.mark.parametrize("n", [0, 1, 2 * HOP, 2 * HOP + 1, 3 * HOP + 7])
def test_short_sounds_keep_their_length(n: int) -> None:
    wav = torch.randn(n)
    again = subtract_spectrum(wav, torch.ones(2 * HOP + 1), 0.1, HOP)
    assert again.shape == wav.shape
    assert n > 2 * HOP or torch.equal(again, wav)
