"""The gated stack without gradients is the gated stack; convolutions laid out for inference."""

from __future__ import annotations

import pytest
import torch

from tts.nn import wavenet
from tts.nn.conv import Conv1d, fold, planar, pointwise, same_conv, settle
from tts.nn.masking import length_mask
from tts.nn.wavenet import GatedStack, gate, gate_in_place

KINDS = {
    "waveglow": {"cond_channels": 5},
    "flowavenet": {"cond_channels": 5, "residual_scale": 0.7},
    "wavenet": {
        "causal": True, "gate_channels": 14, "skip_channels": 3, "cond_channels": 5,
        "cond_bias": False, "residual_scale": 0.7, "skip_scales": (0.1, 0.2, 0.3),
    },
    "alone": {},
}  # fmt: skip


def differing(stack: GatedStack, *inputs: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
    """What comes out with gradients, and without."""
    learning = stack(*inputs)
    with torch.no_grad():
        return learning.detach(), stack(*inputs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_piece", [None, 7, 1])
def test_inference_is_as_training(
    kind: str, n_piece: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = KINDS[kind]
    stack = GatedStack(6, 3, [1, 2, 4], **options).eval()
    if n_piece is not None:
        monkeypatch.setattr(wavenet, "PIECE", n_piece * 2 * stack.gate_channels)
    mask = length_mask(torch.tensor([30, 21]), 30).unsqueeze(2)
    x = planar(torch.randn(2, 6, 30)) * mask
    cond = planar(torch.randn(2, 5, 30)) if "cond_channels" in options else None
    for own_mask in (None, mask):
        learning, infering = differing(stack, x, own_mask, cond)
        torch.testing.assert_close(infering, learning)
    if cond is not None:
        learning, infering = differing(stack, x, None, cond[..., :1])
        torch.testing.assert_close(infering, learning)


def test_inference_leaves_its_input_alone() -> None:
    stack = GatedStack(6, 3, [1, 2], cond_channels=5).eval()
    x, cond = planar(torch.randn(1, 6, 20)), planar(torch.randn(1, 5, 20))
    kept = x.clone(), cond.clone()
    with torch.inference_mode():
        stack(x, None, cond)
    assert torch.equal(x, kept[0]) and torch.equal(cond, kept[1])


def test_inference_in_bfloat16() -> None:
    stack = fold(GatedStack(16, 3, [1, 2, 4], cond_channels=8).eval())
    x, cond = planar(torch.randn(1, 16, 50)), planar(torch.randn(1, 8, 50))
    exact, _ = differing(stack, x, None, cond)
    with torch.autocast("cpu", torch.bfloat16):
        learning, infering = differing(stack, x, None, cond)
        settle(stack, torch.bfloat16)
        _, settled = differing(stack, x, None, cond)
    assert infering.dtype == torch.bfloat16
    assert (infering - exact).std() < 1.2 * (learning - exact).std()
    torch.testing.assert_close(settled, infering)


def test_a_gate_in_place() -> None:
    x = planar(4 * torch.randn(2, 8, 50, dtype=torch.float64))
    torch.testing.assert_close(gate_in_place(x.clone()), gate(x))
    half = x.bfloat16()
    error = (gate_in_place(half.clone()).double() - gate(half.double())).abs()
    assert (
        error.max() < 2**-9 and error.max() < 1.1 * (gate(half) - gate(half.double())).abs().max()
    )


@pytest.mark.parametrize("n", [10, 500])
def test_a_convolution_1_wide_is_a_matrix_product(n: int) -> None:
    """Also where it is given a dilation, to be quicker."""
    conv = Conv1d(48, 7, 1)
    x = torch.randn(2, 48, n)
    expected = conv.weight[:, :, 0] @ x + conv.bias[:, None]
    torch.testing.assert_close(conv(planar(x)).squeeze(2), expected, atol=1e-5, rtol=1e-5)
    one = pointwise(planar(x), conv.weight, conv.bias).squeeze(2)
    torch.testing.assert_close(one, expected, atol=1e-5, rtol=1e-5)
    expected.square().sum().backward()
    wanted, conv.weight.grad = conv.weight.grad, None
    conv(planar(x)).square().sum().backward()
    torch.testing.assert_close(conv.weight.grad, wanted, atol=1e-2, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_settled_convolutions_do_the_same(dtype: torch.dtype) -> None:
    conv, x = same_conv(6, 8, 5, 2), planar(torch.randn(2, 6, 40)).to(dtype)
    expected = torch.nn.functional.conv2d(
        x, conv.weight.to(dtype).unsqueeze(2), conv.bias.to(dtype), padding=(0, 4), dilation=(1, 2)
    )
    settle(conv, dtype)
    assert conv.weight.dtype == conv.bias.dtype == dtype
    assert conv.weight.unsqueeze(2).is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(conv(x), expected)
