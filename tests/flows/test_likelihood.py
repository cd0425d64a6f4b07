"""Units of likelihoods, against torch's own distributions."""

from __future__ import annotations

import math

import pytest
import torch

from tts.flows.likelihood import Likelihood, bits_per_sample, normal_log_prob


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
