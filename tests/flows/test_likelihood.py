"""Units of likelihoods, against torch's own distributions."""

from __future__ import annotations

import math

import pytest
import torch

from tts.flows.likelihood import Explanation, Likelihood, bits_per_sample, normal_log_prob
from tts.nn.prior import Prior


@pytest.mark.parametrize("std", [1.0, 0.7])
def test_density_of_a_normal_latent(std: float) -> None:
    z = torch.randn(3, 2, 5)
    expected = torch.distributions.Normal(0.0, std).log_prob(z).sum((1, 2))
    torch.testing.assert_close(normal_log_prob(z, std), expected)


def test_uniform_noise_takes_all_16_bits() -> None:
    """Its density over [-1, 1] is one half."""
    nats = torch.tensor(-math.log(0.5))
    assert bits_per_sample(nats) == pytest.approx(16)


def test_bits_of_a_likelihood_are_per_sample() -> None:
    found = Likelihood(torch.zeros(2, 10), torch.tensor([0.0, 10.0]), torch.tensor([10, 10]))
    expected = torch.tensor([15.0, 15 - 1 / math.log(2)])
    torch.testing.assert_close(found.bits_per_sample, expected)


def test_an_explanation_adds_the_prior_and_the_flow() -> None:
    """Two rows under a standard normal prior, the second two frames shorter."""
    latent, logdet = torch.randn(2, 3, 6), torch.tensor([0.5, -2.0])
    mask = torch.ones(2, 1, 6)
    mask[1, :, 4:] = 0
    prior = Prior(torch.zeros(2, 3, 2), None, torch.zeros(2, 2), torch.ones(2, 1, 2))
    durations = torch.tensor([[3, 3], [1, 3]])
    found = Explanation(prior, latent, mask, logdet, durations)
    rows = normal_log_prob(latent[:1]), normal_log_prob(latent[1:, :, :4])
    log_prob = torch.cat(rows) + logdet
    torch.testing.assert_close(found.log_prob_per_frame, log_prob / torch.tensor([6, 4]))
    torch.testing.assert_close(found.nll, -log_prob.sum() / (10 * 3))
