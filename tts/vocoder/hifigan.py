"""HiFi-GAN: a feed-forward generator trained against period and scale discriminators.

References:
    HiFi-GAN: Generative Adversarial Networks for Efficient and High Fidelity Speech Synthesis
        (Kong, Kim and Bae, 2020). https://arxiv.org/abs/2010.05646
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from tts.audio.mel import MelSpectrogram, comparison
from tts.config import Settings
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.losses.adversarial import adversary_plays, play_discriminators, play_generator
from tts.losses.spectral import spectral_losses
from tts.nn.discriminators import MultiPeriod, MultiScale
from tts.nn.generator import Generator, check_shape, receptive_frames
from tts.nn.speakers import SpeakerBias

Counts = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class Config(Settings):
    """The generator's shape and the losses' weights; the defaults are V1 (appendix A.1).

    Attributes:
        channels: width after the first convolution; each upsampling halves it.
        rates, rate_kernels: of the transposed convolutions; the rates multiply to the hop.
        kernels, dilations: of the residual blocks; `block` is their kind, 1 or 2.
        periods: of the multi-period discriminator; period_widths: channels of its layers.
        n_scales: of the multi-scale discriminator; its widths are divided by scale_width_divisor.
        mel_weight, feature_weight: of the losses, against 1 for the adversarial one (section 2.4).
        loss_fmax_hz: upper end of the mel loss; null for half the sample rate.
        stft_weight: of a multi-resolution STFT loss of the generator, which the paper has not;
            stft_sizes: its windows.
        adversary_from_step: until then the generator learns from the spectral losses alone.
        adversary_every: the discriminators play in every so many-th step only.
        speaker_bias: of data of several speakers, tell the model who speaks. Without it the frames
            alone tell, and so it speaks with any voice.
    """

    channels: PositiveInt = 512
    rates: Counts = (8, 8, 2, 2)
    rate_kernels: Counts = (16, 16, 4, 4)
    kernels: Counts = (3, 7, 11)
    dilations: tuple[Counts, ...] = ((1, 3, 5), (1, 3, 5), (1, 3, 5))
    block: Literal[1, 2] = 1
    periods: Counts = (2, 3, 5, 7, 11)
    period_widths: Counts = (32, 128, 512, 1024, 1024)
    n_scales: PositiveInt = 3
    scale_width_divisor: Literal[1, 2, 4, 8, 16, 32] = 1
    mel_weight: NonNegativeFloat = 45.0
    feature_weight: NonNegativeFloat = 2.0
    loss_fmax_hz: PositiveFloat | None = None
    stft_weight: NonNegativeFloat = 0.0
    stft_sizes: Counts = (512, 1024, 2048)
    adversary_from_step: int = Field(0, ge=0)
    adversary_every: PositiveInt = 1
    speaker_bias: bool = False


class Model(nn.Module):
    """HiFi-GAN over any bridge whose hop is the product of the rates.

    Args:
        config: shapes and weights.
        contract: the bridge.
        for_training: also build the discriminators, five times the generator's size.
        n_speakers, speaker_vector: whom `speaker_bias` tells apart: rows of a table, or the width
            of outer vectors.
    Raises:
        ConfigError: the rates do not multiply to the hop, or the lists do not fit together.
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
        upsampling = (config.rates, config.rate_kernels)
        blocks = (config.kernels, config.dilations, config.block)
        check_shape("hifigan", contract.hop, config.channels, *upsampling, *blocks[:2])
        self.config, self.contract = config, contract
        known = n_speakers, speaker_vector
        self.speakers = SpeakerBias.of(config.speaker_bias, contract.channels, *known)
        self.generator = Generator(contract.channels, config.channels, *upsampling, *blocks)
        self.context_frames = receptive_frames(*upsampling, *blocks)
        if for_training:
            periods = MultiPeriod(config.periods, config.period_widths)
            scales = MultiScale(config.n_scales, config.scale_width_divisor)
            self.discriminators = nn.ModuleList([periods, scales])
            of_loss = comparison(contract, config.loss_fmax_hz, "hifigan: mel of the loss")
            self.mel = MelSpectrogram(of_loss)

    def player(self, name: str) -> nn.Module:
        """The generator with what it knows of speakers, or the discriminators."""
        if name == "discriminator":
            return self.discriminators
        assert name == "generator", f"no player {name!r}; there are {', '.join(self.players)}"
        return nn.ModuleList([self.generator, self.speakers])

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
            carry["fake"] = self.generator(self.speakers(batch.frames, batch.speakers)).float()
        real, fake = batch.wav.unsqueeze(1), carry["fake"]
        if player == "discriminator":
            return play_discriminators(self.discriminators, ("period", "scale"), real, fake)
        losses = spectral_losses(
            fake.squeeze(1), batch.wav, self.mel, c.mel_weight, c.stft_weight, c.stft_sizes
        )
        if adversary:
            adversarial, features = play_generator(self.discriminators, real, fake)
            losses |= {"adversarial": adversarial, "features": features}
            losses["total"] = losses["total"] + adversarial + c.feature_weight * features  # eq. 5
        return losses

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
        wav = self.generator.waveform(self.speakers(frames, speakers), frame_lens)
        return wav if window is None else window.cut(wav, self.contract.hop)
