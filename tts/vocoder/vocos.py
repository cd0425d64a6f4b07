"""Vocos: ConvNeXt blocks at the rate of frames, and an inverse Fourier transform to samples.

References:
    Vocos: Closing the gap between time-domain and Fourier-based neural vocoders for high-quality
        audio synthesis (Siuzdak, 2023). https://arxiv.org/abs/2306.00814
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from tts.audio.mel import MelSpectrogram, comparison
from tts.config import Settings
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.errors import ConfigError
from tts.losses import hinge
from tts.losses.adversarial import adversary_plays, feature_matching_loss
from tts.losses.spectral import spectral_losses
from tts.nn.conv import same_conv
from tts.nn.convnext import EPS, ConvNeXtBlock, framewise, over_time
from tts.nn.discriminators import MultiPeriod, MultiResolution, judge, judge_both
from tts.nn.freeze import frozen
from tts.nn.istft import InverseStft
from tts.nn.masking import length_mask
from tts.nn.precision import exact
from tts.nn.speakers import SpeakerBias

MAX_MAGNITUDE = 1e2  # keeps a stray exponential from deafening anybody; section 3.2
INIT_STD = 0.02  # of all weights, cut off at two deviations, as published
FAMILIES = ("period", "resolution")

Counts = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class Config(Settings):
    """The generator's shape and the losses' weights; the defaults are the paper's (section 4).

    Attributes:
        channels: width of the blocks; hidden_channels: between a block's linear layers.
        kernel: of all convolutions.
        n_fft: of the inverse transform; null for the bridge's, or four hops under a latent one.
        periods, period_widths: of the multi-period discriminator and its layers.
        resolutions: frame sizes of the multi-resolution discriminator.
        resolution_channels: of its layers.
        mel_weight, feature_weight: of the losses, against 1 for the adversarial one.
        resolution_weight: of all that the multi-resolution discriminator says, against 1 for the
            multi-period one.
        stft_weight: of a multi-resolution STFT loss of the generator, which the paper has not;
            stft_sizes: its frames.
        loss_fmax_hz: upper end of the mel loss; null for half the sample rate.
        adversary_from_step: until then the generator learns from the spectral losses alone.
        adversary_every: the discriminators play in every so many-th step only.
        speaker_bias: of data of several speakers, tell the model who speaks. Without it the frames
            alone tell, and so it speaks with any voice.
    """

    channels: PositiveInt = 512
    hidden_channels: PositiveInt = 1536
    n_blocks: PositiveInt = 8
    kernel: PositiveInt = 7
    n_fft: PositiveInt | None = None
    periods: Counts = (2, 3, 5, 7, 11)
    period_widths: Counts = (32, 128, 512, 1024, 1024)
    resolutions: Counts = (1024, 2048, 512)
    resolution_channels: PositiveInt = 64
    mel_weight: NonNegativeFloat = 45.0
    feature_weight: NonNegativeFloat = 1.0
    resolution_weight: NonNegativeFloat = 0.1
    stft_weight: NonNegativeFloat = 0.0
    stft_sizes: Counts = (512, 1024, 2048)
    loss_fmax_hz: PositiveFloat | None = None
    adversary_from_step: int = Field(0, ge=0)
    adversary_every: PositiveInt = 1
    speaker_bias: bool = False


class Generator(nn.Module):
    """Frames (B, C, T) to samples (B, T * hop).

    The magnitudes and phases of the spectrum, and all that follows, are in float32.
    """

    def __init__(self, config: Config, contract: Contract) -> None:
        super().__init__()
        n_fft = config.n_fft or (contract.n_fft if contract.kind == "mel" else 4 * contract.hop)
        channels = config.channels
        self.embed = same_conv(contract.channels, channels, config.kernel)
        self.norm = nn.LayerNorm(channels, eps=EPS)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(channels, config.hidden_channels, config.kernel, 1 / config.n_blocks)
            for _ in range(config.n_blocks)
        )
        self.last_norm = nn.LayerNorm(channels, eps=EPS)
        self.head = nn.Linear(channels, 2 * (n_fft // 2 + 1))  # log-magnitudes, then phases
        self.istft = InverseStft(n_fft, contract.hop, contract.padding)
        self.context_frames = (
            config.kernel // 2 * (1 + config.n_blocks) + self.istft.context_frames
        )
        self.apply(_initialise)

    def forward(self, frames: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(B, C, T) to (B, T * hop) float32.

        Args:
            mask: (B, 1, T), so that each row comes out as if it were alone.
        """
        mask = None if mask is None else mask.transpose(1, 2)
        x = frames.transpose(1, 2).contiguous()
        x = exact(self.norm(over_time(self.embed, x if mask is None else x * mask)))
        for block in self.blocks:
            x = block(x, mask)
        with torch.autocast(x.device.type, enabled=False):
            log_magnitude, phase = framewise(self.head, self.last_norm(x)).chunk(2, 2)
            magnitude = log_magnitude.exp().clamp_max(MAX_MAGNITUDE)
            return self.istft(magnitude * phase.cos(), magnitude * phase.sin(), mask)


def _initialise(part: nn.Module) -> None:
    if isinstance(part, nn.Conv1d | nn.Linear):
        nn.init.trunc_normal_(part.weight, std=INIT_STD, a=-2 * INIT_STD, b=2 * INIT_STD)
        nn.init.zeros_(part.bias)


class Model(nn.Module):
    """Vocos over any bridge.

    Args:
        config: shapes and weights.
        contract: the bridge.
        for_training: also build the discriminators.
        n_speakers, speaker_vector: whom `speaker_bias` tells apart: rows of a table, or the width
            of outer vectors.
    Raises:
        ConfigError: the kernel is even, or the inverse transform's frames overlap too little.
    """

    players = ("discriminator", "generator")
    training_only = ("discriminators",)
    knobs: tuple[str, ...] = ()

    def __init__(
        self,
        config: Config,
        contract: Contract,
        for_training: bool = True,
        n_speakers: int = 1,
        speaker_vector: int = 0,
    ) -> None:
        super().__init__()
        if config.kernel % 2 == 0:
            raise ConfigError(f"vocos: kernel {config.kernel} must be odd, to keep the length")
        self.config, self.contract = config, contract
        known = n_speakers, speaker_vector
        self.speakers = SpeakerBias.of(config.speaker_bias, contract.channels, *known)
        self.generator = Generator(config, contract)
        self.context_frames = self.generator.context_frames
        if for_training:
            periods = MultiPeriod(config.periods, config.period_widths)
            resolutions = MultiResolution(config.resolutions, config.resolution_channels)
            self.discriminators = nn.ModuleList([periods, resolutions])
            of_loss = comparison(contract, config.loss_fmax_hz, "vocos: mel of the loss")
            self.mel = MelSpectrogram(of_loss)

    def player(self, name: str) -> nn.Module:
        """The generator with what it knows of speakers, or the discriminators."""
        if name == "discriminator":
            return self.discriminators
        assert name == "generator", f"no player {name!r}; there are {', '.join(self.players)}"
        return nn.ModuleList([self.generator, self.speakers])

    def settle(self, dtype: torch.dtype) -> None:
        """Keep the linear layers of the blocks in the format they are multiplied in."""
        for block in self.generator.blocks:
            block.widen.to(dtype)
            block.narrow.to(dtype)

    def loss(
        self,
        batch: VocoderBatch,
        player: str = "generator",
        carry: dict[str, Any] | None = None,
    ) -> Losses:
        """One player's losses; the generator's waveform is made once a step and carried over.

        In steps without the adversary the discriminator has none and the generator only the
        spectral ones.
        """
        c, carry = self.config, {} if carry is None else carry
        adversary = adversary_plays(c, carry, self.training)
        if not adversary and player == "discriminator":
            return {}
        if "fake" not in carry:
            carry["fake"] = self.generator(self.speakers(batch.frames, batch.speakers))
        real, fake = batch.wav, carry["fake"]
        if player == "discriminator":
            return self._discriminators_losses(real.unsqueeze(1), fake.unsqueeze(1))
        losses = spectral_losses(fake, real, self.mel, c.mel_weight, c.stft_weight, c.stft_sizes)
        if adversary:
            adversarial, features = self._adversarial_losses(real.unsqueeze(1), fake.unsqueeze(1))
            losses |= {"adversarial": adversarial, "features": features}
            losses["total"] = losses["total"] + adversarial + c.feature_weight * features
        return losses

    def _discriminators_losses(self, real: torch.Tensor, fake: torch.Tensor) -> Losses:
        losses: Losses = {}
        for name, family in zip(FAMILIES, self.discriminators):
            pairs = judge_both(family, real, fake.detach())
            of_real, of_fake = ([pair[i].scores for pair in pairs] for i in (0, 1))
            losses[name] = hinge.discriminator_loss(of_real, of_fake)
        return {"total": self._weighed(losses), **losses}

    def _adversarial_losses(
        self, real: torch.Tensor, fake: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        adversarial: Losses = {}
        features: Losses = {}
        with frozen(self.discriminators):
            for name, family in zip(FAMILIES, self.discriminators):
                with torch.no_grad():
                    of_real = judge(family, real)
                of_fake = judge(family, fake)
                adversarial[name] = hinge.generator_loss([j.scores for j in of_fake])
                layers = ([j.features for j in each] for each in (of_real, of_fake))
                features[name] = feature_matching_loss(*layers) / len(of_fake)
        return self._weighed(adversarial), self._weighed(features)

    def _weighed(self, losses: Losses) -> torch.Tensor:
        return losses["period"] + self.config.resolution_weight * losses["resolution"]

    @torch.no_grad()
    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop); nothing here is random."""
        del seed, noise
        mask = None
        if frame_lens is not None and int(frame_lens.min()) < frames.shape[2]:
            mask = length_mask(frame_lens, frames.shape[2])
        wav = self.generator(self.speakers(frames, speakers), mask)
        return wav if window is None else window.cut(wav, self.contract.hop)
