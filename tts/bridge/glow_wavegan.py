"""Glow-WaveGAN: a latent learned from waveforms by a variational autoencoder and discriminators.

The encoder gives every frame a Gaussian; the decoder makes sound of a sample of it; what lies
between them is the bridge, which a flow then learns to make from text. So the decoder is trained
on the very distribution that the acoustic model is trained to give.

References:
    Glow-WaveGAN: Learning Speech Representations from GAN-based Variational Auto-Encoder For High
        Fidelity Flow-based Speech Synthesis (Cong, Yang, Xie and Su, 2021).
        https://arxiv.org/abs/2106.10831
    HiFi-GAN (Kong, Kim and Bae, 2020): the decoder and the discriminators.
        https://arxiv.org/abs/2010.05646
    Parallel WaveGAN (Yamamoto et al., 2019), section 3.2: the reconstruction loss.
        https://arxiv.org/abs/1910.11480
    VITS (Kim, Kong and Son, 2021), section 2.1.3: the posterior of a spectrogram, on request.
        https://arxiv.org/abs/2106.06103

The paper states the parts, the hop of 256 and the losses. What the defaults take from elsewhere:
the encoder's widths, strides and residual stacks are those of the authors' later systems; the
width of the latent, the weights of the losses and the KL divergence's warm-up are choices of ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, field_validator
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, leaky_relu

from tts.audio import f0
from tts.audio.mel import MelSpectrogram, comparison
from tts.config import Settings
from tts.contracts import Contract, Losses, WaveBatch, Window
from tts.errors import ConfigError, DataError
from tts.losses.adversarial import adversary_plays, play_discriminators, play_generator
from tts.losses.posterior import standard_kl
from tts.losses.spectral import multi_resolution_loss
from tts.nn.conv import same_conv, weight_norm
from tts.nn.discriminators import MultiPeriod, MultiScale
from tts.nn.encoder import SLOPE, SpectrogramEncoder, WaveEncoder
from tts.nn.generator import Generator, check_shape, receptive_frames
from tts.nn.masking import length_mask, row_noise
from tts.nn.precision import exact

FIRST_LOG_STD = -2.0  # the posterior starts narrow, so that the decoder sees the signal at once
LOG_STDS = (-9.0, 3.0)  # guards the exponential, far outside of what is learned

Counts = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class Config(Settings):
    """Shapes of encoder, decoder and discriminators, and the losses' weights.

    The width of the latent and the hop are the contract's.

    Attributes:
        encoder: what it listens to: the waveform, or a spectrogram of it, so that the latent can
            hold no phases; that is not the paper's.
        encoder_channels: width after the first convolution; each stage doubles it.
        strides: of the stages of a waveform's encoder; they multiply to the hop.
        encoder_kernel: of its convolutions that keep the length.
        n_units: residual units of a stage, or of the whole encoder of a spectrogram, dilated by
            1, 2, 4, …
        decoder_channels, rates, rate_kernels, kernels, dilations, block: as HiFi-GAN's generator.
        periods, period_widths, n_scales, scale_width_divisor: as its discriminators.
        pitch_channels: hidden width of the predictor of pitch and voicing.
        stft_weight: of spectral convergence plus log-magnitude distance, against 1 for the
            adversarial loss.
        mel_weight: of HiFi-GAN's mean absolute log-mel difference, which the paper has not.
        kl_weight: of the divergence from N(0, 1), in nats a value of the latent.
        kl_warmup: steps over which that weight rises from 0.
        feature_weight: of feature matching.
        pitch_weight: of the predictor's two losses.
        adversary_from_step: until then there are no discriminators.
        adversary_every: from then on they play in every so many-th step only.
    """

    encoder: Literal["waveform", "spectrogram"] = "waveform"
    encoder_channels: PositiveInt = 12
    strides: Counts = (2, 2, 2, 2, 4, 4)
    encoder_kernel: PositiveInt = 3
    n_units: NonNegativeInt = 6
    decoder_channels: PositiveInt = 512
    rates: Counts = (8, 8, 2, 2)
    rate_kernels: Counts = (16, 16, 4, 4)
    kernels: Counts = (3, 7, 11)
    dilations: tuple[Counts, ...] = ((1, 3, 5), (1, 3, 5), (1, 3, 5))
    block: Literal[1, 2] = 1
    periods: Counts = (2, 3, 5, 7, 11)
    period_widths: Counts = (32, 128, 512, 1024, 1024)
    n_scales: PositiveInt = 3
    scale_width_divisor: Literal[1, 2, 4, 8, 16, 32] = 1
    pitch_channels: PositiveInt = 128
    stft_weight: NonNegativeFloat = 15.0
    mel_weight: NonNegativeFloat = 0.0
    kl_weight: NonNegativeFloat = 1.0
    kl_warmup: int = Field(10_000, ge=0)
    feature_weight: NonNegativeFloat = 2.0
    pitch_weight: NonNegativeFloat = 1.0
    adversary_from_step: int = Field(0, ge=0)
    adversary_every: PositiveInt = 1

    @field_validator("encoder_kernel")
    @classmethod
    def _odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError("is even, which needs to be odd")
        return kernel


@dataclass(frozen=True)
class Posterior:
    """A Gaussian for every value of the latent: mean and log_std, both (B, C, T) float32."""

    mean: torch.Tensor
    log_std: torch.Tensor

    def sample(self, noise: torch.Tensor) -> torch.Tensor:
        """mean + std * noise, which is standard normal, (B, C, T)."""
        return self.mean + self.log_std.exp() * noise


class PitchPredictor(nn.Module):
    """Latent to the logarithm of F0 and the logit of voicing: two convolutions."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.first = weight_norm(same_conv(channels_in, channels, 3))
        self.last = weight_norm(same_conv(channels, 2, 3))

    def forward(self, latent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, C, T) to ln(F0 / 1 Hz) and logit, (B, T) each."""
        out = exact(self.last(leaky_relu(self.first(latent), SLOPE)))
        return out[:, 0] + math.log(math.sqrt(f0.FMIN_HZ * f0.FMAX_HZ)), out[:, 1]


class Model(nn.Module):
    """The autoencoder: a bridge that is learned, and a vocoder of that bridge.

    Args:
        config: shapes and weights.
        contract: a latent; its channels are the latent's width, and its hop is what the strides
            and the rates multiply to.
        for_training: also build the discriminators.
        decoder_only: leave out what only encoding needs: a voice speaks without it.
    Raises:
        ConfigError: the bridge is no latent, or the lists do not fit it.
    """

    players = ("discriminator", "generator")
    training_only = ("discriminators",)
    encoding_only = ("encoder", "pitch")
    knobs: tuple[str, ...] = ()

    def __init__(
        self,
        config: Config,
        contract: Contract,
        for_training: bool = False,
        decoder_only: bool = False,
    ) -> None:
        super().__init__()
        _check(config, contract)
        self.config, self.contract = config, contract
        upsampling = (config.rates, config.rate_kernels)
        blocks = (config.kernels, config.dilations, config.block)
        width = contract.channels
        if not decoder_only:
            self.encoder = _encoder(config, contract)
            self.pitch = PitchPredictor(width, config.pitch_channels)
            with torch.no_grad():
                self.encoder.last.bias[width:] = FIRST_LOG_STD
        self.decoder = Generator(width, config.decoder_channels, *upsampling, *blocks)
        self.context_frames = receptive_frames(*upsampling, *blocks)
        if for_training:
            periods = MultiPeriod(config.periods, config.period_widths)
            scales = MultiScale(config.n_scales, config.scale_width_divisor)
            self.discriminators = nn.ModuleList([periods, scales])
            if config.mel_weight:
                self.mel = MelSpectrogram(comparison(contract, None, "glow_wavegan: mel_weight"))

    def player(self, name: str) -> nn.Module:
        """The autoencoder with its predictor, or the discriminators."""
        if name == "discriminator":
            return self.discriminators
        return nn.ModuleList([self.encoder, self.decoder, self.pitch])

    def loss(
        self, batch: WaveBatch, player: str = "generator", carry: dict[str, Any] | None = None
    ) -> Losses:
        """One player's losses; what the autoencoder makes is made once a step and carried over.

        In steps without the adversary the discriminator has none and the generator only those
        without it.
        """
        c, carry = self.config, {} if carry is None else carry
        adversary = adversary_plays(c, carry, self.training)
        if not adversary and player == "discriminator":
            return {}
        if "fake" not in carry:
            posterior = self.posterior(batch.wav)
            latent = posterior.sample(torch.randn_like(posterior.mean))
            carry |= {"posterior": posterior, "latent": latent}
            carry["fake"] = self.decoder(latent).float()
        fake = carry["fake"]
        real = batch.wav[:, None, : fake.shape[2]]
        if player == "discriminator":
            return play_discriminators(self.discriminators, ("period", "scale"), real, fake)
        losses = self._autoencoding_losses(real, carry)
        if adversary:
            adversarial, features = play_generator(self.discriminators, real, fake)
            losses |= {"adversarial": adversarial, "features": features}
            losses["total"] = losses["total"] + adversarial + c.feature_weight * features
        return losses

    def _autoencoding_losses(self, real: torch.Tensor, carry: dict[str, Any]) -> Losses:
        """Reconstruction, divergence, pitch and voicing."""
        c, posterior = self.config, carry["posterior"]
        convergence, log_distance = multi_resolution_loss(
            carry["fake"].squeeze(1), real.squeeze(1)
        )
        stft = convergence + log_distance
        kl = standard_kl(posterior.mean, posterior.log_std).mean()
        pitch, voicing = self._pitch_losses(real.squeeze(1), carry["latent"])
        warmth = min(1.0, carry.get("step", math.inf) / c.kl_warmup) if c.kl_warmup else 1.0
        total = c.stft_weight * stft + c.kl_weight * warmth * kl
        total = total + c.pitch_weight * (pitch + voicing)
        losses = {"total": total, "stft": stft, "kl": kl, "pitch": pitch, "voicing": voicing}
        if c.mel_weight:
            made, wanted = (self.mel(x.squeeze(1)) for x in (carry["fake"], real))
            losses["mel"] = (made - wanted).abs().mean()
            losses["total"] = total + c.mel_weight * losses["mel"]
        return losses

    def _pitch_losses(
        self, wav: torch.Tensor, latent: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean |ln F0 / F0_hat| of voiced frames, and the cross-entropy of voicing.

        Frames whose pitch depends on samples outside of the segment are left out.
        """
        rate_hz, hop = self.contract.sample_rate_hz, self.contract.hop
        n_frames = latent.shape[2]
        edge = min(-(-f0.reach(rate_hz) // hop), (n_frames - 1) // 2)
        inside = slice(edge, n_frames - edge)
        track = f0.estimate(wav, rate_hz, hop)
        target, voiced = track.f0_hz[:, inside], track.voiced[:, inside].float()
        log_f0, logit = (x[:, inside] for x in self.pitch(latent))
        apart = (log_f0 - target.clamp_min(1.0).log()).abs() * voiced
        voicing = binary_cross_entropy_with_logits(logit, voiced)
        return apart.sum() / voiced.sum().clamp_min(1.0), voicing

    def posterior(self, wav: torch.Tensor, frame_lens: torch.Tensor | None = None) -> Posterior:
        """What the encoder says of waveforms (B, N), in N // hop frames; a rest is left out.

        Args:
            frame_lens: (B,), so that each row comes out as if it were alone; padding is zero.
        Raises:
            DataError: fewer samples than make one frame.
        """
        hop = self.contract.hop
        n_frames = wav.shape[1] // hop
        if n_frames < 1:
            raise DataError(
                f"{wav.shape[1]} samples make no frame of {hop}; use a longer recording"
            )
        mask = None
        if frame_lens is not None and int(frame_lens.min()) < n_frames:
            mask = length_mask(frame_lens, n_frames)
        out = exact(self.encoder(wav[:, None, : n_frames * hop], mask))
        mean, log_std = (out if mask is None else out * mask).chunk(2, 1)
        return Posterior(mean, log_std.clamp(*LOG_STDS))

    @torch.no_grad()
    def encode(
        self,
        wav: torch.Tensor,
        *,
        sample: int | Sequence[int] | None = None,
        frame_lens: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """wav (B, N) in [-1, 1] to frames (B, C, N // hop).

        Args:
            sample: the seed of a sample of the posterior, one for all rows or one a row; None for
                its mean.
            frame_lens: (B,), where rows are padded.
        Raises:
            DataError: fewer samples than make one frame.
        """
        posterior = self.posterior(wav, frame_lens)
        if sample is None:
            return posterior.mean
        n_rows, channels, n_frames = posterior.mean.shape
        lens = [n_frames] * n_rows if frame_lens is None else frame_lens.tolist()
        noise = row_noise(sample, lens, channels, n_frames)
        return posterior.sample(noise.to(wav.device))

    @torch.no_grad()
    def for_dump(self, wav: torch.Tensor) -> torch.Tensor:
        """What a dump dir keeps of wav (B, N): means over log-stds, (B, 2 C, T)."""
        posterior = self.posterior(wav)
        return torch.cat([posterior.mean, posterior.log_std], 1)

    @torch.no_grad()
    def predict_f0(self, frames: torch.Tensor) -> torch.Tensor:
        """F0 in Hz of frames (B, C, T), 0 where they are unvoiced: (B, T)."""
        log_f0, logit = self.pitch(frames)
        return torch.where(logit > 0, log_f0.exp(), 0.0)

    @torch.no_grad()
    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop): the decoder; nothing in it is random."""
        del seed, noise
        wav = self.decoder.waveform(frames, frame_lens)
        return wav if window is None else window.cut(wav, self.contract.hop)


def _encoder(config: Config, contract: Contract) -> WaveEncoder | SpectrogramEncoder:
    """Waveforms to the means and log-stds of every frame."""
    rest = (config.encoder_kernel, config.n_units, 2 * contract.channels)
    if config.encoder == "spectrogram":
        return SpectrogramEncoder(config.encoder_channels, contract.hop, *rest)
    return WaveEncoder(config.encoder_channels, config.strides, *rest)


def _check(config: Config, contract: Contract) -> None:
    if contract.kind != "latent":
        raise ConfigError(
            f"glow_wavegan: makes a latent, the bridge is a {contract.kind}; set audio.kind to "
            "latent"
        )
    if config.encoder == "waveform" and math.prod(config.strides) != contract.hop:
        raise ConfigError(
            f"glow_wavegan: strides {list(config.strides)} multiply to "
            f"{math.prod(config.strides)}, the bridge's hop is {contract.hop}; choose strides "
            "whose product is the hop"
        )
    shape = (config.decoder_channels, config.rates, config.rate_kernels)
    check_shape("glow_wavegan", contract.hop, *shape, config.kernels, config.dilations)
