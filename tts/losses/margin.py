"""The additive angular margin softmax: classes that keep a distance on the sphere."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

MIN_SINE_SQUARED = 1e-7  # guards the root where a vector lies on its class: its slope is infinite


def angular_margin_loss(
    cosines: torch.Tensor, classes: torch.Tensor, margin: float, scale: float
) -> torch.Tensor:
    """Mean cross-entropy of scale * cos(angle), the angle of the true class widened by `margin`.

    Where the angle and the margin make more than half a turn, the cosine would rise again; there
    it is cos(angle) - margin sin(margin), which goes on falling.

    Args:
        cosines: between vectors and classes, (B, K).
        classes: the true ones, (B,) int64.
        margin: radians, 0 to pi / 2; 0 is a plain softmax of cosines.
        scale: the logits' range.

    References:
        ArcFace: additive angular margin loss (Deng et al., 2019), equation 3.
            https://arxiv.org/abs/1801.07698
        Margin matters (Xiang et al., 2019), for speakers. https://arxiv.org/abs/1906.07317
    """
    true = cosines.gather(1, classes[:, None])
    sine = (1 - true.square()).clamp_min(MIN_SINE_SQUARED).sqrt()
    moved = true * math.cos(margin) - sine * math.sin(margin)
    beyond = true < -math.cos(margin)  # angle + margin > pi
    moved = torch.where(beyond, true - margin * math.sin(margin), moved)
    logits = cosines.scatter(1, classes[:, None], moved)
    return F.cross_entropy(scale * logits, classes)
