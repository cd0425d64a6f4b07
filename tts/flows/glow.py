"""Glow over frames: ActNorm, invertible mixing, affine coupling by gated convolutions, and again.

References:
    Glow: Generative Flow with Invertible 1x1 Convolutions (Kingma and Dhariwal, 2018), section 3.
        https://arxiv.org/abs/1807.03039
    Glow-TTS (Kim et al., 2020), section 3.3 and appendix A.1. https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain
from tts.flows.coupling import AffineCoupling
from tts.flows.mixing import GroupedMixing
from tts.nn.conv import Conv1d, planar, weight_norm
from tts.nn.precision import exact
from tts.nn.wavenet import GatedStack

MIN_SCALE = 1e-6  # guards the logarithm of a coupling's sigmoid scale
SCALE_SHIFT = 2.0  # such couplings start near the identity: sigmoid(2) is 0.88


def glow(
    channels: int, n_blocks: int, mixing_group: int, coupling_net: Callable[[], nn.Module]
) -> Chain:
    """The blocks one after another.

    Args:
        channels: of the squeezed frames.
        mixing_group: size of the matrix of each invertible 1x1 convolution.
        coupling_net: makes the network of one coupling, as `AffineCoupling` takes it.
    """
    return Chain(
        flow
        for _ in range(n_blocks)
        for flow in (
            ActNorm(channels),
            GroupedMixing(channels, mixing_group),
            AffineCoupling(coupling_net()),
        )
    )


class CouplingNet(nn.Module):
    """The gated stack between two 1x1 convolutions; starts as the identity coupling.

    Args:
        channels: of the coupling, one half of which comes in.
        width, kernel, dilations, cond_channels, dropout: of the `GatedStack`.
        sigmoid_scale: scale by sigmoid(. + 2) instead of exp.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        kernel: int,
        dilations: Sequence[int],
        *,
        cond_channels: int = 0,
        dropout: float = 0.0,
        sigmoid_scale: bool = False,
    ) -> None:
        super().__init__()
        self.sigmoid_scale = sigmoid_scale
        self.start = weight_norm(Conv1d(channels // 2, width, 1))
        self.stack = GatedStack(
            width, kernel, dilations, cond_channels=cond_channels, dropout=dropout
        )
        self.end = Conv1d(width, channels, 1)
        nn.init.zeros_(self.end.weight)
        nn.init.zeros_(self.end.bias)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None
    ) -> torch.Tensor:
        """(B, C / 2, T) to shift and log-scale, (B, C, T)."""
        x, mask = planar(x), mask.unsqueeze(2)
        cond = None if cond is None else cond.unsqueeze(2)
        out = self.end(self.stack(self.start(x) * mask, mask, cond)).squeeze(2)
        if not self.sigmoid_scale:
            return out
        shift, raw = exact(out).chunk(2, 1)
        return torch.cat([shift, torch.log(MIN_SCALE + torch.sigmoid(raw + SCALE_SHIFT))], 1)
