"""Losses between the magnitude spectrograms of two waveforms.

Computed in float32, or float64 if that comes in, also under autocast.

References:
    Parallel WaveNet (van den Oord et al., 2017), section 4.2, "Power loss".
        https://arxiv.org/abs/1711.10433
    ClariNet (Ping et al., 2018), section 3.3.2: the loss of spectrogram frames.
        https://arxiv.org/abs/1807.07281
    Parallel WaveGAN (Yamamoto et al., 2019), section 3.2: several resolutions.
        https://arxiv.org/abs/1910.11480
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from tts.contracts import Losses
from tts.errors import DataError
from tts.nn.precision import exact

MIN_SQUARE = 1e-10  # under the square root, whose slope at zero is infinite
MIN_MAGNITUDE = 1e-4  # under the logarithm, which otherwise hears the rounding of silence


@dataclass(frozen=True)
class Resolution:
    """Of a short-time Fourier transform with centred frames, in samples."""

    n_fft: int
    hop: int
    win: int
    window: Literal["hann", "rectangular"] = "hann"

    def samples(self, like: torch.Tensor) -> torch.Tensor:
        """The window, (win,)."""
        make = torch.hann_window if self.window == "hann" else torch.ones
        return make(self.win, dtype=like.dtype, device=like.device)


# Parallel WaveGAN's, at about 24 kHz.
RESOLUTIONS = (
    Resolution(1024, 120, 600),
    Resolution(2048, 240, 1200),
    Resolution(512, 50, 240),
)


def magnitude(wav: torch.Tensor, resolution: Resolution) -> torch.Tensor:
    """sqrt(|STFT|^2 + 1e-10) of wav (B, N): (B, n_fft // 2 + 1, 1 + N // hop).

    Raises:
        DataError: the wav is too short to be reflected at its ends.
    """
    if wav.shape[1] <= resolution.n_fft // 2:
        raise DataError(
            f"{wav.shape[1]} samples are too few for a spectral loss, which needs more than "
            f"{resolution.n_fft // 2}; raise data.segment_frames"
        )
    with torch.autocast(wav.device.type, enabled=False):
        wav = exact(wav)
        spectrum = torch.stft(
            wav,
            resolution.n_fft,
            resolution.hop,
            resolution.win,
            resolution.samples(wav),
            return_complex=True,
        )
        return (spectrum.real.square() + spectrum.imag.square() + MIN_SQUARE).sqrt()


def power_loss(
    made: torch.Tensor, real: torch.Tensor, resolution: Resolution, exponent: float = 2.0
) -> torch.Tensor:
    """Squared distance of the time-averaged spectra, over the square of the real ones.

    Silence is at a distance of 1, whatever the level of the recordings.

    Deviation: Parallel WaveNet does not divide, so that the weight depends on the level.

    Args:
        made, real: wav (B, N).
        exponent: of the magnitudes that are averaged over time; 2 are powers, as in the paper.
    """
    of_made, of_real = (magnitude(x, resolution).pow(exponent).mean(2) for x in (made, real))
    return (of_made - of_real).square().sum() / of_real.square().sum()


def magnitude_loss(made: torch.Tensor, real: torch.Tensor, resolution: Resolution) -> torch.Tensor:
    """Mean squared difference of the magnitudes, ClariNet's loss of frames."""
    return (magnitude(made, resolution) - magnitude(real, resolution)).square().mean()


def spectral_convergence(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Norm of the difference over norm of the real magnitudes, each of the whole batch."""
    return (real - made).norm() / real.norm()


def log_magnitude_distance(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of the natural logarithms of magnitudes."""
    floored = [x.clamp_min(MIN_MAGNITUDE).log() for x in (made, real)]
    return (floored[0] - floored[1]).abs().mean()


def multi_resolution_loss(
    made: torch.Tensor, real: torch.Tensor, resolutions: Sequence[Resolution] = RESOLUTIONS
) -> tuple[torch.Tensor, torch.Tensor]:
    """Spectral convergence and log-magnitude distance, each a mean over the resolutions."""
    pairs = [(magnitude(made, r), magnitude(real, r)) for r in resolutions]
    convergence = sum(spectral_convergence(*pair) for pair in pairs) / len(pairs)
    log_distance = sum(log_magnitude_distance(*pair) for pair in pairs) / len(pairs)
    return convergence, log_distance


def spectral_losses(
    made: torch.Tensor,
    real: torch.Tensor,
    mel: Callable[[torch.Tensor], torch.Tensor],
    mel_weight: float,
    stft_weight: float = 0.0,
    stft_sizes: Sequence[int] = (),
) -> Losses:
    """What a generator learns from spectra: `mel`, with a weight `stft`, and their `total`.

    Args:
        made, real: wav (B, N).
        mel: from wav to log-mel; its loss is the mean absolute difference.
        stft_sizes: windows in samples, a quarter of which is the hop, of a multi-resolution loss.
    """
    distance = (mel(made) - mel(real)).abs().mean()
    losses = {"total": mel_weight * distance, "mel": distance}
    if stft_weight:
        resolutions = [Resolution(size, size // 4, size) for size in stft_sizes]
        losses["stft"] = sum(multi_resolution_loss(made, real, resolutions))
        losses["total"] = losses["total"] + stft_weight * losses["stft"]
    return losses
