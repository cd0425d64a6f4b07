"""Hinge adversarial losses, each a mean over the discriminators of a family.

References:
    Geometric GAN (Lim and Ye, 2017), section 4. https://arxiv.org/abs/1705.02894
    Vocos (Siuzdak, 2023), section 3.3. https://arxiv.org/abs/2306.00814
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import relu


def discriminator_loss(real: Sequence[torch.Tensor], fake: Sequence[torch.Tensor]) -> torch.Tensor:
    """Mean over discriminators of mean max(0, 1 - D(x)) + mean max(0, 1 + D(G))."""
    pairs = list(zip(real, fake, strict=True))
    total = sum(relu(1 - r.float()).mean() + relu(1 + f.float()).mean() for r, f in pairs)
    return total / len(pairs)


def generator_loss(fake: Sequence[torch.Tensor]) -> torch.Tensor:
    """Mean over discriminators of mean max(0, 1 - D(G))."""
    return sum(relu(1 - f.float()).mean() for f in fake) / len(fake)
