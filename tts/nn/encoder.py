"""Encoders of waveforms: by strided convolutions, or by way of a spectrogram.

References:
    MelGAN (Kumar et al., 2019), section 2.1: the residual stacks, here on the way down.
        https://arxiv.org/abs/1910.06711
    Conditional Variational Autoencoder with Adversarial Learning for End-to-End Text-to-Speech
        (Kim, Kong and Son, 2021), section 2.1.3: a posterior of linear spectrograms.
        https://arxiv.org/abs/2106.06103
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import leaky_relu, pad

from tts.nn.conv import Conv1d, planar, same_conv, weight_norm

SLOPE = 0.2  # of every leaky ReLU
FLOOR = 1e-3  # of a magnitude, under its logarithm


class ResidualUnit(nn.Module):
    """x plus two convolutions of it, the first of them dilated."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.dilated = weight_norm(same_conv(channels, channels, kernel, dilation))
        self.plain = weight_norm(same_conv(channels, channels, kernel))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Planar (B, C, 1, N) to the same."""
        hidden = self.dilated(_masked(leaky_relu(x, SLOPE), mask))
        hidden = self.plain(_masked(leaky_relu(hidden, SLOPE, inplace=True), mask))
        return hidden.add_(x)


class Stage(nn.Module):
    """Downsample by `stride` into twice the channels, then residual units of growing dilation."""

    def __init__(self, channels_in: int, stride: int, kernel: int, n_units: int) -> None:
        super().__init__()
        channels, width = 2 * channels_in, 2 * stride + stride % 2  # so that N / stride come out
        self.stride = stride
        self.downsample = weight_norm(
            Conv1d(channels_in, channels, width, stride, (width - stride) // 2)
        )
        self.units = nn.ModuleList(ResidualUnit(channels, kernel, 2**i) for i in range(n_units))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Planar (B, C, 1, N) to (B, 2 C, 1, N / stride); the mask is that of the output."""
        x = self.downsample(x)
        for unit in self.units:
            x = unit(x, mask)
        return leaky_relu(x, SLOPE)


class WaveEncoder(nn.Module):
    """Waveforms (B, 1, T * hop) to frames (B, C, T), hop being the product of the strides.

    Args:
        channels: after the first convolution; every stage doubles them.
        strides: of the stages.
        kernel: of the residual units and of the first and last convolution, odd.
        n_units: residual units of a stage, dilated by 1, 2, 4, …
        out_channels: of the frames.
    """

    def __init__(
        self, channels: int, strides: Sequence[int], kernel: int, n_units: int, out_channels: int
    ) -> None:
        super().__init__()
        self.hop = math.prod(strides)
        self.first = weight_norm(same_conv(1, channels, kernel))
        self.stages = nn.ModuleList(
            Stage(channels << i, stride, kernel, n_units) for i, stride in enumerate(strides)
        )
        self.last = weight_norm(same_conv(channels << len(strides), out_channels, kernel))

    def forward(self, wav: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(B, 1, T * hop) to (B, C, T).

        Args:
            mask: of the frames, (B, 1, T), so that each row comes out as if it were alone.
        """
        x, mask = planar(wav), None if mask is None else mask.unsqueeze(2)
        rate = self.hop
        x = self.first(_masked(x, _stretched(mask, rate)))
        for stage in self.stages:
            x = _masked(x, _stretched(mask, rate))
            rate //= stage.stride
            x = stage(x, _stretched(mask, rate))
        return self.last(_masked(x, mask)).squeeze(2)


class SpectrogramEncoder(nn.Module):
    """Waveforms (B, 1, T * hop) to frames (B, C, T), by the logarithm of STFT magnitudes.

    Phases are not listened to. A frame's window is four hops long, with zeros beyond the ends.

    Args:
        channels: of the residual units.
        hop: in samples.
        kernel: of every convolution, odd.
        n_units: residual units, dilated by 1, 2, 4, …
        out_channels: of the frames.
    """

    window: torch.Tensor

    def __init__(
        self, channels: int, hop: int, kernel: int, n_units: int, out_channels: int
    ) -> None:
        super().__init__()
        self.hop = hop
        self.register_buffer("window", torch.hann_window(4 * hop), persistent=False)
        self.first = weight_norm(same_conv(2 * hop + 1, channels, kernel))
        self.units = nn.ModuleList(ResidualUnit(channels, kernel, 2**i) for i in range(n_units))
        self.last = weight_norm(same_conv(channels, out_channels, kernel))

    def forward(self, wav: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(B, 1, T * hop) to (B, C, T).

        Args:
            mask: of the frames, (B, 1, T), so that each row comes out as if it were alone.
        """
        mask = None if mask is None else mask.unsqueeze(2)
        wav = _masked(planar(wav), _stretched(mask, self.hop)).flatten(1)
        x = self.first(_masked(planar(self._log_magnitudes(wav)), mask))
        for unit in self.units:
            x = unit(x, mask)
        return self.last(_masked(leaky_relu(x, SLOPE), mask)).squeeze(2)

    def _log_magnitudes(self, wav: torch.Tensor) -> torch.Tensor:
        """(B, T * hop) to (B, 2 * hop + 1, T), always in float32."""
        n_fft, reach = 4 * self.hop, 3 * self.hop
        with torch.autocast(wav.device.type, enabled=False):
            wav = pad(wav.float(), (reach // 2, reach - reach // 2))
            spectrum = torch.stft(
                wav, n_fft, self.hop, window=self.window, center=False, return_complex=True
            )
            return spectrum.abs().clamp_min(FLOOR).log()


def _stretched(mask: torch.Tensor | None, rate: int) -> torch.Tensor | None:
    return None if mask is None else mask.repeat_interleave(rate, 3)


def _masked(x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    return x if mask is None else x * mask
