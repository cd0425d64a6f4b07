"""Least-squares adversarial losses and feature matching.

References:
    Least Squares GAN (Mao et al., 2017). https://arxiv.org/abs/1611.04076
    HiFi-GAN (Kong et al., 2020), equations 1, 2 and 4. https://arxiv.org/abs/2010.05646
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch


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
