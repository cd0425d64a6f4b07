"""Resampling by whole factors: against torch's in float64, and the positions it is made of."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tts.nn.conv import planar
from tts.nn.resample import Resampling, resample, source, union, widened


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("n", [1, 2, 9])
def test_against_torch(mode: Resampling, factor: int, n: int) -> None:
    for before, after in ((n, n * factor), (n * factor, n)):
        x = torch.randn(2, 3, before)
        expected = F.interpolate(x.double(), after, mode=mode).float()
        found = resample(planar(x), after, mode).squeeze(2)
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("after", [24, 2, 3])
def test_gradients_and_layout(mode: Resampling, after: int) -> None:
    x = torch.randn(1, 2, 1, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: resample(x, after, mode), x)
    made = resample(planar(torch.randn(2, 8, 6)), after, mode)
    assert made.stride() == planar(made.squeeze(2)).stride()  # convolutions go by the strides


def test_the_position_does_not_matter() -> None:
    """Far from the start as near it: what is made in pieces must equal the whole."""
    x = torch.randn(1, 1, 1, 3000)
    whole = resample(x, 9000, "linear")
    piece = resample(x[..., 2990:], 30, "linear")
    assert torch.equal(whole[..., -20:], piece[..., -20:])


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize(("up", "down"), [(2, 1), (3, 1), (5, 1), (1, 2), (1, 3), (1, 4), (1, 5)])
def test_source_is_what_matters_and_no_more(mode: Resampling, up: int, down: int) -> None:
    n = 12 * down
    for place in (4, 5, 6, 7):
        x = torch.zeros(1, 1, 1, n, requires_grad=True)
        made = resample(x, n * up // down, mode)
        made[..., place].sum().backward()
        touched = x.grad.flatten().nonzero().flatten()
        span = source((place, place), up, down, mode)
        assert span[0] <= int(touched.min()) and int(touched.max()) <= span[1]
        assert span[1] - span[0] <= 1


def test_spans() -> None:
    assert widened((2, 5), 3) == (-1, 8)
    assert union((2, 5), (-1, 4)) == (-1, 5)
    assert source((-3, 7), 2, 1, "nearest") == (-2, 3)
