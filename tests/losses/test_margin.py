"""The additive angular margin against angles added one by one."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from tts.losses.margin import angular_margin_loss


def by_angles(cosines: torch.Tensor, classes: torch.Tensor, margin: float, scale: float) -> float:
    """The same, each row by its angle."""
    total = 0.0
    for row, true in zip(cosines.tolist(), classes.tolist()):
        angle = math.acos(row[true]) + margin
        moved = math.cos(angle) if angle <= math.pi else row[true] - margin * math.sin(margin)
        logits = [scale * (moved if i == true else c) for i, c in enumerate(row)]
        total += math.log(sum(math.exp(value - logits[true]) for value in logits))
    return total / len(cosines)


@pytest.mark.parametrize("margin", [0.0, 0.2, 0.5])
def test_it_is_the_cross_entropy_of_widened_angles(margin: float) -> None:
    cosines = (2 * torch.rand(6, 5, dtype=torch.float64) - 1) * 0.99
    cosines[0, 2] = -0.99  # the margin would carry it past half a turn
    classes = torch.tensor([2, 0, 1, 4, 3, 3])
    loss = angular_margin_loss(cosines, classes, margin, 8.0)
    assert float(loss) == pytest.approx(by_angles(cosines, classes, margin, 8.0))


def test_without_a_margin_it_is_a_softmax() -> None:
    cosines, classes = 0.9 * torch.randn(4, 3).tanh(), torch.tensor([0, 1, 2, 0])
    plain = torch.nn.functional.cross_entropy(30 * cosines, classes)
    torch.testing.assert_close(angular_margin_loss(cosines, classes, 0.0, 30.0), plain)


def test_the_margin_costs_and_gradients_stay_finite() -> None:
    cosines = torch.tensor([[1.0, -1.0], [-1.0, 1.0]], requires_grad=True)
    losses = [angular_margin_loss(cosines, torch.tensor([0, 0]), m, 10.0) for m in (0.0, 0.3)]
    assert losses[0] < losses[1]
    losses[1].backward()
    assert cosines.grad.isfinite().all() and (cosines.grad[:, 0] < 0).any()


def test_the_true_cosine_always_pays() -> None:
    """More of the true cosine never costs more, past the half turn too."""
    true = torch.linspace(-1, 1, 401, dtype=torch.float64)
    rows = torch.stack([true, torch.zeros_like(true)], 1)
    each = [float(angular_margin_loss(r[None], torch.tensor([0]), 0.4, 5.0)) for r in rows]
    falls = [b <= a + 1e-6 for a, b in pairwise(each)]
    assert sum(falls) >= len(falls) - 1  # the two pieces meet in one small step
