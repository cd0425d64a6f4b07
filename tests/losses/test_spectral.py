"""Spectral losses against their formulas written out, and what they must not do."""

from __future__ import annotations

import math

import pytest
import torch

from tts.errors import DataError
from tts.losses.spectral import (
    RESOLUTIONS,
    Resolution,
    log_magnitude_distance,
    magnitude,
    magnitude_loss,
    multi_resolution_loss,
    power_loss,
    spectral_convergence,
)
from tts.nn.precision import autocast

SMALL = Resolution(32, 8, 24)


def by_hand(wav: torch.Tensor, resolution: Resolution) -> torch.Tensor:
    """Frames cut out, windowed and multiplied by the Fourier matrix; (F, T) of one row."""
    n_fft, win = resolution.n_fft, resolution.win
    time = torch.arange(win).double()
    window = (
        0.5 - 0.5 * torch.cos(2 * math.pi * time / win)
        if resolution.window == "hann"
        else torch.ones(win).double()
    )
    edge = (n_fft - win) // 2
    window = torch.nn.functional.pad(window, (edge, n_fft - win - edge))
    padded = torch.cat([wav[1 : n_fft // 2 + 1].flip(0), wav, wav[-n_fft // 2 - 1 : -1].flip(0)])
    frames = padded.unfold(0, n_fft, resolution.hop) * window
    turns = torch.outer(torch.arange(n_fft // 2 + 1), torch.arange(n_fft)).double() / n_fft
    angle = 2 * math.pi * turns.t()
    real, imaginary = frames @ angle.cos(), frames @ angle.sin()
    return (real.square() + imaginary.square() + 1e-10).sqrt().t()


@pytest.mark.parametrize("window", ["hann", "rectangular"])
@pytest.mark.parametrize("win", [32, 24])
def test_magnitude_is_the_formula(window: str, win: int) -> None:
    resolution = Resolution(32, 8, win, window)
    wav = torch.randn(2, 100).double()
    made = magnitude(wav, resolution)
    assert made.shape == (2, 17, 1 + 100 // 8)
    for row in range(2):
        torch.testing.assert_close(made[row], by_hand(wav[row], resolution), atol=1e-9, rtol=0)


def test_magnitude_loss_is_a_mean_of_squares() -> None:
    made, real = torch.randn(2, 2, 100).double()
    apart = torch.stack([by_hand(m, SMALL) - by_hand(r, SMALL) for m, r in zip(made, real)])
    torch.testing.assert_close(magnitude_loss(made, real, SMALL), apart.square().mean())


@pytest.mark.parametrize("exponent", [1, 2])
def test_power_loss_is_the_formula(exponent: int) -> None:
    made, real = torch.randn(2, 2, 100).double()
    averages = [
        torch.stack([by_hand(w, SMALL).pow(exponent).mean(1) for w in wavs])
        for wavs in (made, real)
    ]
    expected = (averages[0] - averages[1]).square().sum() / averages[1].square().sum()
    torch.testing.assert_close(power_loss(made, real, SMALL, exponent), expected)
    silent = power_loss(torch.zeros_like(real), real, SMALL, exponent)
    assert float(silent) == pytest.approx(1, abs=1e-4)
    same = power_loss(3 * made, 3 * real, SMALL, exponent)
    assert float(same) == pytest.approx(float(expected), rel=1e-6)


def test_power_loss_forgets_when() -> None:
    """A sound in another place costs little; another loudness costs much."""
    wav = torch.zeros(1, 4000)
    wav[0, 500:1500] = torch.randn(1000)
    later, louder = wav.roll(2000, 1), 2 * wav
    assert power_loss(later, wav, SMALL) < 1e-3 * power_loss(louder, wav, SMALL)
    assert power_loss(wav, wav, SMALL) == 0


def test_several_resolutions() -> None:
    made, real = 0.1 * torch.randn(2, 2, 3000)
    convergence, distance = multi_resolution_loss(made, real)
    pairs = [(magnitude(made, r), magnitude(real, r)) for r in RESOLUTIONS]
    torch.testing.assert_close(
        convergence,
        sum((r - m).square().sum().sqrt() / r.square().sum().sqrt() for m, r in pairs) / 3,
    )
    torch.testing.assert_close(
        distance, sum((r.log() - m.log()).abs().mean() for m, r in pairs) / 3
    )
    alone = multi_resolution_loss(made, real, RESOLUTIONS[:1])
    torch.testing.assert_close(alone[0], spectral_convergence(*pairs[0]))
    torch.testing.assert_close(alone[1], log_magnitude_distance(*pairs[0]))


def test_a_gain_is_a_known_distance() -> None:
    """Twice the amplitude: convergence 1, logarithms ln 2 apart at every resolution."""
    wav = torch.randn(1, 6000)
    convergence, distance = multi_resolution_loss(2 * wav, wav)
    torch.testing.assert_close(convergence, torch.tensor(1.0))
    torch.testing.assert_close(distance, torch.tensor(math.log(2)))


def test_silence_has_finite_gradients() -> None:
    made = torch.zeros(1, 3000, requires_grad=True)
    real = 0.1 * torch.randn(1, 3000)
    total = sum(multi_resolution_loss(made, real)) + magnitude_loss(made, real, SMALL)
    (total + power_loss(made, real, SMALL)).backward()
    assert torch.isfinite(made.grad).all()


def test_half_precision_around_it_changes_nothing() -> None:
    made, real = 0.1 * torch.randn(2, 1, 3000)
    exactly = sum(multi_resolution_loss(made, real))
    with autocast("bfloat16", "cpu"):
        assert torch.equal(sum(multi_resolution_loss(made, real)), exactly)
    assert power_loss(made.bfloat16(), real, SMALL).dtype == torch.float32


def test_too_short() -> None:
    with pytest.raises(DataError, match=r"16 samples are too few .* more than 16; raise"):
        magnitude(torch.zeros(1, 16), SMALL)
    assert magnitude(torch.zeros(1, 17), SMALL).shape == (1, 17, 3)
