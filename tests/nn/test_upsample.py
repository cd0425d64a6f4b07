"""Upsampling: lengths, rows and padding, reach, and the constants that are refused."""

from __future__ import annotations

import pytest
import torch

from tts.errors import ConfigError
from tts.nn.upsample import Upsampling, build_upsampler, even_factors

KINDS = [
    {"kind": "transposed"},
    {"kind": "transposed", "rates": (3, 4), "slope": 0.0},
    {"kind": "transposed", "kernels": (4, 3)},
    {"kind": "stretch"},
    {"kind": "stretch", "rates": (3, 4), "context": 1},
    {"kind": "direct"},
    {"kind": "direct", "kernels": (12,)},
]


@pytest.mark.parametrize("settings", KINDS)
def test_length_rows_and_padding(settings: dict) -> None:
    upsampler = build_upsampler(Upsampling(**settings), 5, 12)
    frames = torch.randn(2, 5, 9)
    lens = torch.tensor([9, 6])
    whole = upsampler(frames, lens)
    assert whole.shape == (2, 5, 108)
    torch.testing.assert_close(whole[:1], upsampler(frames[:1]))
    torch.testing.assert_close(whole[1:, :, :72], upsampler(frames[1:, :, :6]))
    assert whole[1, :, 72:].abs().max() == 0
    frames[1, :, 6:] = 99
    assert torch.equal(upsampler(frames, lens), whole)


@pytest.mark.parametrize("settings", KINDS)
def test_reach(settings: dict) -> None:
    upsampler = build_upsampler(Upsampling(**settings), 5, 12)
    frames = torch.randn(1, 5, 21)
    changed = frames.clone()
    changed[:, :, 10] += 1
    differs = (upsampler(frames) != upsampler(changed)).any(1).view(21, 12).any(1)
    touched = differs.nonzero().flatten()
    reach = max(10 - int(touched.min()), int(touched.max()) - 10)
    assert reach <= upsampler.context_frames <= reach + 1


def test_stretching_starts_as_smoothing() -> None:
    upsampler = build_upsampler(Upsampling(kind="stretch", context=0), 1, 16)
    torch.nn.init.ones_(upsampler.first.weight)
    out = upsampler(torch.full((1, 1, 9), 2.0))
    torch.testing.assert_close(out[:, :, 32:-32], torch.full((1, 1, 80), 2.0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rates": (4, 4)}, r"rates \[4, 4\] multiply to 16, the bridge's hop is 12"),
        ({"rates": (3, 4), "kernels": (6, 8)}, r"kernels \[6, 8\] for rates \[3, 4\]"),
        ({"rates": (3, 4), "kernels": (5,)}, r"kernels \[5\]"),
        ({"rates": (3, 4), "kernels": (5, 2)}, "the rate or more"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_upsampler(Upsampling(**settings), 5, 12)


def test_factors() -> None:
    assert even_factors(256, 2) == (16, 16)
    assert even_factors(256, 4) == (4, 4, 4, 4)
    assert even_factors(300, 2) == (20, 15)
    assert even_factors(7, 2) == (7, 1)
