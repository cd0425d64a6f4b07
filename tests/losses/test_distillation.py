"""Divergences of a student: closed forms against sampling and against integrals."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal

from tts.losses.distillation import (
    cross_entropy,
    directed_gaussian_kl,
    gaussian_kl,
    logistic_entropy,
    scale_regulariser,
    standard_logistic,
)
from tts.nn.output import LogisticMixture


def logistic_log_density(x: torch.Tensor, mean: float, scale: float) -> torch.Tensor:
    z = (x - mean) / scale
    return -z.abs() - 2 * torch.log1p(torch.exp(-z.abs())) - math.log(scale)


def integral(values: torch.Tensor, x: torch.Tensor) -> float:
    return float(torch.trapezoid(values, x))


@pytest.mark.parametrize(
    "numbers",
    [
        (0.1, -2.0, 0.3, -1.5),
        (-0.4, -1.0, 0.2, -3.0),
        (0.0, -5.0, 0.0, -5.0),
        (0.2, 0.0, 0.2, 1.0),
    ],
)
def test_gaussian_kl_against_monte_carlo(numbers: tuple[float, ...]) -> None:
    mean_q, log_q, mean_p, log_p = torch.tensor(numbers, dtype=torch.float64)
    q, p = Normal(mean_q, log_q.exp()), Normal(mean_p, log_p.exp())
    x = q.sample((400_000,))
    scores = q.log_prob(x) - p.log_prob(x)
    error = float(scores.std()) / math.sqrt(len(x))
    assert (
        abs(float(gaussian_kl(mean_q, log_q, mean_p, log_p) - scores.mean())) <= 4 * error + 1e-12
    )


def test_gaussian_kl_of_floored_scales() -> None:
    """Below the floor only the means count; the regulariser still pulls the scales together."""
    q, p = (torch.tensor(0.1), torch.tensor(-9.0)), (torch.tensor(0.2), torch.tensor(-7.0))
    expected = 0.1**2 / (2 * math.exp(-12))
    assert float(gaussian_kl(*q, *p)) == pytest.approx(expected, rel=1e-5)
    assert float(scale_regulariser(q[1], p[1])) == 4


def test_direction() -> None:
    q, p = torch.randn(2, 2, 9)
    forward = directed_gaussian_kl(tuple(q), tuple(p))
    assert torch.equal(forward, gaussian_kl(*q, *p))
    assert torch.equal(
        directed_gaussian_kl(tuple(q), tuple(p), "teacher_student"), gaussian_kl(*p, *q)
    )


@pytest.mark.parametrize("log_scale", [-6.0, -2.0, 0.5])
def test_logistic_entropy_against_an_integral(log_scale: float) -> None:
    scale = math.exp(log_scale)
    x = torch.linspace(-60 * scale, 60 * scale, 200_001, dtype=torch.float64)
    log_density = logistic_log_density(x, 0.0, scale)
    expected = integral(-log_density.exp() * log_density, x)
    assert float(logistic_entropy(torch.tensor(log_scale))) == pytest.approx(expected, abs=1e-6)


def test_standard_logistic_has_its_distribution() -> None:
    made = standard_logistic((torch.arange(100_000).double() + 0.5) / 100_000)
    assert float(made.var()) == pytest.approx(math.pi**2 / 3, rel=2e-3)
    assert torch.isfinite(standard_logistic(torch.tensor([0.0, 1.0]))).all()


@pytest.mark.parametrize("n_scores", [1, 3, 10])
def test_cross_entropy_against_an_integral(n_scores: int) -> None:
    """A narrow logistic under a mixture of two, unbiased for every number of samples."""
    output, mean, scale = LogisticMixture(2, 65_536, -16.0), 0.1, 0.04
    parameters = torch.tensor([0.3, -0.2, 0.05, 0.2, -3.5, -2.0]).view(1, 6, 1)
    x = torch.linspace(-0.99, 0.99, 100_001, dtype=torch.float64)
    density = logistic_log_density(x, mean, scale).exp()
    scores = output.log_prob(parameters.double(), x[None])[0]
    expected = -integral(density * scores, x)
    n = 20_000
    made = cross_entropy(
        lambda s: output.log_prob(parameters, s),
        torch.full((1, n), mean),
        torch.full((1, n), math.log(scale)),
        n_scores,
        generator=torch.Generator().manual_seed(1),
    )
    assert made.shape == (1, n)
    error = float(made.std()) / math.sqrt(n)
    assert abs(float(made.mean()) - expected) < 4 * error


def test_strata_make_it_quieter() -> None:
    """Sixteen stratified samples vary far less than sixteen independent ones would."""

    def spread(n_scores: int) -> float:
        zeros, log_scale = torch.zeros(1, 4000), torch.full((1, 4000), -2.0)
        output = LogisticMixture(1, 65_536, -16.0)
        parameters = torch.tensor([0.0, 0.05, -2.5]).view(1, 3, 1)
        return float(
            cross_entropy(
                lambda s: output.log_prob(parameters, s), zeros, log_scale, n_scores
            ).std()
        )

    assert spread(16) < 0.5 * spread(1) / 4


def test_gradients_reach_student_and_teacher() -> None:
    """However many samples are in memory at once, the value and its gradients are the same."""
    results = []
    for n_at_once in (1, 2, 8):
        mean = torch.zeros(1, 5, requires_grad=True)
        log_scale = torch.full((1, 5), -2.0, requires_grad=True)
        location = torch.full((1, 5), 0.3, requires_grad=True)

        def score(x: torch.Tensor, location: torch.Tensor = location) -> torch.Tensor:
            return -(x - location).square()

        generator = torch.Generator().manual_seed(0)
        value = cross_entropy(
            score, mean, log_scale, 8, generator=generator, n_at_once=n_at_once
        ).sum()
        value.backward()
        assert all(t.grad.abs().min() > 0 for t in (mean, log_scale, location))
        results.append((value.detach(), mean.grad, location.grad))
        torch.testing.assert_close(location.grad, -mean.grad)
    expected = 5 * (0.3**2 + math.exp(-4.0) * math.pi**2 / 3)
    assert float(results[0][0]) == pytest.approx(expected, rel=0.25)
