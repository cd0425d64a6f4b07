"""Discriminators of waveforms: over periods, over scales, and over spectrograms.

References:
    HiFi-GAN (Kong, Kim and Bae, 2020), section 2.3 and appendix A.
        https://arxiv.org/abs/2010.05646
    MelGAN (Kumar et al., 2019), the multi-scale discriminator. https://arxiv.org/abs/1910.06711
    UnivNet (Jang et al., 2021), section 2.2: the multi-resolution spectrogram discriminator.
        https://arxiv.org/abs/2106.07889
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import leaky_relu, pad

from tts.errors import DataError
from tts.nn.conv import Conv1d, GroupedConv1d, weight_norm
from tts.nn.precision import exact
from tts.nn.spectral import spectral_norm

SLOPE = 0.1


@dataclass(frozen=True)
class Judgement:
    """One discriminator's verdict: scores (B, n) and the activations of every layer."""

    scores: torch.Tensor
    features: tuple[torch.Tensor, ...]


class PeriodDiscriminator(nn.Module):
    """Sees every `period`-th sample as a row of its own, convolved along it."""

    batches_alike = True

    def __init__(
        self, period: int, widths: Sequence[int], kernel: int = 5, stride: int = 3
    ) -> None:
        super().__init__()
        self.period = period
        self.convs = nn.ModuleList()
        for layer, (c_in, c_out) in enumerate(zip((1, *widths), widths)):
            step = 1 if layer == len(widths) - 1 else stride
            self.convs.append(weight_norm(Conv1d(c_in, c_out, kernel, step, kernel // 2)))
        self.last = weight_norm(Conv1d(widths[-1], 1, 3, 1, 1))

    def forward(self, wav: torch.Tensor) -> Judgement:
        """wav (B, 1, N)."""
        missing = -wav.shape[2] % self.period
        columns = pad(wav, (0, missing), "reflect").unflatten(2, (-1, self.period))
        return _judge(columns.transpose(2, 3).contiguous(), self.convs, self.last)


class ScaleDiscriminator(nn.Module):
    """Strided grouped convolutions over the waveform; the first scale has spectral norm.

    `batches_alike` is False under spectral norm, whose power iteration advances with every call.
    """

    # channels in, channels out, kernel, stride, groups
    LAYERS = (
        (1, 128, 15, 1, 1),
        (128, 128, 41, 2, 4),
        (128, 256, 41, 2, 16),
        (256, 512, 41, 4, 16),
        (512, 1024, 41, 4, 16),
        (1024, 1024, 41, 1, 16),
        (1024, 1024, 5, 1, 1),
    )

    def __init__(self, width_divisor: int, spectral: bool) -> None:
        super().__init__()
        norm = spectral_norm if spectral else weight_norm
        self.batches_alike = not spectral
        self.convs = nn.ModuleList(
            norm(
                (nn.Conv1d if groups == 1 else GroupedConv1d)(
                    _narrow(c_in, width_divisor),
                    c_out // width_divisor,
                    kernel,
                    stride,
                    kernel // 2,
                    groups=min(groups, _narrow(c_in, width_divisor)),
                )
            )
            for c_in, c_out, kernel, stride, groups in self.LAYERS
        )
        self.last = norm(nn.Conv1d(self.LAYERS[-1][1] // width_divisor, 1, 3, 1, 1))

    def forward(self, wav: torch.Tensor) -> Judgement:
        """wav (B, 1, N)."""
        return _judge(wav, self.convs, self.last)


def _narrow(channels: int, divisor: int) -> int:
    return max(1, channels // divisor)


class SpectrogramDiscriminator(nn.Module):
    """Sees the magnitudes of a short-time Fourier transform as a picture of one channel.

    Args:
        n_fft: samples of a frame; frames follow one another by a quarter of it.
        channels: of every hidden layer.
    """

    batches_alike = True

    # kernel and stride, each over frequency and over time, as Vocos has them
    LAYERS = (
        ((7, 5), (2, 2)),
        ((5, 3), (2, 1)),
        ((5, 3), (2, 2)),
        ((3, 3), (2, 1)),
        ((3, 3), (2, 2)),
    )

    def __init__(self, n_fft: int, channels: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        self.convs = nn.ModuleList()
        for layer, (kernel, stride) in enumerate(self.LAYERS):
            padding = (kernel[0] // 2, kernel[1] // 2)
            conv = nn.Conv2d(channels if layer else 1, channels, kernel, stride, padding)
            self.convs.append(weight_norm(conv))
        self.last = weight_norm(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, wav: torch.Tensor) -> Judgement:
        """wav (B, 1, N).

        Raises:
            DataError: it is too short to be reflected at its ends.
        """
        if wav.shape[2] <= self.n_fft // 2:
            raise DataError(
                f"{wav.shape[2]} samples are too few for a discriminator over frames of "
                f"{self.n_fft}; raise data.segment_frames or lower vocoder.resolutions"
            )
        with torch.autocast(wav.device.type, enabled=False):
            wav = exact(wav).squeeze(1)
            window = self.window.to(wav.dtype)
            spectrum = torch.stft(
                wav, self.n_fft, self.n_fft // 4, window=window, return_complex=True
            )
        picture = spectrum.abs().unsqueeze(1)
        return _judge(picture.contiguous(memory_format=torch.channels_last), self.convs, self.last)


class MultiPeriod(nn.Module):
    """One discriminator a period."""

    def __init__(self, periods: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(PeriodDiscriminator(period, widths) for period in periods)

    def views(self, wav: torch.Tensor) -> Iterable[tuple[nn.Module, torch.Tensor]]:
        """Each discriminator with the waveform it sees."""
        return [(part, wav) for part in self.parts]


class MultiScale(nn.Module):
    """One discriminator on the waveform and one on each of its averages."""

    def __init__(self, n_scales: int, width_divisor: int = 1) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            ScaleDiscriminator(width_divisor, spectral=scale == 0) for scale in range(n_scales)
        )
        self.pool = nn.AvgPool1d(4, 2, padding=2)

    def views(self, wav: torch.Tensor) -> Iterable[tuple[nn.Module, torch.Tensor]]:
        """Each discriminator with the waveform it sees."""
        for scale, part in enumerate(self.parts):
            wav = wav if scale == 0 else self.pool(wav)
            yield part, wav


class MultiResolution(nn.Module):
    """One discriminator for each frame size of a spectrogram."""

    def __init__(self, n_ffts: Sequence[int], channels: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList(SpectrogramDiscriminator(n_fft, channels) for n_fft in n_ffts)

    def views(self, wav: torch.Tensor) -> Iterable[tuple[nn.Module, torch.Tensor]]:
        """Each discriminator with the waveform it sees."""
        return [(part, wav) for part in self.parts]


Family = MultiPeriod | MultiScale | MultiResolution


def judge(discriminator: Family, wav: torch.Tensor) -> list[Judgement]:
    """What each part says of waveforms (B, 1, N)."""
    return [part(view) for part, view in discriminator.views(wav)]


def judge_both(
    discriminator: Family, real: torch.Tensor, fake: torch.Tensor
) -> list[tuple[Judgement, Judgement]]:
    """What each part says of real and of fake waveforms, both (B, 1, N).

    The two go through as one batch wherever a part treats the rows of a batch alike.
    """
    pairs = []
    for part, both in discriminator.views(torch.cat([real, fake])):
        if part.batches_alike:
            pairs.append(_halves(part(both)))
        else:
            first, second = both.chunk(2)
            pairs.append((part(first), part(second)))
    return pairs


def _halves(judgement: Judgement) -> tuple[Judgement, Judgement]:
    scores = judgement.scores.chunk(2)
    features = zip(*(layer.chunk(2) for layer in judgement.features))
    real, fake = (Judgement(s, f) for s, f in zip(scores, features))
    return real, fake


def _judge(x: torch.Tensor, convs: nn.ModuleList, last: nn.Module) -> Judgement:
    features = []
    for conv in convs:
        x = leaky_relu(conv(x), SLOPE)
        features.append(x)
    x = last(x)
    return Judgement(scores=x.flatten(1), features=(*features, x))
