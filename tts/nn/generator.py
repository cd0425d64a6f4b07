"""The HiFi-GAN generator: transposed convolutions, each followed by residual blocks in parallel.

References:
    HiFi-GAN (Kong, Kim and Bae, 2020), section 2.2 and appendix A.1.
        https://arxiv.org/abs/2010.05646
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import leaky_relu

from tts.errors import ConfigError
from tts.nn.conv import ConvTranspose1d, planar, same_conv, weight_norm
from tts.nn.masking import length_mask

SLOPE = 0.1  # of the leaky ReLUs inside
LAST_SLOPE = 0.01  # before the last convolution, as published


class ResidualBlock(nn.Module):
    """Dilated convolutions with residuals.

    Type 1 follows every dilated convolution with an undilated one; type 2 does not.
    """

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int], type_: int) -> None:
        super().__init__()
        self.dilated = nn.ModuleList(
            weight_norm(same_conv(channels, channels, kernel, d)) for d in dilations
        )
        self.plain = nn.ModuleList(
            weight_norm(same_conv(channels, channels, kernel)) for _ in dilations if type_ == 1
        )

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Planar (B, C, 1, N) to the same; a mask (B, 1, 1, N) keeps padding at zero.

        What a convolution returns belongs to nobody else, so it is changed in place.
        """
        for layer, dilated in enumerate(self.dilated):
            hidden = dilated(_masked(leaky_relu(x, SLOPE), mask))
            if self.plain:
                hidden = self.plain[layer](_masked(leaky_relu(hidden, SLOPE, inplace=True), mask))
            x = hidden.add_(x)
        return x


class Stage(nn.Module):
    """Upsample by `rate`, then the mean of residual blocks of different kernels."""

    def __init__(
        self,
        channels_in: int,
        rate: int,
        rate_kernel: int,
        kernels: Sequence[int],
        dilations: Sequence[Sequence[int]],
        type_: int,
    ) -> None:
        super().__init__()
        channels = channels_in // 2
        padding = (rate_kernel - rate) // 2
        self.rate = rate
        self.upsample = weight_norm(
            ConvTranspose1d(channels_in, channels, rate_kernel, rate, padding)
        )
        self.blocks = nn.ModuleList(
            ResidualBlock(channels, k, d, type_) for k, d in zip(kernels, dilations)
        )

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Planar (B, C, 1, N) to (B, C / 2, 1, rate * N); the mask is that of the output."""
        x = self.upsample(leaky_relu(x, SLOPE))
        total = self.blocks[0](x, mask)
        for block in self.blocks[1:]:
            total = total.add_(block(x, mask))
        return total.div_(len(self.blocks))


class Generator(nn.Module):
    """Frames (B, C, T) to a waveform (B, 1, T * hop), hop being the product of the rates.

    Args:
        channels_in: of the frames.
        channels: after the first convolution; each stage halves them.
        rates, rate_kernels: of the transposed convolutions; kernel - rate must be even.
        kernels, dilations: of the residual blocks, one list of dilations for each kernel.
        type_: 1 or 2, the kind of residual block.
    """

    def __init__(
        self,
        channels_in: int,
        channels: int,
        rates: Sequence[int],
        rate_kernels: Sequence[int],
        kernels: Sequence[int],
        dilations: Sequence[Sequence[int]],
        type_: int,
    ) -> None:
        super().__init__()
        self.first = weight_norm(same_conv(channels_in, channels, 7))
        self.stages = nn.ModuleList(
            Stage(channels >> i, rate, rate_kernel, kernels, dilations, type_)
            for i, (rate, rate_kernel) in enumerate(zip(rates, rate_kernels))
        )
        self.last = weight_norm(same_conv(channels >> len(rates), 1, 7))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(B, C, T) to (B, 1, T * hop) in -1..1.

        Args:
            mask: (B, 1, T), so that each row comes out as if it were alone.
        """
        x, mask = planar(x), None if mask is None else mask.unsqueeze(2)
        x = self.first(_masked(x, mask))
        for stage in self.stages:
            x = _masked(x, mask)
            mask = None if mask is None else mask.repeat_interleave(stage.rate, 3)
            x = stage(x, mask)
        x = self.last(_masked(leaky_relu(x, LAST_SLOPE), mask))
        return _masked(x.tanh(), mask).squeeze(2)

    def waveform(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, C, T) to samples (B, T * hop) float32, zero past each row's length."""
        mask = None
        if frame_lens is not None and int(frame_lens.min()) < frames.shape[2]:
            mask = length_mask(frame_lens, frames.shape[2])
        return self(frames, mask).squeeze(1).float()


def receptive_frames(
    rates: Sequence[int],
    rate_kernels: Sequence[int],
    kernels: Sequence[int],
    dilations: Sequence[Sequence[int]],
    type_: int,
) -> int:
    """How many frames on each side of a frame its samples depend on."""
    hop = math.prod(rates)
    reach = 3.0 * hop  # the first convolution, in samples of the output
    step = hop
    for rate, rate_kernel in zip(rates, rate_kernels):
        reach += math.ceil(rate_kernel / rate) * step
        step //= rate
        widest = max(
            sum((k - 1) // 2 * (d + (type_ == 1)) for d in ds) for k, ds in zip(kernels, dilations)
        )
        reach += widest * step
    return math.ceil((reach + 3) / hop)


def check_shape(
    source: str,
    hop: int,
    channels: int,
    rates: Sequence[int],
    rate_kernels: Sequence[int],
    kernels: Sequence[int],
    dilations: Sequence[Sequence[int]],
) -> None:
    """Refuse numbers that make no generator of this hop.

    Args:
        source: what messages call the model.
    Raises:
        ConfigError: the rates do not multiply to the hop, or the lists do not fit together.
    """
    if math.prod(rates) != hop:
        raise ConfigError(
            f"{source}: rates {list(rates)} multiply to {math.prod(rates)}, the bridge's hop is "
            f"{hop}; choose rates whose product is the hop"
        )
    if len(rates) != len(rate_kernels):
        raise ConfigError(f"{source}: rates and rate_kernels need the same number of entries")
    if any(kernel % 2 == 0 for kernel in kernels):
        raise ConfigError(f"{source}: kernels {list(kernels)} must all be odd")
    if len(kernels) != len(dilations):
        raise ConfigError(f"{source}: kernels and dilations need the same number of entries")
    if any((k - r) % 2 or k < r for r, k in zip(rates, rate_kernels)):
        raise ConfigError(
            f"{source}: every rate kernel minus its rate must be even and not negative"
        )
    if channels % 2 ** len(rates):
        raise ConfigError(f"{source}: channels must divide by {2 ** len(rates)}")


def _masked(x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    return x if mask is None else x * mask
