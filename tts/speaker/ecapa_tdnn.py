"""ECAPA-TDNN: who speaks, as a vector of length 1, from a log-mel of any length.

References:
    ECAPA-TDNN: emphasized channel attention, propagation and aggregation in TDNN based speaker
        verification (Desplanques et al., 2020). https://arxiv.org/abs/2005.07143
    X-vectors: robust DNN embeddings for speaker recognition (Snyder et al., 2018).
        https://doi.org/10.1109/ICASSP.2018.8461375
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt, model_validator
from torch import nn

from tts.audio.mel import MelSpectrogram
from tts.config import Settings
from tts.contracts import Contract, Losses, WaveBatch
from tts.losses.margin import angular_margin_loss
from tts.nn.conv import same_conv
from tts.nn.masking import length_mask
from tts.nn.precision import exact

MIN_VARIANCE = 1e-5  # guards the root of a variance that is zero, as that of a single frame


class Config(Settings):
    """Settings; the defaults make a model of 0.9 million parameters.

    Deviation: C = 192 where the paper has 512 or 1024, groups of 4 where it has 8, and vectors of
    128 where it has 192: the speakers of a corpus for synthesis are hundreds, not thousands.

    Attributes:
        channels: of the blocks.
        kernel, dilations: of the blocks' convolutions, one dilation a block.
        groups: of channels in a block, each of which also sees the one before.
        bottleneck: channels of the squeeze-excitation and of the attention.
        vector: numbers of an embedding.
        margin: radians between speakers; scale: of the cosines in the softmax.
        masked_mels, masked_frames: most of a segment's mels, and of its frames as a fraction, that
            training hides.
        noise_db: level of the white noise below the speech that training adds to half of the
            segments, drawn between these; null for none.
    """

    channels: PositiveInt = 192
    kernel: PositiveInt = 3
    dilations: tuple[PositiveInt, ...] = (2, 3, 4)
    groups: int = Field(4, ge=2)
    bottleneck: PositiveInt = 64
    vector: PositiveInt = 128
    margin: float = Field(0.2, ge=0, le=1)
    scale: float = Field(30.0, gt=0)
    masked_mels: int = Field(8, ge=0)
    masked_frames: float = Field(0.1, ge=0, le=1)
    noise_db: tuple[float, float] | None = (15.0, 45.0)

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.channels % self.groups:
            raise ValueError(
                f"channels {self.channels} must be a multiple of groups {self.groups}"
            )
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel {self.kernel} must be odd")
        if not self.dilations:
            raise ValueError("dilations must hold one at least")
        if self.noise_db is not None and self.noise_db[0] > self.noise_db[1]:
            raise ValueError(f"noise_db {list(self.noise_db)} must rise")
        return self


class Layer(nn.Module):
    """Convolution, ReLU and batch norm (section 2, figure 2); zero outside the mask."""

    def __init__(
        self, channels_in: int, channels: int, kernel: int = 1, dilation: int = 1
    ) -> None:
        super().__init__()
        self.conv = same_conv(channels_in, channels, kernel, dilation)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, T) to (B, C', T)."""
        return self.norm(self.conv(x).relu()) * mask


class Res2(nn.Module):
    """Groups of channels, each convolved with what the group before it became (section 3.2).

    References:
        Res2Net (Gao et al., 2019), section 3.1. https://arxiv.org/abs/1904.01169
    """

    def __init__(self, c: Config, dilation: int) -> None:
        super().__init__()
        width = c.channels // c.groups
        self.layers = nn.ModuleList(
            Layer(width, width, c.kernel, dilation) for _ in range(c.groups - 1)
        )

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, T) to (B, C, T)."""
        first, *rest = x.chunk(len(self.layers) + 1, dim=1)
        made, before = [first], torch.zeros_like(first)
        for layer, group in zip(self.layers, rest):
            before = layer(group + before, mask)
            made.append(before)
        return torch.cat(made, dim=1)


class Squeeze(nn.Module):
    """Squeeze-excitation: channels scaled by what their means over time say (section 3.2).

    References:
        Squeeze-and-excitation networks (Hu et al., 2018). https://arxiv.org/abs/1709.01507
    """

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.narrow = nn.Linear(c.channels, c.bottleneck)
        self.wide = nn.Linear(c.bottleneck, c.channels)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, T) to (B, C, T)."""
        mean = x.sum(2) / mask.sum(2)
        return x * self.wide(self.narrow(mean).relu()).sigmoid().unsqueeze(2)


class Block(nn.Module):
    """SE-Res2Block (figure 1)."""

    def __init__(self, c: Config, dilation: int) -> None:
        super().__init__()
        self.before = Layer(c.channels, c.channels)
        self.res2 = Res2(c, dilation)
        self.after = Layer(c.channels, c.channels)
        self.squeeze = Squeeze(c)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, T) to (B, C, T)."""
        made = self.after(self.res2(self.before(x, mask), mask), mask)
        return x + self.squeeze(made, mask)


class AttentivePooling(nn.Module):
    """Mean and deviation over time, weighted by channel with what the whole says (section 3.1).

    References:
        Attentive statistics pooling (Okabe et al., 2018). https://arxiv.org/abs/1803.10963
    """

    def __init__(self, channels: int, bottleneck: int) -> None:
        super().__init__()
        self.narrow = nn.Conv1d(3 * channels, bottleneck, 1)
        self.wide = nn.Conv1d(bottleneck, channels, 1, bias=False)  # a softmax undoes a bias

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, T) to (B, 2 C)."""
        even = mask / mask.sum(2, keepdim=True)
        context = [part.unsqueeze(2).expand_as(x) for part in _statistics(x, even)]
        scores = self.wide(self.narrow(torch.cat([x, *context], dim=1)).tanh())
        weights = scores.masked_fill(mask == 0, -torch.inf).softmax(dim=2)
        return torch.cat(_statistics(x, weights), dim=1)


def _statistics(x: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted mean and deviation over time, (B, C) each; weights sum to 1."""
    x = exact(x)
    mean = (x * weights).sum(2)
    variance = ((x - mean.unsqueeze(2)).square() * weights).sum(2)
    return mean, variance.clamp_min(MIN_VARIANCE).sqrt()


class Classes(nn.Module):
    """A direction for each speaker of the training data."""

    def __init__(self, vector: int, n_speakers: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_speakers, vector))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Unit vectors (B, E) to cosines (B, K), which the scale would blow up in bfloat16."""
        with torch.autocast(vectors.device.type, enabled=False):
            return F.linear(exact(vectors), exact(F.normalize(self.weight)))


class Model(nn.Module):
    """Log-mel frames, or waveforms, to unit vectors (B, E).

    The mean over time is taken off every mel, which takes with it what a room, a microphone and
    the loudness add.

    Args:
        config: settings.
        contract: the mel that it hears.
        n_speakers: of the training data; only training needs them.
        for_training: build the classes, too.
    Raises:
        ContractError: the contract is of no mel.
    """

    players = ("encoder",)
    training_only = ("classes",)

    def __init__(
        self,
        config: Config,
        contract: Contract,
        n_speakers: int = 1,
        *,
        for_training: bool = False,
    ) -> None:
        super().__init__()
        c = self.config = config
        self.contract = contract
        self.speaker_vector = c.vector
        self.mel = MelSpectrogram(contract)
        self.first = Layer(contract.channels, c.channels, 5)
        self.blocks = nn.ModuleList(Block(c, dilation) for dilation in c.dilations)
        n_all = len(c.dilations) * c.channels
        self.aggregate = nn.Conv1d(n_all, 2 * c.channels, 1)
        self.pool = AttentivePooling(2 * c.channels, c.bottleneck)
        self.norm = nn.BatchNorm1d(4 * c.channels)
        self.out = nn.Linear(4 * c.channels, c.vector)
        if for_training:
            self.classes = Classes(c.vector, n_speakers)

    def player(self, name: str) -> nn.Module:
        """All of it, under the one name there is."""
        assert name == "encoder", f"no player {name}"
        return self

    def forward(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Frames (B, C, T) of the contract, whatever pads them, to vectors (B, E) of length 1."""
        if frame_lens is None:
            frame_lens = torch.full((len(frames),), frames.shape[2], device=frames.device)
        mask = length_mask(frame_lens, frames.shape[2])
        x = self.first(_centred(frames, mask), mask)
        outputs = []
        for block in self.blocks:
            x = block(x, mask)
            outputs.append(x)
        x = self.aggregate(torch.cat(outputs, dim=1)).relu()
        return F.normalize(exact(self.out(self.norm(self.pool(x, mask)))))

    def embed(self, wav: torch.Tensor) -> torch.Tensor:
        """Speech (B, N) at the contract's rate to vectors (B, E) of length 1.

        Raises:
            DataError: fewer samples than make one frame.
        """
        return self(self.mel(wav))

    def loss(
        self, batch: WaveBatch, player: str = "encoder", carry: dict[str, Any] | None = None
    ) -> Losses:
        """The margin softmax over the speakers, and how often the nearest class is the right one.

        In training, segments get noise and lose a band of mels and a stretch of frames.
        """
        del player, carry
        assert batch.speakers is not None, "an encoder of speakers learns from their ids"
        wav = self._noisy(batch.wav) if self.training else batch.wav
        frames = self.mel(wav)
        if self.training:
            frames = self._masked(frames)
        cosines = self.classes(self(frames))
        c = self.config
        return {
            "total": angular_margin_loss(cosines, batch.speakers, c.margin, c.scale),
            "accuracy": (cosines.detach().argmax(1) == batch.speakers).float().mean(),
        }

    def _noisy(self, wav: torch.Tensor) -> torch.Tensor:
        """Half of the rows with white noise, at a level drawn for each."""
        if self.config.noise_db is None:
            return wav
        low, high = self.config.noise_db
        drawn = torch.rand(2, len(wav), 1, device=wav.device)
        below_db = low + (high - low) * drawn[0]
        level = wav.square().mean(1, keepdim=True).sqrt() * 10 ** (-below_db / 20)
        return wav + torch.randn_like(wav) * level * (drawn[1] < 0.5)

    def _masked(self, frames: torch.Tensor) -> torch.Tensor:
        """Each row without a band of mels and a stretch of frames, which become its means.

        References:
            SpecAugment (Park et al., 2019), section 2. https://arxiv.org/abs/1904.08779
        """
        _, channels, n_frames = frames.shape
        mean = frames.mean(2, keepdim=True)
        bands = _stretches(frames, channels, self.config.masked_mels)
        times = _stretches(frames, n_frames, round(self.config.masked_frames * n_frames))
        return torch.where(bands.unsqueeze(2) | times.unsqueeze(1), mean, frames)


def _stretches(x: torch.Tensor, n: int, most: int) -> torch.Tensor:
    """For each row, a random stretch of 0 to `most` of `n` places: (B, n), true within."""
    drawn = torch.rand(2, len(x), 1, device=x.device)
    width = (drawn[0] * (min(most, n) + 1)).floor()
    start = (drawn[1] * (n - width + 1)).floor()
    place = torch.arange(n, device=x.device)
    return (place >= start) & (place < start + width)


def _centred(frames: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Frames less their mean over time, zero in the padding."""
    frames = torch.where(mask > 0, frames, 0.0)
    mean = frames.sum(2, keepdim=True) / mask.sum(2, keepdim=True)
    return (frames - mean) * mask
