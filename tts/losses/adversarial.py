"""Least-squares adversarial losses and feature matching.

References:
    Least Squares GAN (Mao et al., 2017). https://arxiv.org/abs/1611.04076
    HiFi-GAN (Kong et al., 2020), equations 1, 2 and 4. https://arxiv.org/abs/2010.05646
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import nn

from tts.contracts import Losses
from tts.nn.discriminators import judge, judge_both
from tts.nn.freeze import frozen


def discriminator_loss(real: Iterable[torch.Tensor], fake: Iterable[torch.Tensor]) -> torch.Tensor:
    """Sum over discriminators of mean (1 - D(x))^2 + mean D(G)^2."""
    pairs = zip(real, fake)
    return sum((1 - r.float()).square().mean() + f.float().square().mean() for r, f in pairs)


def generator_loss(fake: Iterable[torch.Tensor]) -> torch.Tensor:
    """Sum over discriminators of mean (1 - D(G))^2."""
    return sum((1 - f.float()).square().mean() for f in fake)


def feature_matching_loss(
    real: Iterable[Sequence[torch.Tensor]], fake: Iterable[Sequence[torch.Tensor]]
) -> torch.Tensor:
    """Sum over discriminators and layers of the mean absolute difference of activations."""
    layers = ((r, f) for rs, fs in zip(real, fake) for r, f in zip(rs, fs))
    return sum((r.float() - f.float()).abs().mean() for r, f in layers)


class Late(Protocol):
    """Settings of a model whose discriminators join late, and play in every so many-th step."""

    adversary_from_step: int
    adversary_every: int


def adversary_plays(config: Late, carry: Mapping[str, Any], training: bool) -> bool:
    """Whether discriminators take part in this step.

    Args:
        carry: has the `step` of a training; outside of one they take part.
        training: false on a dev set, which they judge in any step once they have joined.
    """
    step = carry.get("step")
    if step is None:
        return True
    in_turn = not training or step % config.adversary_every == 0
    return in_turn and step >= config.adversary_from_step


def play_discriminators(
    discriminators: nn.ModuleList, names: Sequence[str], real: torch.Tensor, fake: torch.Tensor
) -> Losses:
    """The turn of families of discriminators: one loss each, by name, and their `total`.

    Args:
        real, fake: (B, 1, N); no gradient reaches the maker of the fake.
    """
    losses: Losses = {}
    for name, part in zip(names, discriminators, strict=True):
        pairs = judge_both(part, real, fake.detach())
        losses[name] = discriminator_loss(
            (r.scores for r, _ in pairs), (f.scores for _, f in pairs)
        )
    return {"total": sum(losses.values()), **losses}


def play_generator(
    discriminators: nn.ModuleList, real: torch.Tensor, fake: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The adversarial and the feature-matching loss of the fake's maker.

    The discriminators only judge here, and real speech needs no gradient.
    """
    with frozen(discriminators):
        with torch.no_grad():
            of_real = [j for part in discriminators for j in judge(part, real)]
        of_fake = [j for part in discriminators for j in judge(part, fake)]
    adversarial = generator_loss(f.scores for f in of_fake)
    features = feature_matching_loss((r.features for r in of_real), (f.features for f in of_fake))
    return adversarial, features
