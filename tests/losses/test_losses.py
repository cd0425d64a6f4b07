"""Losses against their formulas."""

from __future__ import annotations

import torch

from tts.losses.adversarial import discriminator_loss, feature_matching_loss, generator_loss
from tts.losses.duration import duration_loss


def test_duration_loss_averages_over_real_tokens() -> None:
    predicted = torch.log(torch.tensor([[2.0, 3.0, 9.0], [4.0, 7.0, 7.0]]))
    true = torch.tensor([[2, 6, 1], [4, 0, 0]])
    loss = duration_loss(predicted, true, torch.tensor([3, 1]))
    expected = (torch.log(torch.tensor(2.0)) ** 2 + torch.log(torch.tensor(9.0)) ** 2) / 4
    torch.testing.assert_close(loss, expected)


def test_least_squares_losses_have_their_optimum_at_one_and_zero() -> None:
    ones, zeros = [torch.ones(2, 3)], [torch.zeros(2, 3)]
    assert discriminator_loss(ones, zeros) == 0
    assert discriminator_loss(zeros, ones) == 2
    assert generator_loss(ones) == 0
    assert generator_loss([torch.zeros(2), torch.full((2,), 3.0)]) == 5


def test_feature_matching_sums_layer_means() -> None:
    real = [[torch.zeros(2), torch.zeros(4)]]
    fake = [[torch.ones(2), torch.full((4,), -3.0)]]
    assert feature_matching_loss(real, fake) == 4
