"""ConvNeXt blocks: both ways to take a frame's product are one, and rows are as if alone."""

from __future__ import annotations

import torch
from torch import nn

from tests.checks import perturb
from tts.nn.conv import same_conv
from tts.nn.convnext import ConvNeXtBlock, framewise, over_time


def test_a_linear_layer_of_frames() -> None:
    layer = nn.Linear(24, 40)
    for n_frames in (3, 2000):  # a plain product, and torch's other one
        x = torch.randn(2, n_frames, 24, requires_grad=True)
        ours, plain = framewise(layer, x), layer(x)
        torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-4)
        found, expected = (torch.autograd.grad(y.square().sum(), x)[0] for y in (ours, plain))
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_a_convolution_over_time() -> None:
    conv, x = same_conv(6, 4, 5), torch.randn(2, 9, 6)
    torch.testing.assert_close(over_time(conv, x), conv(x.transpose(1, 2)).transpose(1, 2))


def test_a_block_starts_as_a_small_residual_and_knows_padding() -> None:
    block = ConvNeXtBlock(6, 10, 7, 0.25)
    assert (block.scale == 0.25).all()
    perturb(block)
    x, mask = torch.randn(1, 12, 6), torch.ones(1, 12, 1)
    mask[:, 8:] = 0
    torch.testing.assert_close(block(x, mask)[:, :8], block(x[:, :8]))
