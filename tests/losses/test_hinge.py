"""Hinge losses against their formulas."""

from __future__ import annotations

import torch

from tts.losses.hinge import discriminator_loss, generator_loss


def test_scores_beyond_the_margin_cost_nothing() -> None:
    real, fake = [torch.tensor([1.0, 7.0])], [torch.tensor([-1.0, -3.0])]
    assert discriminator_loss(real, fake) == 0
    assert discriminator_loss(fake, real) == (2 + 4) / 2 + (2 + 8) / 2
    assert generator_loss(real) == 0
    assert generator_loss(fake) == 3


def test_discriminators_weigh_alike() -> None:
    scores = [torch.zeros(2), torch.full((9,), -3.0)]
    assert generator_loss(scores) == (1 + 4) / 2
    assert discriminator_loss(scores, scores) == ((1 + 1) + (4 + 0)) / 2
