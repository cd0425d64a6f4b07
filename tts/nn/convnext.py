"""ConvNeXt blocks over time.

References:
    A ConvNet for the 2020s (Liu et al., 2022), section 2.6 and figure 4.
        https://arxiv.org/abs/2201.03545
    Vocos (Siuzdak, 2023), section 3.2, for one dimension. https://arxiv.org/abs/2306.00814
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import gelu

from tts.nn.conv import Conv1d, pointwise, same_padding

EPS = 1e-6  # of the layer norms: guards the division on a constant frame


class ConvNeXtBlock(nn.Module):
    """A depthwise convolution and, frame by frame, a layer norm and two linear layers; a residual.

    A frame's channels lie side by side throughout: to the depthwise convolution that is the planar
    layout (`nn/conv.py`), to the linear layers a plain matrix product.

    Args:
        hidden: width between the two linear layers.
        scale: what the residual branch is first multiplied by, channel by channel.
    """

    def __init__(self, channels: int, hidden: int, kernel: int, scale: float) -> None:
        super().__init__()
        padding = same_padding(kernel)
        self.depthwise = Conv1d(channels, channels, kernel, padding=padding, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=EPS)
        self.widen = nn.Linear(channels, hidden)
        self.narrow = nn.Linear(hidden, channels)
        self.scale = nn.Parameter(torch.full((channels,), scale))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(B, T, C) to the same; a mask (B, T, 1) keeps padding out of the convolution."""
        y = over_time(self.depthwise, x if mask is None else x * mask)
        y = framewise(self.narrow, gelu(framewise(self.widen, self.norm(y))))
        return torch.addcmul(x, self.scale, y.to(x.dtype))


def over_time(conv: Conv1d, x: torch.Tensor) -> torch.Tensor:
    """A convolution of (B, T, C) to (B, T, C'), which copies nothing."""
    return _back(conv(_planar(x)))


def framewise(layer: nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """A linear layer of (B, T, C) to (B, T, C').

    In float32 on a CPU it runs as a convolution, for which torch has a product that is up to twice
    as fast; an export shall see what it is.
    """
    half = torch.is_autocast_enabled(x.device.type) or layer.weight.dtype != torch.float32
    if x.device.type != "cpu" or half or torch.compiler.is_exporting():
        return layer(x)
    return _back(pointwise(_planar(x), layer.weight.unsqueeze(2), layer.bias))


def _planar(x: torch.Tensor) -> torch.Tensor:
    """(B, T, C) as the planar (B, C, 1, T)."""
    return x.transpose(1, 2).unsqueeze(2)


def _back(x: torch.Tensor) -> torch.Tensor:
    return x.squeeze(2).transpose(1, 2)
