"""FloWaveNet: a multi-scale flow from noise to samples, trained by likelihood alone.

References:
    FloWaveNet: A Generative Flow for Raw Audio (Kim, Lee, Song, Kim and Yoon, 2019).
        https://arxiv.org/abs/1811.02155
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import nn

from tts.config import Settings
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.errors import ConfigError
from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain, Flow
from tts.flows.coupling import AffineCoupling
from tts.flows.likelihood import Likelihood, bits_per_sample, normal_log_prob
from tts.flows.order import Swap
from tts.flows.scales import MultiScale
from tts.nn.conv import Conv1d, planar, same_conv, settle, weight_norm
from tts.nn.dither import dithered
from tts.nn.masking import length_mask, sample_noise
from tts.nn.speakers import SpeakerBias
from tts.nn.upsample import Upsampling, build_upsampler
from tts.nn.wavenet import GatedStack

PIECE_FRAMES = 4096
FRONT_KERNEL = 3  # of the convolution before the gated stack
GAIN = 3.0  # on the logarithm of the last convolution's gain, which makes it learn faster (Glow)


class Config(Settings):
    """Depths and widths; the defaults are the paper's (section 4.1).

    Attributes:
        n_blocks: context blocks (section 3.4); each halves the rate in time.
        n_flows: flow operations in a block (section 3.3).
        blocks_per_split: blocks after which half of the channels leave as latents.
        channels, n_layers, kernel: of the gated stack in each coupling; dilations double.
        prior_layers: of the stack that tells leaving channels their mean and scale.
        upsampling: of the frames to the rate of samples.
        temperature: standard deviation of the noise at synthesis, unless another is asked for.
        dither: standard deviation of noise added to the waveforms in training. With none, much of
            the likelihood is won by telling silence to its last bits.
        speaker_bias: of data of several speakers, tell the model who speaks. Without it the frames
            alone tell, and so it speaks with any voice.
    """

    n_blocks: PositiveInt = 8
    n_flows: PositiveInt = 6
    blocks_per_split: PositiveInt = 4
    channels: PositiveInt = 256
    n_layers: PositiveInt = 2
    prior_layers: PositiveInt = 2
    kernel: PositiveInt = 3
    upsampling: Upsampling = Upsampling(kind="transposed", slope=0.4)
    temperature: NonNegativeFloat = 0.8
    dither: NonNegativeFloat = 0.0
    speaker_bias: bool = False


class ZeroConv1d(Conv1d):
    """A 1x1 convolution that starts at zero, with a learned gain on each channel.

    References:
        Glow (Kingma and Dhariwal, 2018), section 3.3 and its code. https://arxiv.org/abs/1807.03039
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 1)
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)
        self.log_gain = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Planar (B, C, 1, T) to the same."""
        return super().forward(x) * torch.exp(GAIN * self.log_gain)[:, None, None]


class CouplingNet(nn.Module):
    """The non-causal WaveNet between convolutions (section 3.3); it starts at zero.

    Args:
        channels: of the whole group, half of which it sees.
        cond_channels: of the conditioning that it sees.
        half: of the conditioning, 0 or 1; None for both, which is what a prior sees.
    """

    def __init__(
        self, channels: int, cond_channels: int, half: int | None, config: Config
    ) -> None:
        super().__init__()
        width, self.half = config.channels, half
        n_layers = config.prior_layers if half is None else config.n_layers
        self.reach = FRONT_KERNEL // 2 + (config.kernel - 1) // 2 * (2**n_layers - 1)
        self.front = weight_norm(same_conv(channels // 2, width, FRONT_KERNEL))
        self.stack = GatedStack(
            width,
            config.kernel,
            [2**layer for layer in range(n_layers)],
            cond_channels=cond_channels,
            residual_scale=math.sqrt(0.5),
        )
        self.hidden = weight_norm(Conv1d(width, width, 1))
        self.end = ZeroConv1d(width, channels)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: tuple[torch.Tensor, torch.Tensor]
    ) -> torch.Tensor:
        """(B, C / 2, T) and both halves of the conditioning to shift and log-scale, (B, C, T)."""
        seen = torch.cat(cond, 1) if self.half is None else cond[self.half]
        if torch.is_grad_enabled() or x.shape[2] <= PIECE_FRAMES:
            return self._whole(x, mask, seen)
        pieces = []
        for start in range(0, x.shape[2], PIECE_FRAMES):
            left = max(0, start - self.reach)
            span = slice(left, start + PIECE_FRAMES + self.reach)
            own_mask = None if mask is None else mask[..., span]
            made = self._whole(x[..., span], own_mask, seen[..., span])
            pieces.append(made[..., start - left :][..., :PIECE_FRAMES])
        return torch.cat(pieces, 2)

    def _whole(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor
    ) -> torch.Tensor:
        mask = None if mask is None else mask.unsqueeze(2)
        x = self.front(planar(x)).relu()
        x = self.stack(x if mask is None else x * mask, mask, cond)
        return self.end(self.hidden(x.relu()).relu()).squeeze(2)


class Model(nn.Module):
    """FloWaveNet over any bridge whose hop the blocks divide.

    Args:
        config: depths and widths.
        contract: the bridge.
        for_training: changes nothing, training needs no further part.
        n_speakers, speaker_vector: whom `speaker_bias` tells apart: rows of a table, or the width
            of outer vectors.
    Raises:
        ConfigError: hop, blocks and upsampling do not fit together.
    """

    players = ("model",)
    training_only: tuple[str, ...] = ()
    knobs = ("temperature",)

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
        _check(config, contract)
        self.config, self.contract = config, contract
        known = n_speakers, speaker_vector
        self.speakers = SpeakerBias.of(config.speaker_bias, contract.channels, *known)
        self.upsample = build_upsampler(config.upsampling, contract.channels, contract.hop)
        self.flow = _flow(config, contract.channels)
        reach_frames = -(-_reach(config) // contract.hop)
        self.context_frames = reach_frames + self.upsample.context_frames

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
        """The negative log-likelihood in nats per sample (equation 2).

        Beside it, the same as bits of a 16-bit sample, and the variance of the latents, which goes
        to 1.
        """
        del player, carry  # one player: nothing to tell apart, nothing to hand on
        wav = dithered(batch.wav, self.config.dither, self.training)
        latent, logdet = self._explain(self.speakers(batch.frames, batch.speakers), wav)
        total = -(normal_log_prob(latent).sum() + logdet.sum()) / latent.numel()
        return {
            "total": total,
            "bits_per_sample": bits_per_sample(total),
            "latent_variance": latent.square().mean(),
        }

    @torch.no_grad()
    def initialise(self, batch: VocoderBatch) -> None:
        """Set every ActNorm, in order, so that this batch comes out with mean 0 and variance 1."""
        self.flow.initialise(batch.wav.unsqueeze(1), None, self._conditioning(batch.frames, None))

    @torch.no_grad()
    def log_likelihood(
        self, frames: torch.Tensor, wav: torch.Tensor, speakers: torch.Tensor | None = None
    ) -> Likelihood:
        """Latents and exact log-likelihood of waveforms (B, T * hop) given frames (B, C, T)."""
        latent, logdet = self._explain(self.speakers(frames, speakers), wav)
        log_prob = normal_log_prob(latent) + logdet
        return Likelihood(latent.squeeze(1), log_prob, torch.full_like(log_prob, wav.shape[1]))

    def _explain(
        self, frames: torch.Tensor, wav: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents at the place of the samples (B, 1, N), and log-determinants (B,)."""
        return self.flow(wav.unsqueeze(1), None, self._conditioning(frames, None))

    def _conditioning(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the couplings see, once for all: both halves of the channels, planar."""
        first, second = self.upsample(frames, frame_lens).chunk(2, 1)
        return planar(first), planar(second)

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
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop), zero past each row's length.

        Args:
            noise: standard normal numbers to use instead of the seed's, (B, T * hop), at the place
                of the samples they become.
            temperature: the noise's standard deviation, 0 or more; the config's when None.
        """
        temperature = self.config.temperature if temperature is None else temperature
        if not 0 <= temperature < math.inf:
            raise ConfigError(f"flowavenet: temperature {temperature}: expected 0 or more")
        hop, mask, frames = self.contract.hop, None, self.speakers(frames, speakers)
        if frame_lens is not None and int(frame_lens.min()) == frames.shape[2]:
            frame_lens = None
        if frame_lens is not None:
            mask = length_mask(frame_lens * hop, frames.shape[2] * hop)
        if noise is None:
            noise = sample_noise(seed, frames, frame_lens, hop, window)
        latent, cond = temperature * noise.unsqueeze(1), self._conditioning(frames, frame_lens)
        wav = self.flow.inverse(latent, mask, cond).squeeze(1).float()
        return wav if window is None else window.cut(wav, hop)


def _flow(config: Config, cond_channels: int) -> Flow:
    """Blocks at falling rates; at the end of some, half of the channels become latents."""
    scales, kept = [], []
    width, halves = 1, ((cond_channels + 1) // 2, cond_channels // 2)
    for block in range(config.n_blocks):
        width, halves = 2 * width, (2 * halves[0], 2 * halves[1])
        flows: list[Flow] = []
        for i in range(config.n_flows):
            half = (block * config.n_flows + i) % 2  # the halves of the conditioning swap, too
            net = CouplingNet(width, halves[half], half, config)
            flows += [ActNorm(width, signed=True), AffineCoupling(net, normalises=True), Swap()]
        if _splits(config, block):
            # Half of the channels leave, told their mean and scale by the others (section 3.4):
            # a coupling that makes them standard normal.
            net = CouplingNet(width, sum(halves), None, config)
            flows.append(AffineCoupling(net, normalises=True))
            width //= 2
        scales.append(Chain(flows))
        kept.append(slice(None, width))
    return MultiScale(scales, kept[:-1], n_squeeze=2, order="channel")


def _splits(config: Config, block: int) -> bool:
    return (block + 1) % config.blocks_per_split == 0 and block < config.n_blocks - 1


def _reach(config: Config) -> int:
    """How many samples on each side of one the flow makes it depend on."""

    def steps(n_layers: int) -> int:
        return FRONT_KERNEL // 2 + (config.kernel - 1) // 2 * (2**n_layers - 1)

    of_coupling, of_prior = steps(config.n_layers), steps(config.prior_layers)
    return sum(
        2 ** (block + 1) * (config.n_flows * of_coupling + _splits(config, block) * of_prior)
        for block in range(config.n_blocks)
    )


def _check(config: Config, contract: Contract) -> None:
    group = 2**config.n_blocks
    if contract.hop % group:
        raise ConfigError(
            f"flowavenet: the bridge's hop {contract.hop} does not divide by {group}, which "
            f"{config.n_blocks} blocks squeeze together; make n_blocks smaller"
        )
    if contract.channels < 2:
        raise ConfigError("flowavenet: a bridge of 1 channel has no halves; use 2 or more")
    if config.kernel % 2 == 0:
        raise ConfigError(f"flowavenet: kernel {config.kernel} must be odd")
