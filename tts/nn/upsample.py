"""Frames to the rate of samples, by learned interpolation: what conditions a vocoder.

References:
    WaveNet (van den Oord et al., 2016), section 2.5. https://arxiv.org/abs/1609.03499
    ClariNet (Ping et al., 2018), section 3.1: 2-D transposed convolutions.
        https://arxiv.org/abs/1807.07281
    Parallel WaveGAN (Yamamoto et al., 2019), section 4.1.2: stretching and 2-D convolutions.
        https://arxiv.org/abs/1910.11480
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import nn

from tts.config import Settings
from tts.errors import ConfigError
from tts.nn.conv import weight_norm
from tts.nn.masking import length_mask


class Upsampling(Settings):
    """How frames come to the rate of samples.

    Attributes:
        kind: `transposed`: 2-D transposed convolutions, each with a leaky ReLU; `stretch`: frames
            repeated and smoothed, after a convolution over `context` frames on each side;
            `direct`: one transposed convolution over all channels.
        rates: of the steps, which multiply to the hop; by default as equal as can be. `direct`
            takes one step.
        kernels: widths of the transposed convolutions, by default twice the rates (four times the
            hop for `direct`).
        slope: of the leaky ReLU; 0 is a plain ReLU.
    """

    kind: Literal["transposed", "stretch", "direct"] = "transposed"
    rates: tuple[PositiveInt, ...] | None = None
    kernels: tuple[PositiveInt, ...] | None = None
    slope: NonNegativeFloat = Field(0.4, lt=1)
    context: NonNegativeInt = 2


def build_upsampler(settings: Upsampling, channels: int, hop: int) -> nn.Module:
    """The module that takes (B, C, T) to (B, C, T * hop); it tells its `context_frames`.

    Raises:
        ConfigError: the rates do not multiply to the hop, or do not fit the kernels.
    """
    n_steps = {"transposed": 2, "stretch": 4, "direct": 1}[settings.kind]
    rates = settings.rates or even_factors(hop, n_steps)
    if math.prod(rates) != hop:
        raise ConfigError(
            f"upsampling: rates {list(rates)} multiply to {math.prod(rates)}, the bridge's hop is "
            f"{hop}; choose rates whose product is the hop"
        )
    if settings.kind == "stretch":
        return Stretch(channels, rates, settings.context)
    if settings.kind == "direct":
        kernel = settings.kernels[0] if settings.kernels else 4 * hop
        return Direct(channels, hop, kernel)
    kernels = settings.kernels or tuple(2 * rate + rate % 2 for rate in rates)
    if len(kernels) != len(rates) or any(k < r or (k - r) % 2 for k, r in zip(kernels, rates)):
        raise ConfigError(
            f"upsampling: kernels {list(kernels)} for rates {list(rates)}; give one for each, "
            "which is the rate or more by an even number"
        )
    return Transposed(rates, kernels, settings.slope)


def even_factors(hop: int, n: int) -> tuple[int, ...]:
    """`n` factors of a number, as equal as its primes allow, largest first."""
    factors = [1] * n
    for prime in reversed(_primes(hop)):
        factors[factors.index(min(factors))] *= prime
    return tuple(sorted(factors, reverse=True))


def _primes(number: int) -> list[int]:
    primes, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            primes.append(divisor)
            number //= divisor
        divisor += 1
    return primes


class Transposed(nn.Module):
    """Transposed convolutions over the plane of channels and time, three channels high."""

    def __init__(self, rates: Sequence[int], kernels: Sequence[int], slope: float) -> None:
        super().__init__()
        self.rates, self.slope = tuple(rates), slope
        self.convs = nn.ModuleList(
            weight_norm(
                nn.ConvTranspose2d(
                    1, 1, (3, kernel), stride=(1, rate), padding=(1, (kernel - rate) // 2)
                )
            )
            for rate, kernel in zip(rates, kernels)
        )
        self.context_frames = _reach(rates, [(kernel - 1) / 2 for kernel in kernels])

    def forward(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, C, T) to (B, C, T * hop)."""
        x, rate = _masked(frames, frame_lens, 1).unsqueeze(1), 1
        for conv in self.convs:
            rate *= conv.stride[1]
            x = nn.functional.leaky_relu(conv(x), self.slope)
            x = _masked(x.squeeze(1), frame_lens, rate).unsqueeze(1)
        return x.squeeze(1)


class Stretch(nn.Module):
    """Frames repeated, then smoothed along time; the smoothing starts as a moving average."""

    def __init__(self, channels: int, rates: Sequence[int], context: int) -> None:
        super().__init__()
        self.context, self.rates = context, tuple(rates)
        self.first = nn.Conv1d(channels, channels, 2 * context + 1, bias=False)
        self.smooth = nn.ModuleList()
        for rate in rates:
            conv = nn.Conv2d(1, 1, (1, 2 * rate + 1), padding=(0, rate), bias=False)
            nn.init.constant_(conv.weight, 1 / (2 * rate + 1))
            self.smooth.append(weight_norm(conv))
        self.context_frames = context + _reach(rates, rates)

    def forward(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, C, T) to (B, C, T * hop); beyond the ends, the outermost frame goes on."""
        x, total = self.first(self._extended(frames, frame_lens)), 1
        x = _masked(x, frame_lens, 1)
        for rate, conv in zip(self.rates, self.smooth):
            total *= rate
            x = conv(x.repeat_interleave(rate, 2).unsqueeze(1)).squeeze(1)
            x = _masked(x, frame_lens, total)
        return x

    def _extended(self, frames: torch.Tensor, frame_lens: torch.Tensor | None) -> torch.Tensor:
        """Each row with its own first and last frame repeated over the context."""
        n_frames = frames.shape[2]
        place = torch.arange(-self.context, n_frames + self.context, device=frames.device)
        place = place.clamp(0, n_frames - 1).expand(frames.shape[0], -1)
        if frame_lens is not None:
            place = torch.minimum(place, frame_lens.to(frames.device)[:, None] - 1)
        return frames.gather(2, place[:, None].expand(-1, frames.shape[1], -1))


class Direct(nn.Module):
    """One transposed convolution over all channels; its tail is cut, so it looks back only."""

    def __init__(self, channels: int, hop: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose1d(channels, channels, kernel, stride=hop)
        self.context_frames = max(0, -(-kernel // hop) - 1)

    def forward(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, C, T) to (B, C, T * hop)."""
        hop = self.conv.stride[0]
        x = self.conv(_masked(frames, frame_lens, 1))[:, :, : frames.shape[2] * hop]
        return _masked(x, frame_lens, hop)


def _masked(x: torch.Tensor, frame_lens: torch.Tensor | None, rate: int) -> torch.Tensor:
    if frame_lens is None:
        return x
    return x * length_mask(frame_lens.to(x.device) * rate, x.shape[2]).to(x.dtype)


def _reach(rates: Sequence[int], reaches: Sequence[float]) -> int:
    """Frames on each side that a sample can depend on, from each step's reach in its own steps."""
    reach, step = 0.0, 1.0
    for rate, own in zip(rates, reaches):
        step /= rate
        reach += own * step
    return math.ceil(reach)
