"""What a graph for inference has in the place of parts that only training, or torch, needs.

Runs of ActNorm and mixing become one affine map whose inverse is worked out beforehand, and the
inverse Fourier transform a transposed convolution, which every runtime has.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain, Flow, masked
from tts.flows.mixing import GroupedMixing
from tts.nn.conv import fold
from tts.nn.istft import MIN_ENVELOPE, InverseStft


class AffineMap(nn.Module):
    """The inverse of flows that multiply every frame by a matrix and add to it; that alone.

    Args:
        flows: ActNorms and mixings, in the order of their forward direction.
    """

    def __init__(self, flows: list[Flow], channels: int) -> None:
        super().__init__()
        with torch.no_grad():
            basis = torch.eye(channels, dtype=torch.float64)[None]
            zero = basis.new_zeros(1, channels, 1)
            for flow in reversed(flows):
                basis, zero = (_inverted(flow, x) for x in (basis, zero))
        matrix, offset = basis[0] - zero[0], zero[0]
        self.register_buffer("matrix", matrix.float())
        self.register_buffer("offset", offset.float())

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, C, T) to the same, as the flows' own inverses."""
        del cond  # nothing here is conditioned
        return masked(self.matrix @ y + self.offset, mask)


def _inverted(flow: Flow, y: torch.Tensor) -> torch.Tensor:
    """The inverse of one flow in float64, of frames (1, C, T)."""
    if isinstance(flow, GroupedMixing):
        return torch.linalg.inv(flow._dense(flow.weight.double())) @ y
    assert isinstance(flow, ActNorm)
    scale = flow.scale.double() if flow.signed else flow.log_scale.double().exp()
    return (y - flow.bias.double()[:, None]) / scale[:, None]


class TransposedIstft(nn.Module):
    """`InverseStft` as a transposed convolution, with the same samples."""

    def __init__(self, istft: InverseStft) -> None:
        super().__init__()
        self.hop, self.before = istft.hop, istft.before
        n_fft, window = istft.n_fft, istft.window.double()
        n_bins = n_fft // 2 + 1
        angle = torch.arange(n_bins, dtype=torch.float64)[:, None] * torch.arange(n_fft)
        angle = 2 * math.pi / n_fft * angle
        both_sides = torch.full((n_bins, 1), 2.0, dtype=torch.float64)
        both_sides[0] = 1
        if n_fft % 2 == 0:
            both_sides[-1] = 1
        gain = both_sides / n_fft * window
        bases = torch.cat([angle.cos() * gain, -angle.sin() * gain])
        self.register_buffer("bases", bases.float().unsqueeze(1))  # (2 bins, 1, n_fft)
        self.register_buffer("squares", window.square().float().view(1, 1, -1))

    def forward(
        self, real: torch.Tensor, imaginary: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Spectra (B, T, n_fft // 2 + 1) to samples (B, T * hop)."""
        assert mask is None, "rows of a graph's batch are equally long"
        spectra = torch.cat([real, imaginary], 2).transpose(1, 2)
        wav = self._overlapped(spectra, self.bases)
        envelope = self._overlapped(torch.ones_like(spectra[:1, :1]), self.squares)
        return wav / envelope.clamp_min(MIN_ENVELOPE)

    def _overlapped(self, frames: torch.Tensor, bases: torch.Tensor) -> torch.Tensor:
        n_samples = frames.shape[2] * self.hop
        wav = nn.functional.conv_transpose1d(frames, bases, stride=self.hop)
        return wav[:, 0, self.before : self.before + n_samples]


def for_export(model: nn.Module) -> nn.Module:
    """The model with weight norms folded, flow inverses worked out, and no Fourier transform.

    It changes the model it is given, which can only infer from then on.
    """
    fold(model).eval().requires_grad_(False)
    for part in model.modules():
        if isinstance(part, Chain):
            part.flows = nn.ModuleList(_merged(list(part.flows)))
        for name, child in part.named_children():
            if isinstance(child, InverseStft):
                setattr(part, name, TransposedIstft(child))
    return model


def _merged(flows: list[Flow]) -> list[nn.Module]:
    """Every run of ActNorms and mixings as one affine map."""
    merged: list[nn.Module] = []
    run: list[Flow] = []
    for flow in [*flows, None]:
        if isinstance(flow, ActNorm | GroupedMixing):
            run.append(flow)
            continue
        if run:
            merged.append(AffineMap(run, _channels(run[0])))
            run = []
        if flow is not None:
            merged.append(flow)
    return merged


def _channels(flow: Flow) -> int:
    return flow.channels if isinstance(flow, GroupedMixing) else len(flow.bias)
