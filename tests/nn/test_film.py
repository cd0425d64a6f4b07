"""WaveGrad's blocks: written out from the figures, and in spans as at once."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.checks import perturb
from tts.nn import film
from tts.nn.conv import planar
from tts.nn.film import DBlock, FiLM, UBlock, UStage, encode_level
from tts.nn.resample import Resampling


def conv(layer: nn.Conv1d, x: torch.Tensor) -> torch.Tensor:
    return F.conv1d(
        x, layer.weight, layer.bias, padding=layer.padding[0], dilation=layer.dilation[0]
    )


def lrelu(x: torch.Tensor) -> torch.Tensor:
    return torch.maximum(x, 0.2 * x)


def test_levels_are_told_apart_by_sines_and_cosines() -> None:
    level = torch.tensor([0.0, 0.3, 0.99])
    code = encode_level(level, 8, 5000.0)
    for k in range(4):
        angle = 5000.0 * level.double() * 10 ** (-4 * k / 4)
        torch.testing.assert_close(code[:, k], angle.sin().float(), atol=1e-3, rtol=0)
        torch.testing.assert_close(code[:, 4 + k], angle.cos().float(), atol=1e-3, rtol=0)


def test_levels_are_encoded_in_float32() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert encode_level(torch.tensor([0.999]), 8, 5000.0).dtype == torch.float32


def test_film_is_the_papers() -> None:
    module, x, level = FiLM(6, 4, 3.0), torch.randn(2, 6, 9), torch.tensor([0.2, 0.9])
    perturb(module)
    hidden = lrelu(conv(module.first, x)) + encode_level(level, 6, 3.0)[:, :, None]
    expected = conv(module.out, hidden)
    shift, scale = module(planar(x), level)
    torch.testing.assert_close(shift.squeeze(2), expected[:, :4])
    torch.testing.assert_close(scale.squeeze(2), expected[:, 4:])


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_the_ublock_is_the_papers(mode: Resampling) -> None:
    block = UBlock(6, 4, 3, (1, 2, 4, 8), mode)
    perturb(block)
    x, shift, scale = torch.randn(2, 6, 7), torch.randn(2, 4, 21), torch.randn(2, 4, 21)

    def modulated(x: torch.Tensor) -> torch.Tensor:
        return lrelu(scale * x + shift)

    def up(x: torch.Tensor) -> torch.Tensor:
        return F.interpolate(x, scale_factor=3, mode=mode)

    main = conv(block.convs[0], up(lrelu(x)))
    main = conv(block.convs[1], modulated(main)) + conv(block.residual, up(x))
    again = conv(block.convs[2], modulated(main))
    expected = main + conv(block.convs[3], modulated(again))
    made = block(block.enter(planar(x)), (planar(shift), planar(scale)))
    torch.testing.assert_close(made.squeeze(2), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_the_dblock_is_the_papers(mode: Resampling) -> None:
    block = DBlock(6, 4, 3, (1, 2, 4), mode)
    perturb(block)
    x = torch.randn(2, 6, 21)
    main = F.interpolate(x, 7, mode=mode)
    for layer in block.convs:
        main = conv(layer, lrelu(main))
    expected = main + F.interpolate(conv(block.residual, x), 7, mode=mode)
    torch.testing.assert_close(block(planar(x)).squeeze(2), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("repeats", [1, 2])
@pytest.mark.parametrize("entered", [False, True])
def test_spans_are_as_the_whole(
    monkeypatch: pytest.MonkeyPatch, mode: Resampling, repeats: int, entered: bool
) -> None:
    monkeypatch.setattr(film, "SPAN_ELEMENTS", 100)  # 24 positions of 4 channels
    blocks = [UBlock(6, 4, 3, (1, 2, 4, 8), mode)]
    blocks += [UBlock(4, 4, 1, (1, 3, 1, 2), mode) for _ in range(repeats - 1)]
    stage = UStage(blocks, FiLM(8, 4, 1.0))
    assert stage.span == 24
    perturb(stage)
    x, features, level = torch.randn(2, 6, 41), torch.randn(2, 8, 123), torch.tensor([0.5])
    given = stage.blocks[0].enter(planar(x)) if entered else planar(x)
    whole = stage(given, planar(features), level)
    with torch.no_grad():
        pieces = stage(given, planar(features), level)
    assert whole.requires_grad and not pieces.requires_grad
    torch.testing.assert_close(pieces, whole.detach(), atol=1e-6, rtol=0)
