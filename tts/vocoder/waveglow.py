"""WaveGlow: a flow from noise to groups of samples, conditioned on upsampled frames.

References:
    WaveGlow: A Flow-based Generative Network for Speech Synthesis (Prenger, Valle and Catanzaro,
        2018). https://arxiv.org/abs/1811.00002
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from tts.audio.denoise import OVERLAP, bias_spectrum, subtract_spectrum
from tts.config import Settings
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.errors import ConfigError
from tts.flows.base import Chain, Flow
from tts.flows.coupling import AffineCoupling
from tts.flows.likelihood import Likelihood, bits_per_sample, normal_log_prob
from tts.flows.mixing import GroupedMixing
from tts.flows.scales import MultiScale
from tts.flows.squeeze import squeeze, squeeze_planar, unsqueeze
from tts.nn.conv import Conv1d, planar, settle, weight_norm
from tts.nn.dither import dithered
from tts.nn.masking import length_mask, sample_noise
from tts.nn.speakers import SpeakerBias
from tts.nn.upsample import Upsampling, build_upsampler
from tts.nn.wavenet import GatedStack

N_BIAS_FRAMES = 88  # of the silence whose first window shows the vocoder's bias, as published

MIN_STD = 2.0**-15  # guards divisions in the initialisation: a quantisation step of 16 bits


class Config(Settings):
    """Depths and widths; the defaults are those of the authors' code (section 3.2 of the paper).

    Deviation: the paper has residual paths of 512 channels, skip paths of 256 and a training sigma
    of sqrt(0.5), as far as remembered; the published checkpoints have 256 or 512 for both and 1.

    Attributes:
        n_flows: steps of mixing and coupling.
        group: neighbouring samples that a step sees as channels.
        early_every: steps after which `early_channels` of the channels leave as latents.
        channels, n_layers, kernel: of the gated stack in each coupling; dilations double.
        upsample_kernel: width in samples of the transposed convolution, by default four hops.
        sigma: standard deviation of the latents that training assumes (equation 9).
        temperature: standard deviation of the noise at synthesis, unless another is asked for.
        dither: standard deviation of noise added to the waveforms in training. With none, much of
            the likelihood is won by telling silence to its last bits.
        speaker_bias: of data of several speakers, tell the model who speaks. Without it the frames
            alone tell, and so it speaks with any voice.
        exchanged: every second step transforms the first half of the channels by the second, as
            the first published code had it, instead of the other way round.
    """

    n_flows: PositiveInt = 12
    group: PositiveInt = 8
    early_every: PositiveInt = 4
    early_channels: PositiveInt = 2
    channels: PositiveInt = 256
    n_layers: PositiveInt = 8
    kernel: PositiveInt = 3
    upsample_kernel: PositiveInt | None = None
    sigma: PositiveFloat = 1.0
    temperature: NonNegativeFloat = 0.6
    dither: NonNegativeFloat = 0.0
    speaker_bias: bool = False
    exchanged: bool = False


class CouplingNet(nn.Module):
    """The WN block (section 2.2): the gated stack between two 1x1 convolutions.

    The last one starts at zero, and so the coupling as the identity.
    """

    def __init__(self, channels: int, cond_channels: int, config: Config) -> None:
        super().__init__()
        self.start = weight_norm(Conv1d(channels // 2, config.channels, 1))
        dilations = [2**layer for layer in range(config.n_layers)]
        self.stack = GatedStack(
            config.channels, config.kernel, dilations, cond_channels=cond_channels
        )
        self.end = Conv1d(config.channels, channels, 1)
        nn.init.zeros_(self.end.weight)
        nn.init.zeros_(self.end.bias)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor
    ) -> torch.Tensor:
        """(B, C / 2, T), and planar conditioning, to shift and log-scale, (B, C, T)."""
        mask = None if mask is None else mask.unsqueeze(2)
        x = self.start(planar(x))
        x = self.stack(x if mask is None else x * mask, mask, cond)
        return self.end(x).squeeze(2)


class Model(nn.Module):
    """WaveGlow over any bridge whose hop the group divides.

    Args:
        config: depths and widths.
        contract: the bridge.
        for_training: changes nothing, training needs no further part.
        n_speakers, speaker_vector: whom `speaker_bias` tells apart: rows of a table, or the width
            of outer vectors.
    Raises:
        ConfigError: hop, group and early outputs do not fit together.
    """

    players = ("model",)
    training_only: tuple[str, ...] = ()
    knobs = ("temperature", "denoise")

    def __init__(
        self,
        config: Config,
        contract: Contract,
        for_training: bool = True,
        n_speakers: int = 1,
        speaker_vector: int = 0,
    ) -> None:
        super().__init__()
        del for_training
        widths = _widths(config, contract)
        self.config, self.contract = config, contract
        known = n_speakers, speaker_vector
        self.speakers = SpeakerBias.of(config.speaker_bias, contract.channels, *known)
        kernels = (config.upsample_kernel,) if config.upsample_kernel else None
        settings = Upsampling(kind="direct", kernels=kernels)
        self.upsample = build_upsampler(settings, contract.channels, contract.hop)
        self.flow = _flow(config, widths, contract.channels * config.group)
        reach = sum((config.kernel - 1) // 2 * 2**layer for layer in range(config.n_layers))
        reach_frames = -(-reach * config.group * config.n_flows // contract.hop)
        # The denoiser's windows reach over OVERLAP hops.
        self.context_frames = reach_frames + self.upsample.context_frames + OVERLAP
        self._bias: torch.Tensor | None = None

    def settle(self, dtype: torch.dtype) -> None:
        """Prepare the folded weights for inference under autocast to that format."""
        settle(self.flow, dtype)

    def player(self, name: str) -> nn.Module:
        """The whole model: it has one player."""
        assert name == "model", f"no player {name!r}; there is `model`"
        return self

    def loss(
        self, batch: VocoderBatch, player: str = "model", carry: dict[str, Any] | None = None
    ) -> Losses:
        """The negative log-likelihood per sample under N(0, sigma^2), its constant left out.

        Beside it, the same as bits of a 16-bit sample, and the variance of the latents, which goes
        to sigma^2.
        """
        del player, carry  # one player: nothing to tell apart, nothing to hand on
        wav = dithered(batch.wav, self.config.dither, self.training)
        latent, logdet = self._explain(self.speakers(batch.frames, batch.speakers), wav)
        sigma, n_values = self.config.sigma, latent.numel()
        density = 0.5 * (latent / sigma).square().sum()
        log_prob = normal_log_prob(latent, sigma).sum() + logdet.sum()
        return {
            "total": (density - logdet.sum()) / n_values,
            "bits_per_sample": bits_per_sample(-log_prob / n_values),
            "latent_variance": latent.square().mean(),
        }

    @torch.no_grad()
    def initialise(self, batch: VocoderBatch) -> None:
        """Start from the statistics of a batch.

        The first mixing makes groups of samples white, and the upsampling gives every channel mean
        0 and variance 1.

        Deviation: the paper starts from a rotation and raw frames, and training spends its first
        thousands of steps on what is set here at once.
        """
        conv = self.upsample.conv
        std, mean = torch.std_mean(self.upsample(batch.frames), (0, 2))
        std = std.clamp_min(MIN_STD)
        conv.weight.div_(std[:, None])
        conv.bias.sub_(mean).div_(std)
        groups = squeeze(batch.wav.unsqueeze(1), self.config.group).transpose(0, 1).flatten(1)
        variances, directions = torch.linalg.eigh(groups @ groups.T / groups.shape[1])
        stds = variances.clamp_min(MIN_STD**2).sqrt()
        white = directions @ torch.diag(self.config.sigma / stds) @ directions.T
        self.flow.scales[0].flows[0].weight.copy_(white)

    @torch.no_grad()
    def log_likelihood(
        self, frames: torch.Tensor, wav: torch.Tensor, speakers: torch.Tensor | None = None
    ) -> Likelihood:
        """Latents and exact log-likelihood of waveforms (B, T * hop) given frames (B, C, T)."""
        latent, logdet = self._explain(self.speakers(frames, speakers), wav)
        log_prob = normal_log_prob(latent, self.config.sigma) + logdet
        n_samples = torch.full_like(log_prob, wav.shape[1])
        return Likelihood(unsqueeze(latent, self.config.group).squeeze(1), log_prob, n_samples)

    def _explain(
        self, frames: torch.Tensor, wav: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (B, group, N / group) and log-determinants (B,)."""
        groups = squeeze(wav.unsqueeze(1), self.config.group)
        return self.flow(groups, None, self._conditioning(frames, None))

    def _conditioning(self, frames: torch.Tensor, frame_lens: torch.Tensor | None) -> torch.Tensor:
        """What every coupling sees, once for all: planar (B, group * C, 1, N / group)."""
        return squeeze_planar(planar(self.upsample(frames, frame_lens)), self.config.group)

    @torch.no_grad()
    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
        temperature: float | None = None,
        denoise: float = 0.0,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop), zero past each row's length.

        Args:
            noise: standard normal numbers to use instead of the seed's, (B, T * hop), at the place
                of the samples they become.
            temperature: the noise's standard deviation, 0 or more; the config's when None.
            denoise: how often the bias spectrum is taken off; 0 leaves the wav as it is, and 0.01
                to 0.1 are usual.
        """
        temperature = self.config.temperature if temperature is None else temperature
        _check_knob("temperature", temperature)
        _check_knob("denoise", denoise)
        hop, frames = self.contract.hop, self.speakers(frames, speakers)
        if frame_lens is not None and int(frame_lens.min()) == frames.shape[2]:
            frame_lens = None
        if noise is None:
            noise = sample_noise(seed, frames, frame_lens, hop, window)
        wav = self._invert(temperature * noise, frames, frame_lens)
        if denoise:
            bias = self._bias_spectrum(frames)
            lens = [len(row) for row in wav] if frame_lens is None else (frame_lens * hop).tolist()
            for row, n_samples in zip(wav, lens):
                row[:n_samples] = subtract_spectrum(row[:n_samples], bias, denoise, hop)
        return wav if window is None else window.cut(wav, hop)

    def _invert(
        self, latent: torch.Tensor, frames: torch.Tensor, frame_lens: torch.Tensor | None
    ) -> torch.Tensor:
        """Latents at the place of samples (B, N) to the wav they belong to."""
        group, mask = self.config.group, None
        if frame_lens is not None:
            n_groups = latent.shape[1] // group
            mask = length_mask(frame_lens * (self.contract.hop // group), n_groups)
        latent = squeeze(latent.unsqueeze(1), group)
        groups = self.flow.inverse(latent, mask, self._conditioning(frames, frame_lens))
        return unsqueeze(groups, group).squeeze(1).float()

    def _bias_spectrum(self, like: torch.Tensor) -> torch.Tensor:
        """The spectrum of what the model says to zeros, without noise; kept for the next time."""
        if self._bias is None or self._bias.device != like.device:
            hop = self.contract.hop
            silence = like.new_zeros(1, self.contract.channels, N_BIAS_FRAMES)
            latent = silence.new_zeros(1, N_BIAS_FRAMES * hop)
            self._bias = bias_spectrum(self._invert(latent, silence, None)[0], hop)
        return self._bias

    def train(self, mode: bool = True) -> Model:
        """Weights are about to change, or have: the bias spectrum is to be found anew."""
        self._bias = None
        return super().train(mode)

    def _apply(self, function: Callable[..., Any], recurse: bool = True) -> Model:
        """Weights move or are cast: the same."""
        self._bias = None
        return super()._apply(function, recurse)


def _flow(config: Config, widths: Sequence[int], cond_channels: int) -> Flow:
    """Steps of mixing and coupling; between every few of them the first channels leave."""
    scales = []
    for scale, width in enumerate(widths):
        first, steps = scale * config.early_every, []
        for step in range(first, min(first + config.early_every, config.n_flows)):
            net = CouplingNet(width, cond_channels, config)
            exchanged = config.exchanged and step % 2 == 1
            steps += [GroupedMixing(width, width), AffineCoupling(net, exchanged=exchanged)]
        scales.append(Chain(steps))
    return MultiScale(scales, [slice(config.early_channels, None)] * (len(scales) - 1))


def _widths(config: Config, contract: Contract) -> list[int]:
    """The channels of each scale, checked."""
    group, early, hop = config.group, config.early_channels, contract.hop
    if group % 2 or early % 2:
        raise ConfigError(f"waveglow: group {group} and early_channels {early} must be even")
    if hop % group:
        raise ConfigError(
            f"waveglow: the bridge's hop {hop} does not divide by group {group}; choose a group "
            "that divides it"
        )
    if config.kernel % 2 == 0:
        raise ConfigError(f"waveglow: kernel {config.kernel} must be odd")
    n_scales = -(-config.n_flows // config.early_every)
    widths = [group - early * scale for scale in range(n_scales)]
    if widths[-1] < 2:
        raise ConfigError(
            f"waveglow: {n_scales - 1} early outputs of {early} channels leave nothing of a group "
            f"of {group}; make early_every larger or early_channels smaller"
        )
    return widths


def _check_knob(name: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ConfigError(f"waveglow: {name} {value}: expected 0 or more")
