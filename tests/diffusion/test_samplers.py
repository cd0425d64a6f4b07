"""Samplers: known answers on Gaussian data, the papers' formulas, clamps, order of the noise."""

from __future__ import annotations

import math

import pytest
import torch

from tests.diffusion.gaussian import best_prediction, variances
from tts.diffusion import samplers, schedules
from tts.diffusion.samplers import Sampler
from tts.diffusion.schedules import Schedule
from tts.errors import ConfigError

N = 200_000
MEAN, VARIANCE = 0.3, 0.04


def draw(seed: int = 0, n: int = N) -> samplers.Draw:
    generator = torch.Generator().manual_seed(seed)
    return lambda place: torch.randn(n, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
@pytest.mark.parametrize("n_steps", [1, 6, 50, 1000])
def test_gaussian_data_comes_out_as_derived(sampler: Sampler, n_steps: int) -> None:
    """Within four standard errors of the moments that the schedule gives exactly."""
    schedule = schedules.fitted(n_steps, sampler)
    n = N if n_steps < 1000 else N // 10
    made = samplers.sample(best_prediction(MEAN, VARIANCE), draw(n=n), schedule, sampler)
    mean, variance = variances(schedule, sampler, MEAN, VARIANCE)
    assert float(made.mean()) == pytest.approx(mean, abs=4 * math.sqrt(variance / n))
    assert float(made.var()) == pytest.approx(variance, rel=4 * math.sqrt(2 / n))


@pytest.mark.parametrize(
    ("sampler", "n_steps", "mean_error", "deviation_ratio"),
    [
        ("ancestral", 6, 0.075, 1.36),
        ("ancestral", 50, 0.026, 1.03),
        ("ancestral", 1000, 0.001, 1.013),
        ("ddim", 6, 0.046, 1.03),
        ("ddim", 50, 0.023, 1.031),
        ("ddim", 1000, 0.005, 1.002),
    ],
)
def test_the_bias_of_few_steps(
    sampler: Sampler, n_steps: int, mean_error: float, deviation_ratio: float
) -> None:
    """How far the exact moments are from the data's, mean 0.3 and deviation 0.2."""
    schedule = schedules.fitted(n_steps, sampler)
    mean, variance = variances(schedule, sampler, MEAN, VARIANCE)
    assert abs(mean - MEAN) <= mean_error
    assert 1 / deviation_ratio <= math.sqrt(variance / VARIANCE) <= deviation_ratio


def test_many_steps_converge() -> None:
    """From a start without any signal, mean and variance become those of the data."""
    errors = []
    for n in (100, 1000):
        betas = schedules.linear(n, 1e-6, 0.02 * 1000 / n)
        mean, variance = variances(betas, "ddim", MEAN, VARIANCE)
        errors.append(max(abs(mean / MEAN - 1), abs(variance / VARIANCE - 1)))
    assert errors[1] < errors[0] / 5 and errors[1] < 0.02


@pytest.mark.parametrize("sampler", ["ancestral", "ddim"])
def test_a_perfect_prediction_gives_the_clean_waveform(sampler: Sampler) -> None:
    """When the noise is known, both samplers end in the waveform it was added to."""
    clean = torch.rand(50, dtype=torch.float64) * 2 - 1

    def predict(y: torch.Tensor, level: float) -> torch.Tensor:
        return (y - level * clean) / math.sqrt(1 - level**2)

    schedule = schedules.fitted(6, sampler)
    for clamp in ("none", "clean", "sample"):
        made = samplers.sample(predict, draw(n=50), schedule, sampler, clamp)
        torch.testing.assert_close(made, clean)


def test_the_ancestral_step_is_the_posterior() -> None:
    """Equations 7 and 11 of the DDPM paper: mean and variance of q(y_{n-1} | y_n, x)."""
    schedule, step = Schedule((0.1, 0.2, 0.3)), 2
    y, eps = torch.randn(9, dtype=torch.float64), torch.randn(9, dtype=torch.float64)
    alpha_bar, before, beta = 0.9 * 0.8 * 0.7, 0.9 * 0.8, 0.3
    clean = samplers.clean_part(y, eps, schedule, step)
    torch.testing.assert_close(
        math.sqrt(alpha_bar) * clean + math.sqrt(1 - alpha_bar) * eps, y, msg="not its inverse"
    )
    mean = (y - beta / math.sqrt(1 - alpha_bar) * eps) / math.sqrt(1 - beta)
    torch.testing.assert_close(samplers.ancestral_step(y, clean, schedule, step), mean)
    expected = math.sqrt((1 - before) / (1 - alpha_bar) * beta)
    assert samplers.posterior_deviation(schedule, step) == pytest.approx(expected)


def test_noise_is_used_in_order() -> None:
    """First the start, then after each step but the last; DDIM draws once."""
    schedule = Schedule((0.1, 0.2, 0.3))
    for sampler, places in (("ancestral", [0, 1, 2]), ("ddim", [0])):
        asked: list[int] = []
        levels: list[float] = []

        def give(place: int, asked: list[int] = asked) -> torch.Tensor:
            asked.append(place)
            return torch.full((1,), float(place))

        def predict(y: torch.Tensor, level: float, levels: list[float] = levels) -> torch.Tensor:
            levels.append(level)
            return torch.zeros_like(y)

        samplers.sample(predict, give, schedule, sampler)
        assert asked == places and len(asked) == samplers.n_draws(schedule, sampler)
        assert levels == list(reversed(schedule.levels))


def test_clamps() -> None:
    """`clean` bounds the predicted waveform, `sample` the waveform after its step."""
    schedule = Schedule((0.5,))

    def predict(y: torch.Tensor, level: float) -> torch.Tensor:
        return torch.zeros_like(y)

    def start(place: int) -> torch.Tensor:
        return torch.tensor([3.0, -0.2])

    found = {
        clamp: samplers.sample(predict, start, schedule, "ancestral", clamp)
        for clamp in ("none", "clean", "sample")
    }
    free = torch.tensor([3.0, -0.2]) / math.sqrt(0.5)
    torch.testing.assert_close(found["none"], free)
    torch.testing.assert_close(found["sample"], free.clamp(-1, 1))
    torch.testing.assert_close(found["clean"], free.clamp(-1, 1))


def test_clamping_the_clean_waveform_changes_the_step() -> None:
    """After it the step is the posterior of the clamped waveform, which is not clamped itself."""
    schedule = Schedule((0.1, 0.5))
    y = torch.tensor([2.0], dtype=torch.float64)
    made = samplers.sample(
        lambda y, level: torch.zeros_like(y) if level < 0.9 else (y - level * 0.5) / 0.1**0.5,
        lambda place: y if place == 0 else torch.zeros_like(y),
        schedule,
        "ancestral",
        "clean",
    )
    # Step 2: the clean waveform is 2 / sqrt(0.45), clamped to 1. Step 1 knows the noise exactly.
    assert float(made) == pytest.approx(0.5)


def test_an_unknown_sampler() -> None:
    with pytest.raises(ConfigError, match="sampler 'euler': there are ancestral, ddim"):
        samplers.sample(lambda y, level: y, draw(), Schedule((0.1,)), "euler")
