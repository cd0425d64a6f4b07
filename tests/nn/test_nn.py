"""Layers: attention against a plain reference, both layouts, masks, noise, norms."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tts.contracts import Window
from tts.errors import DataError
from tts.nn.attention import EncoderBlock, RelativeSelfAttention
from tts.nn.conv import (
    ChannelNorm,
    Conv1d,
    ConvTranspose1d,
    GroupedConv1d,
    fold,
    planar,
    same_conv,
    weight_norm,
)
from tts.nn.discriminators import MultiPeriod, MultiResolution, MultiScale, judge, judge_both
from tts.nn.freeze import frozen
from tts.nn.masking import length_mask, row_noise, row_uniform, sample_noise, token_of_frame
from tts.nn.spectral import spectral_norm
from tts.nn.wavenet import GatedStack


def reference_attention(layer: RelativeSelfAttention, x: torch.Tensor, n: int) -> torch.Tensor:
    """Equation by equation, one query and one head at a time, for the first n tokens of a row."""
    width, heads = layer.head_channels, layer.n_heads
    query, key, value = (p(x[None, :, :n])[0] for p in (layer.query, layer.key, layer.value))
    out = torch.zeros(heads * width, n)
    for head in range(heads):
        own = slice(head * width, (head + 1) * width)
        for i in range(n):
            logits, values = [], []
            for j in range(n):
                if layer.block is not None and abs(i - j) > layer.block:
                    continue
                k, v = key[own, j], value[own, j]
                if layer.window is not None and abs(j - i) <= layer.window:
                    k = k + layer.relative_key[j - i + layer.window]
                    v = v + layer.relative_value[j - i + layer.window]
                logits.append(query[own, i] @ k / width**0.5)
                values.append(v)
            out[own, i] = torch.stack(logits).softmax(0) @ torch.stack(values)
    return layer.out(out[None])[0]


@pytest.mark.parametrize(("window", "block"), [(2, None), (None, None), (2, 3), (9, None)])
def test_relative_attention(window: int | None, block: int | None) -> None:
    layer = RelativeSelfAttention(8, 2, window, block, dropout=0.0)
    x, lens = torch.randn(2, 8, 7), [7, 4]
    mask = length_mask(torch.tensor(lens), 7)
    out = layer(x * mask, mask)
    for row, n in enumerate(lens):
        expected = reference_attention(layer, x[row], n)
        torch.testing.assert_close(out[row, :, :n], expected, atol=1e-5, rtol=1e-4)


def test_encoder_block_ignores_padding() -> None:
    block = EncoderBlock(8, 12, 3, 2, 2, None, dropout=0.0, eps=1e-5)
    x = torch.randn(1, 8, 9)
    mask = length_mask(torch.tensor([6]), 9)
    padded = block(x * mask, mask)
    alone = block(x[:, :, :6], torch.ones(1, 1, 6))
    torch.testing.assert_close(padded[:, :, :6], alone)
    assert (padded[:, :, 6:] == 0).all()


@pytest.mark.parametrize(
    "layer",
    [
        same_conv(4, 6, 5, dilation=3),
        Conv1d(4, 6, 4, stride=2, padding=1, groups=2),
        ConvTranspose1d(4, 6, 8, 4, padding=2),
        weight_norm(same_conv(4, 6, 3)),
    ],
)
def test_planar_convolutions_equal_plain_ones(layer: nn.Module) -> None:
    x = torch.randn(2, 4, 16)
    torch.testing.assert_close(layer(planar(x)).squeeze(2), layer(x))


@pytest.mark.parametrize(
    ("n", "kernel", "stride", "groups"),
    [(64, 41, 2, 4), (63, 41, 4, 2), (65, 41, 1, 4), (50, 7, 3, 2), (9, 15, 4, 1)],
)
def test_grouped_convolution_is_torchs(n: int, kernel: int, stride: int, groups: int) -> None:
    ours = GroupedConv1d(8, 16, kernel, stride, kernel // 2, groups=groups).double()
    x = torch.randn(3, 8, n, dtype=torch.float64, requires_grad=True)
    plain = nn.functional.conv1d(x, ours.weight, ours.bias, stride, kernel // 2, 1, groups)
    inputs = (x, ours.weight, ours.bias)
    torch.testing.assert_close(ours(x), plain)
    for mine, theirs in zip(
        torch.autograd.grad(ours(x).square().sum(), inputs),
        torch.autograd.grad(plain.square().sum(), inputs),
    ):
        torch.testing.assert_close(mine, theirs)


def test_weight_norm_folds_away() -> None:
    layer = weight_norm(same_conv(4, 6, 3))
    x = torch.randn(1, 4, 9)
    before = layer(x)
    torch.testing.assert_close(fold(nn.Sequential(layer))(x), before)
    assert set(layer.state_dict()) == {"weight", "bias"}


def test_channel_norm_equals_layer_norm() -> None:
    norm, reference = ChannelNorm(6, 1e-4), nn.LayerNorm(6, eps=1e-4)
    with torch.no_grad():
        norm.gamma.copy_(torch.randn(6))
        norm.beta.copy_(torch.randn(6))
        reference.weight.copy_(norm.gamma)
        reference.bias.copy_(norm.beta)
    x = torch.randn(2, 6, 5)
    torch.testing.assert_close(norm(x), reference(x.transpose(1, 2)).transpose(1, 2))


def test_gated_stack_ignores_padding_in_both_layouts() -> None:
    stack = GatedStack(4, 3, [1, 2, 4], cond_channels=2)
    x, cond = torch.randn(1, 4, 20), torch.randn(1, 2, 1)
    mask = length_mask(torch.tensor([13]), 20)
    padded = stack(x * mask, mask, cond)
    alone = stack(x[:, :, :13], torch.ones(1, 1, 13), cond)
    torch.testing.assert_close(padded[:, :, :13], alone, atol=1e-6, rtol=1e-5)
    flat = stack(planar(x * mask), mask.unsqueeze(2), cond.unsqueeze(2)).squeeze(2)
    torch.testing.assert_close(flat, padded, atol=1e-6, rtol=1e-5)


def wavenet_by_hand(stack: GatedStack, x: torch.Tensor, cond: torch.Tensor) -> torch.Tensor:
    """The stack's recursion, one position at a time, without its own code."""
    half, total = stack.gate_channels // 2, 0
    rows = stack.gate_channels
    for i, (dilated, res_skip) in enumerate(zip(stack.dilated, stack.res_skip)):
        step, hidden = dilated.dilation[0], torch.zeros(1, rows, x.shape[2])
        width = dilated.kernel_size[0]
        shift = (width - 1) * step if stack.causal else (width - 1) * step // 2
        for t in range(x.shape[2]):
            hidden[:, :, t] = dilated.bias
            for k in range(width):
                at = t + k * step - shift
                if 0 <= at < x.shape[2]:
                    hidden[:, :, t] += x[:, :, at] @ dilated.weight[:, :, k].T
            own = slice(i * rows, (i + 1) * rows)
            hidden[:, :, t] += cond[:, :, t] @ stack.cond.weight[own, :, 0].T
            if stack.cond.bias is not None:
                hidden[:, :, t] += stack.cond.bias[own]
        gated = hidden[:, :half].tanh() * hidden[:, half:].sigmoid()
        out = res_skip(gated)
        if i < stack.n_layers - 1:
            x = (x + out[:, : stack.channels]) * stack.residual_scale
        total = total + stack.skip_scales[i] * out[:, -stack.skip_channels :]
    return total


@torch.no_grad()
@pytest.mark.parametrize("causal", [False, True])
def test_gated_stack_by_hand(causal: bool) -> None:
    stack = GatedStack(
        4, 2 if causal else 3, [1, 2, 4], gate_channels=10, skip_channels=6, cond_channels=2,
        cond_bias=causal, causal=causal, residual_scale=0.7, skip_scales=[0.5, 1.0, 2.0],
    )  # fmt: skip
    x, cond = torch.randn(1, 4, 17), torch.randn(1, 2, 17)
    expected = wavenet_by_hand(stack, x, cond)
    torch.testing.assert_close(stack(x, None, cond), expected, atol=1e-5, rtol=1e-5)
    flat = stack(planar(x), None, planar(cond)).squeeze(2)
    torch.testing.assert_close(flat, expected, atol=1e-5, rtol=1e-5)


def test_spectral_norm_converges_to_the_largest_singular_value() -> None:
    layer = spectral_norm(nn.Conv1d(3, 5, 4))
    weight = layer.parametrizations.weight.original.detach().flatten(1)
    for _ in range(200):
        layer.weight  # noqa: B018  each look takes a step of the power iteration
    torch.testing.assert_close(layer.weight.flatten(1), weight / torch.linalg.svdvals(weight)[0])
    layer.eval()
    u = layer.parametrizations.weight[0].u.clone()
    layer.weight  # noqa: B018
    assert torch.equal(u, layer.parametrizations.weight[0].u)


def test_spectral_norm_has_the_right_gradient() -> None:
    layer = spectral_norm(nn.Conv1d(2, 3, 4)).double().eval()
    original = layer.parametrizations.weight.original

    def normed(weight: torch.Tensor) -> torch.Tensor:
        return layer.parametrizations.weight[0](weight)

    assert torch.autograd.gradcheck(normed, (original,))


@pytest.mark.parametrize(
    "discriminator",
    [MultiPeriod((2, 3), (4, 8)), MultiScale(2, 16), MultiResolution((32, 64), 4)],
)
def test_judging_together_equals_judging_apart(discriminator: nn.Module) -> None:
    discriminator.eval()
    real, fake = torch.randn(2, 1, 100), torch.randn(2, 1, 100)
    pairs = judge_both(discriminator, real, fake)
    for (a, b), x, y in zip(pairs, judge(discriminator, real), judge(discriminator, fake)):
        torch.testing.assert_close(a.scores, x.scores)
        torch.testing.assert_close(b.features, y.features)


def test_a_spectrogram_of_too_few_samples_is_refused() -> None:
    with pytest.raises(DataError, match=r"lower vocoder\.resolutions"):
        judge(MultiResolution((64,), 4), torch.randn(1, 1, 32))


def test_frozen_lets_gradients_through_but_records_none() -> None:
    layer, x = nn.Linear(2, 2), torch.randn(1, 2, requires_grad=True)
    with frozen(layer):
        out = layer(x)
    out.sum().backward()
    assert x.grad is not None and layer.weight.grad is None and layer.weight.requires_grad


def test_masks_and_tokens_of_frames() -> None:
    assert length_mask(torch.tensor([2, 0]), 3).tolist() == [[[1, 1, 0]], [[0, 0, 0]]]
    durations = torch.tensor([[2, 0, 3], [1, 1, 0]])
    assert token_of_frame(durations, 5).tolist() == [[0, 0, 2, 2, 2], [0, 1, 2, 2, 2]]


def test_noise_of_a_row_depends_on_its_seed_alone() -> None:
    noise = row_noise([1, 2], [200, 90], 4, 200)
    for row, seed in ((0, 1), (1, 2)):
        for n in (3, 64, 70):
            assert torch.equal(noise[row : row + 1, :, :n], row_noise(seed, [n], 4, n))
    assert (noise[1, :, 90:] == 0).all()
    assert abs(float(row_noise(0, [4000], 8, 4000).std()) - 1) < 0.02


@pytest.mark.parametrize("start", [0, 1, 63, 64, 100, 640])
def test_noise_is_addressed_by_position(start: int) -> None:
    for draw in (row_noise, row_uniform):
        whole = draw(5, [800], 3, 800)
        assert torch.equal(draw(5, [70], 3, 70, start), whole[:, :, start : start + 70])


def test_blocks_and_neighbouring_seeds_share_no_noise() -> None:
    blocks = row_uniform([0, 1, 2, 3], [640] * 4, 1, 640).view(-1, 64)
    assert len({tuple(block.tolist()) for block in blocks}) == 40
    correlation = torch.corrcoef(row_noise([0, 1], [6400] * 2, 1, 6400).squeeze(1))
    assert abs(float(correlation[0, 1])) < 0.05
    assert float(blocks.min()) >= 0 and float(blocks.max()) < 1
    assert abs(float(blocks.mean()) - 0.5) < 0.02


def test_sample_noise_lies_in_its_window() -> None:
    frames = torch.zeros(2, 3, 20)
    whole = sample_noise([4, 5], frames, torch.tensor([20, 9]), hop=4)
    assert whole.shape == (2, 80) and (whole[1, 36:] == 0).all()
    piece = sample_noise([4, 5], frames[:, :, 7:], None, 4, Window(first=7))
    assert torch.equal(piece[0], whole[0, 28:])
    assert torch.equal(piece[1, :8], whole[1, 28:36])
