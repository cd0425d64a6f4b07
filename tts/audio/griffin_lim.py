"""Log-mel frames back to a waveform, without a learned weight: a floor for every vocoder.

The filter bank is undone by the non-negative spectrum nearest to a flat one in the sense of
Kullback and Leibler, which multiplicative updates reach in a few steps, rather than by a
pseudo-inverse or by least squares: these leave holes, and cost half a point of PESQ. Phases are
then found by the fast Griffin-Lim algorithm.

References:
    Signal estimation from modified short-time Fourier transform (Griffin & Lim, 1984)
    A fast Griffin-Lim algorithm (Perraudin et al., 2013), https://doi.org/10.1109/WASPAA.2013.6701851
    Algorithms for non-negative matrix factorization (Lee & Seung, 2000), theorem 2
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from tts.audio.mel import MelSpectrogram, edge_samples, log_to_linear
from tts.contracts import Contract

_N_UPDATES = 15  # of the spectrum; more change the third digit of PESQ
_TINY = 1e-10  # keeps quotients of silence finite


@torch.no_grad()
def griffin_lim(
    frames: torch.Tensor,
    contract: Contract,
    n_iter: int = 32,
    momentum: float = 0.99,
    seed: int | Sequence[int] = 0,
    *,
    frame_lens: torch.Tensor | None = None,
) -> torch.Tensor:
    """wav (B, T * hop) of frames (B, C, T), aligned with them, zero past each row's length.

    Args:
        frames: log-mel frames, as `contract` says.
        n_iter: turns between waveform and spectrum; 32 is nearly all there is to gain.
        momentum: 0 is the algorithm of 1984, 0.99 is faster; beyond 1 it may not converge.
        seed: of the first phases, one for each row or the same for all.
        frame_lens: (B,), all T by default. What lies beyond changes nothing.
    """
    assert frames.dim() == 3, f"expected frames (B, C, T), got shape {tuple(frames.shape)}"
    encoder = MelSpectrogram(contract).to(frames.device)
    mask = _mask(frames, frame_lens)
    linear = log_to_linear(frames.float(), contract).transpose(1, 2)  # (B, T, C)
    magnitudes = _invert_filters(linear, encoder.filters)
    magnitudes = (magnitudes.sqrt() if contract.power == 2 else magnitudes) * mask
    frame = _Framing(encoder.padded_window(), contract.hop, mask)
    inertia = momentum / (1 + momentum)
    phases = _first_phases(magnitudes, seed)
    last = torch.zeros_like(phases)
    for _ in range(n_iter):
        found = frame.analyse(frame.synthesise(_scale(phases, magnitudes)))
        phases = torch.sgn(torch.sub(found, last, alpha=inertia))
        last = found
    wav = _cut_edges(frame.synthesise(_scale(phases, magnitudes)), contract, frames.shape[2])
    return wav * mask[..., 0].repeat_interleave(contract.hop, dim=1)


def _scale(phases: torch.Tensor, magnitudes: torch.Tensor) -> torch.Tensor:
    """Their product, as real numbers, which is several times faster."""
    return torch.view_as_complex(torch.view_as_real(phases) * magnitudes[..., None])


def _mask(frames: torch.Tensor, frame_lens: torch.Tensor | None) -> torch.Tensor:
    """1 for real frames, (B, T, 1)."""
    n_frames = frames.shape[2]
    if frame_lens is None:
        return frames.new_ones(frames.shape[0], n_frames, 1)
    places = torch.arange(n_frames, device=frames.device)
    return (places < frame_lens.to(frames.device)[:, None]).float()[..., None]


def _invert_filters(mel: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Spectra (B, T, F) >= 0 with `spectra @ filters.T = mel`, where one exists."""
    weight = filters.sum(0)
    spectra = (weight > 0).to(mel.dtype).expand(*mel.shape[:2], -1)
    for _ in range(_N_UPDATES):
        ratio = mel / (spectra @ filters.T + _TINY)
        spectra = spectra * (ratio @ filters) / (weight + _TINY)
    return spectra


def _first_phases(magnitudes: torch.Tensor, seed: int | Sequence[int]) -> torch.Tensor:
    """Random phases exp(i phi), drawn on the CPU and frame by frame: a longer row starts alike."""
    n_rows, *shape = magnitudes.shape
    seeds = [seed] * n_rows if isinstance(seed, int) else list(seed)
    assert len(seeds) == n_rows, f"{len(seeds)} seeds for {n_rows} rows"
    drawn = [torch.rand(shape, generator=torch.Generator().manual_seed(s)) for s in seeds]
    phi = 2 * math.pi * torch.stack(drawn).to(magnitudes.device)
    return torch.polar(torch.ones_like(phi), phi)


class _Framing:
    """Windowed frames of a padded waveform, (B, (T - 1) * hop + n_fft), and back."""

    def __init__(self, window: torch.Tensor, hop: int, mask: torch.Tensor) -> None:
        self._window, self._hop = window, hop
        envelope = self._add_up(window.square() * mask)
        self._envelope = torch.where(envelope > _TINY, envelope, torch.ones_like(envelope))

    def analyse(self, wav: torch.Tensor) -> torch.Tensor:
        """Spectra (B, T, F)."""
        return torch.fft.rfft(wav.unfold(1, len(self._window), self._hop) * self._window)

    def synthesise(self, spectra: torch.Tensor) -> torch.Tensor:
        """The waveform whose spectra are nearest in the sense of least squares."""
        n_fft = len(self._window)
        return self._add_up(torch.fft.irfft(spectra, n=n_fft) * self._window) / self._envelope

    def _add_up(self, parts: torch.Tensor) -> torch.Tensor:
        """Overlap-add of parts (B, T, n_fft)."""
        n_rows, n_frames, n_fft = parts.shape
        n_hops = -(-n_fft // self._hop)
        parts = F.pad(parts, (0, n_hops * self._hop - n_fft))
        parts = parts.view(n_rows, n_frames, n_hops, self._hop)
        total = parts.new_zeros(n_rows, n_frames + n_hops - 1, self._hop)
        for i in range(n_hops):
            total[:, i : i + n_frames] += parts[:, :, i]
        return total.flatten(1)[:, : (n_frames - 1) * self._hop + n_fft]


def _cut_edges(wav: torch.Tensor, contract: Contract, n_frames: int) -> torch.Tensor:
    """Drop what was reflected: (B, T * hop)."""
    n, edge = n_frames * contract.hop, edge_samples(contract)
    wav = wav[:, edge : edge + n]
    return F.pad(wav, (0, n - wav.shape[1]))
