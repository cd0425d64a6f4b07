"""Taking a vocoder's constant noise out of its speech: subtraction of its bias spectrum.

What a vocoder says to a mel of silence without any noise at its input is its bias; the spectrum of
that is subtracted from the magnitudes of what it says, the phases staying as they are.

References:
    WaveGlow (Prenger et al., 2018), the denoiser of the published code.
        https://github.com/NVIDIA/waveglow
    Suppression of acoustic noise in speech using spectral subtraction (Boll, 1979).
        https://doi.org/10.1109/TASSP.1979.1163209
"""

from __future__ import annotations

import torch

OVERLAP = 4  # windows over each sample


def bias_spectrum(wav: torch.Tensor, hop: int) -> torch.Tensor:
    """Magnitudes (4 * hop / 2 + 1,) where the bias wav (N,) begins; N is more than 2 * hop."""
    return _stft(wav[: 4 * hop], hop).abs()[:, 0]


def subtract_spectrum(
    wav: torch.Tensor, spectrum: torch.Tensor, strength: float, hop: int
) -> torch.Tensor:
    """wav (N,) with `strength` times a spectrum taken off its magnitudes, none below zero.

    The STFT has windows of 4 * hop samples, every `hop`, the first around sample 0; a sample of
    the result depends on those no farther than 4 * hop away. At most 2 * hop samples, which the
    padding would need, stay as they are.
    """
    if len(wav) <= OVERLAP * hop // 2:
        return wav
    stft = _stft(wav, hop)
    magnitude = stft.abs()
    kept = (magnitude - strength * spectrum[:, None]).clamp_min(0)
    tiny = torch.finfo(magnitude.dtype).tiny  # guards the division in a silent bin
    stft = stft * (kept / magnitude.clamp_min(tiny))
    n_fft = OVERLAP * hop
    window = torch.hann_window(n_fft, device=wav.device)
    return torch.istft(stft, n_fft, hop, window=window, length=len(wav))


def _stft(wav: torch.Tensor, hop: int) -> torch.Tensor:
    n_fft = OVERLAP * hop
    window = torch.hann_window(n_fft, device=wav.device)
    return torch.stft(wav, n_fft, hop, window=window, pad_mode="reflect", return_complex=True)
