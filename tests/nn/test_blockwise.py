"""A stack run block by block is the stack run at once."""

from __future__ import annotations

import pytest
import torch

from tests.checks import perturb
from tts.nn.blockwise import BlockwiseStack
from tts.nn.wavenet import GatedStack

N = 90


def stack(kernel: int = 3, **over: object) -> GatedStack:
    settings = {
        "gate_channels": 6,
        "skip_channels": 5,
        "cond_channels": 3,
        "causal": True,
        "residual_scale": 0.7,
        "skip_scales": (0.5, 1.0, 2.0, 1.0),
        **over,
    }
    made = GatedStack(4, kernel, (1, 2, 4, 1), **settings)
    perturb(made)
    return made.eval().requires_grad_(False)


def run(model: GatedStack, x: torch.Tensor, cond: torch.Tensor, block: int) -> torch.Tensor:
    blockwise = BlockwiseStack(model, x.dtype)
    pairs = zip(x.split(block), cond.split(block))
    return torch.cat([blockwise(*pair) for pair in pairs])


@pytest.mark.parametrize("over", [{}, {"cond_bias": False}, {"kernel": 2}, {"kernel": 1}])
@pytest.mark.parametrize("block", [1, 7, 64, N])
def test_blocks_are_the_whole(over: dict, block: int) -> None:
    model = stack(**over).double()
    x, cond = torch.randn(N, 4).double(), torch.randn(N, 3).double()
    expected = model(x.t()[None], None, cond.t()[None])[0].t()
    torch.testing.assert_close(run(model, x, cond, block), expected, atol=1e-12, rtol=0)


def test_single_precision() -> None:
    model, x, cond = stack(), torch.randn(N, 4), torch.randn(N, 3)
    expected = model(x.t()[None], None, cond.t()[None])[0].t()
    torch.testing.assert_close(run(model, x, cond, 16), expected, atol=1e-5, rtol=1e-5)


def test_half_precision_sums_its_skips_in_full() -> None:
    model, x, cond = stack(), torch.randn(N, 4), torch.randn(N, 3)
    exactly = run(model, x, cond, 16)
    nearly = run(model, x.bfloat16(), cond.bfloat16(), 16)
    assert nearly.dtype == torch.float32
    assert 0 < (nearly - exactly).square().mean() < 1e-3 * exactly.var()


def test_a_stack_that_looks_ahead_is_refused() -> None:
    with pytest.raises(AssertionError, match="never looks ahead"):
        BlockwiseStack(stack(causal=False), torch.float32)
