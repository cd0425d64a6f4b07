"""How far a Gaussian posterior is from the standard normal.

References:
    Auto-Encoding Variational Bayes (Kingma and Welling, 2013), appendix B.
        https://arxiv.org/abs/1312.6114
"""

from __future__ import annotations

import torch

from tts.nn.precision import exact


def standard_kl(mean: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, std^2) || N(0, 1)) of every element, in nats, in at least float32.

    (mean^2 + std^2 - 1) / 2 - log std.
    """
    mean, log_std = exact(mean), exact(log_std)
    return 0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std
