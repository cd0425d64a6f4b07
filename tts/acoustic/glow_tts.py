"""Glow-TTS: text to bridge frames by a flow, aligned by monotonic alignment search.

References:
    Glow-TTS: A Generative Flow for Text-to-Speech via Monotonic Alignment Search
        (Kim, Kim, Kong and Yoon, 2020). https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from torch import nn

from tts.config import Settings
from tts.contracts import AcousticBatch, AcousticOutput, Contract, Losses
from tts.errors import ConfigError
from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain
from tts.flows.coupling import AffineCoupling
from tts.flows.mixing import GroupedMixing
from tts.flows.squeeze import squeeze, unsqueeze
from tts.kernels import mas
from tts.losses.duration import duration_loss
from tts.nn.attention import EncoderBlock
from tts.nn.conv import ChannelNorm, Conv1d, planar, same_conv, weight_norm
from tts.nn.masking import length_mask, row_noise, token_of_frame
from tts.nn.precision import exact
from tts.nn.speakers import SpeakerTable, unit
from tts.nn.wavenet import GatedStack

LOG_2PI = math.log(2 * math.pi)
MIN_SCALE = 1e-6  # guards the logarithm of a coupling's sigmoid scale
SCALE_SHIFT = 2.0  # such couplings start near the identity: sigmoid(2) is 0.88
MAX_TOKEN_FRAMES = 2000  # guards memory against the exponential of an untrained predictor


class Config(Settings):
    """Widths and depths; the defaults are the paper's (appendix A.1), as its code states them.

    Attributes:
        channels: width of the text encoder.
        attention_window: largest distance with a relative position term.
        attention_block: largest distance attended to; null for no limit.
        prenet: three convolutions before the transformer.
        mean_only: the prior's log-scale is 0 everywhere.
        mixing_group: size of the matrix of the invertible 1x1 convolutions.
        n_squeeze: frames folded into channels before the flow.
        sigmoid_scale: couplings scale by sigmoid(. + 2) instead of exp.
        speaker_channels: width of the speaker table, used when there is more than one speaker, or
            of what outer vectors of speakers become.
        text_speaker: with several speakers, the text encoder sees who speaks too, and so the
            prior's mean does; otherwise only the flow and the duration predictor do.
        frame_noise: standard deviation of noise added to the training frames, so that stretches of
            digital silence, which are constant, do not draw the density to infinity.
        temperature: standard deviation of the prior at synthesis, 0 (flat) to 2.
    """

    channels: PositiveInt = 192
    feed_forward_channels: PositiveInt = 768
    n_heads: PositiveInt = 2
    n_blocks: NonNegativeInt = 6
    kernel: PositiveInt = 3
    dropout: float = Field(0.1, ge=0, lt=1)
    attention_window: NonNegativeInt | None = 4
    attention_block: NonNegativeInt | None = None
    prenet: bool = True
    prenet_kernel: PositiveInt = 5
    prenet_layers: NonNegativeInt = 3
    prenet_dropout: float = Field(0.5, ge=0, lt=1)
    norm_eps: PositiveFloat = 1e-4
    mean_only: bool = True
    duration_channels: PositiveInt = 256
    flow_channels: PositiveInt = 192
    flow_kernel: PositiveInt = 5
    flow_dilation_base: PositiveInt = 1
    n_flow_blocks: PositiveInt = 12
    n_flow_layers: PositiveInt = 4
    flow_dropout: float = Field(0.05, ge=0, lt=1)
    mixing_group: PositiveInt = 4
    n_squeeze: int = Field(2, ge=1)
    sigmoid_scale: bool = False
    speaker_channels: PositiveInt = 256
    text_speaker: bool = False
    frame_noise: float = Field(0.0, ge=0)
    temperature: float = Field(0.667, ge=0, le=2)

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.channels % self.n_heads:
            raise ValueError(f"channels {self.channels} do not divide into {self.n_heads} n_heads")
        for name in ("kernel", "prenet_kernel", "flow_kernel"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} {getattr(self, name)} is even, which needs to be odd")
        if self.mixing_group % 2:
            raise ValueError(f"mixing_group {self.mixing_group} is odd, which needs to be even")
        return self


@dataclass(frozen=True)
class Prior:
    """What the text says of the latent.

    Attributes:
        mean: (B, C, L); log_scale: (B, C, L), or None for zero.
        log_durations: (B, L), natural log of frames; mask: (B, 1, L).
    """

    mean: torch.Tensor
    log_scale: torch.Tensor | None
    log_durations: torch.Tensor
    mask: torch.Tensor


@dataclass(frozen=True)
class Explanation:
    """Frames through the flow: latent (B, C, T), its mask, logdet (B,), durations (B, L)."""

    prior: Prior
    latent: torch.Tensor
    mask: torch.Tensor
    logdet: torch.Tensor
    durations: torch.Tensor


class Prenet(nn.Module):
    """Convolutions with norm, ReLU and dropout, and a residual that starts at zero."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, layers = config.channels, range(config.prenet_layers)
        self.convs = nn.ModuleList(same_conv(width, width, config.prenet_kernel) for _ in layers)
        self.norms = nn.ModuleList(ChannelNorm(width, config.norm_eps) for _ in layers)
        self.dropout = nn.Dropout(config.prenet_dropout)
        self.out = nn.Conv1d(width, width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, L), zero in the padding, to the same."""
        hidden = x
        for conv, norm in zip(self.convs, self.norms):
            hidden = self.dropout(norm(conv(hidden)).relu()) * mask
        return (x + self.out(hidden)) * mask


class DurationPredictor(nn.Module):
    """Encoded text to the logarithm of each token's frames."""

    def __init__(self, channels_in: int, config: Config) -> None:
        super().__init__()
        width = config.duration_channels
        self.convs = nn.ModuleList(
            same_conv(c, width, config.kernel) for c in (channels_in, width)
        )
        self.norms = nn.ModuleList(ChannelNorm(width, config.norm_eps) for _ in self.convs)
        self.dropout = nn.Dropout(config.dropout)
        self.out = nn.Conv1d(width, 1, 1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, C, L) to log-durations (B, 1, L), zero in the padding."""
        for conv, norm in zip(self.convs, self.norms):
            x = self.dropout(norm(conv(x * mask).relu()))
        return self.out(x * mask) * mask


class TextEncoder(nn.Module):
    """Tokens to the prior of each token, and their log-durations (section 3.3)."""

    def __init__(self, n_tokens: int, out_channels: int, speaker_channels: int, c: Config) -> None:
        super().__init__()
        self.mean_only, self.gain = c.mean_only, math.sqrt(c.channels)
        self.embedding = nn.Embedding(n_tokens, c.channels)
        nn.init.normal_(self.embedding.weight, 0.0, c.channels**-0.5)
        self.prenet = Prenet(c) if c.prenet else None
        self.speaker: nn.Conv1d | None = None
        if c.text_speaker and speaker_channels:
            self.speaker = nn.Conv1d(speaker_channels, c.channels, 1)
            nn.init.zeros_(self.speaker.weight)
            nn.init.zeros_(self.speaker.bias)
        self.blocks = nn.ModuleList(
            EncoderBlock(
                c.channels,
                c.feed_forward_channels,
                c.kernel,
                c.n_heads,
                c.attention_window,
                c.attention_block,
                c.dropout,
                c.norm_eps,
            )
            for _ in range(c.n_blocks)
        )
        self.mean = nn.Conv1d(c.channels, out_channels, 1)
        self.log_scale = None if c.mean_only else nn.Conv1d(c.channels, out_channels, 1)
        self.durations = DurationPredictor(c.channels + speaker_channels, c)

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, speaker: torch.Tensor | None
    ) -> Prior:
        """tokens (B, L), mask (B, 1, L), speaker (B, S, 1) or None."""
        x = (self.embedding(tokens) * self.gain).transpose(1, 2) * mask
        if self.prenet is not None:
            x = self.prenet(x, mask)
        if self.speaker is not None and speaker is not None:
            x = x + self.speaker(speaker) * mask
        for block in self.blocks:
            x = block(x, mask)
        seen = x.detach()  # durations teach the predictor only (section 3.3)
        if speaker is not None:
            seen = torch.cat([seen, speaker.expand(-1, -1, x.shape[2])], 1)
        log_durations = exact(self.durations(seen, mask)).squeeze(1)
        log_scale = None if self.log_scale is None else exact(self.log_scale(x)) * mask
        return Prior(exact(self.mean(x)) * mask, log_scale, log_durations, mask)


class CouplingNet(nn.Module):
    """The gated stack between two 1x1 convolutions; starts as the identity coupling."""

    def __init__(self, channels: int, speaker_channels: int, config: Config) -> None:
        super().__init__()
        width = config.flow_channels
        self.sigmoid_scale = config.sigmoid_scale
        self.start = weight_norm(Conv1d(channels // 2, width, 1))
        self.stack = GatedStack(
            width,
            config.flow_kernel,
            [config.flow_dilation_base**i for i in range(config.n_flow_layers)],
            cond_channels=speaker_channels,
            dropout=config.flow_dropout,
        )
        self.end = Conv1d(width, channels, 1)
        nn.init.zeros_(self.end.weight)
        nn.init.zeros_(self.end.bias)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, cond: torch.Tensor | None
    ) -> torch.Tensor:
        """(B, C / 2, T) to shift and log-scale, (B, C, T)."""
        x, mask = planar(x), mask.unsqueeze(2)
        cond = None if cond is None else cond.unsqueeze(2)
        out = self.end(self.stack(self.start(x) * mask, mask, cond)).squeeze(2)
        if not self.sigmoid_scale:
            return out
        shift, raw = exact(out).chunk(2, 1)
        return torch.cat([shift, torch.log(MIN_SCALE + torch.sigmoid(raw + SCALE_SHIFT))], 1)


def flow_decoder(channels: int, speaker_channels: int, config: Config) -> Chain:
    """Blocks of ActNorm, invertible mixing and affine coupling over squeezed frames."""
    width = channels * config.n_squeeze
    return Chain(
        flow
        for _ in range(config.n_flow_blocks)
        for flow in (
            ActNorm(width),
            GroupedMixing(width, config.mixing_group),
            AffineCoupling(CouplingNet(width, speaker_channels, config)),
        )
    )


class Model(nn.Module):
    """Glow-TTS over any bridge.

    Training maximises the exact likelihood of the frames under the best monotonic alignment of
    frames to tokens (equations 1 to 6) and teaches the duration predictor that alignment
    (equation 7).

    Args:
        config: widths and depths.
        contract: the bridge; only its channels matter here.
        n_tokens: size of the token table.
        n_speakers: 1 for a single-speaker model without a speaker table.
        speaker_vector: width of the outer vectors that say who speaks, instead of a table; 0 for
            none.
    Raises:
        ConfigError: the bridge's channels do not divide as the flow needs them to.
    """

    players = ("model",)
    training_only: tuple[str, ...] = ()

    def __init__(
        self,
        config: Config,
        contract: Contract,
        n_tokens: int,
        n_speakers: int = 1,
        speaker_vector: int = 0,
    ) -> None:
        super().__init__()
        width = contract.channels * config.n_squeeze
        if width % config.mixing_group:
            raise ConfigError(
                f"glow_tts: {contract.channels} channels of the bridge times n_squeeze do not "
                f"divide into groups of {config.mixing_group}; choose another mixing_group"
            )
        self.config, self.contract, self.frame_group = config, contract, config.n_squeeze
        self.speaker_vector = speaker_vector
        width = config.speaker_channels if n_speakers > 1 or speaker_vector else 0
        self.encoder = TextEncoder(n_tokens, contract.channels, width, config)
        self.decoder = flow_decoder(contract.channels, width, config)
        self.speakers: SpeakerTable | None = None
        self.projection: nn.Linear | None = None
        if speaker_vector:
            self.projection = nn.Linear(speaker_vector, width)
        elif width:
            self.speakers = SpeakerTable(n_speakers, width)
            nn.init.uniform_(self.speakers.weight, -0.1, 0.1)

    def player(self, name: str) -> nn.Module:
        """The whole model: it has one player."""
        assert name == "model", f"no player {name!r}; there is `model`"
        return self

    def loss(
        self, batch: AcousticBatch, player: str = "model", carry: dict[str, Any] | None = None
    ) -> Losses:
        """Negative log-likelihood in nats per frame and channel, and the duration loss.

        Raises:
            DataError: an utterance has fewer frames than tokens; it is named.
        """
        del player, carry  # one player: nothing to tell apart, nothing to hand on
        found = self._explain(batch, self._with_noise(batch.frames))
        prior, mask = found.prior, found.mask
        density = _negative_log_density(found)
        n_values = mask.sum() * self.contract.channels
        nll = ((density * mask).sum() - found.logdet.sum()) / n_values + 0.5 * LOG_2PI
        duration = duration_loss(prior.log_durations, found.durations, batch.token_lens)
        return {"total": nll + duration, "nll": nll, "duration": duration}

    @torch.no_grad()
    def initialise(self, batch: AcousticBatch) -> None:
        """Set every ActNorm, in order, so that this batch comes out with mean 0 and variance 1."""
        frames, mask = self._whole_groups(self._with_noise(batch.frames), batch.frame_lens)
        squeezed = squeeze(frames, self.config.n_squeeze)
        self.decoder.initialise(squeezed, self._group_mask(mask), self._speaker(batch.speakers))

    @torch.no_grad()
    def align(self, batch: AcousticBatch) -> torch.Tensor:
        """The most likely frames per token, or those given, (B, L) int64, of whole groups."""
        return self._explain(batch, batch.frames).durations

    @torch.no_grad()
    def frame_scores(
        self, batch: AcousticBatch, speakers: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Log-likelihood of recorded speech as if these speakers spoke it: (B,), nats per frame.

        The text is given, and aligned anew for each speaker. What differs between speakers tells
        who is likeliest to have spoken.

        Args:
            speakers: as `infer` takes them; the batch's own by default.
        Raises:
            DataError: an utterance has fewer frames than tokens; it is named.
        """
        speakers = batch.speakers if speakers is None else speakers
        found = self._explain(replace(batch, speakers=speakers), batch.frames)
        log_prob = found.logdet - (_negative_log_density(found) * found.mask).sum((1, 2))
        return log_prob / found.mask.sum((1, 2)) - 0.5 * LOG_2PI * self.contract.channels

    @torch.no_grad()
    def speaker_scores(
        self, frames: torch.Tensor, frame_lens: torch.Tensor, speakers: torch.Tensor
    ) -> torch.Tensor:
        """As `frame_scores`, of speech whose text is unknown: (B,), nats per frame.

        In the place of the text's prior there is a standard normal one, so that only differences
        between speakers mean anything.
        """
        whole, mask = self._whole_groups(frames, frame_lens)
        squeezed = squeeze(whole, self.config.n_squeeze)
        latent, logdet = self.decoder(squeezed, self._group_mask(mask), self._speaker(speakers))
        density = 0.5 * (
            latent.square().sum((1, 2)) + LOG_2PI * mask.sum((1, 2)) * frames.shape[1]
        )
        return (logdet - density) / mask.sum((1, 2)).clamp_min(1)

    @torch.no_grad()
    def convert(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor,
        source: torch.Tensor | None,
        target: torch.Tensor | None,
    ) -> torch.Tensor:
        """The same speech by other speakers: the flow takes the source's away, adds the target's.

        What is said stays in the latent, which the text alone would have to explain; timing stays
        as it is. No text is needed (section 5.4). From a speaker to itself nothing changes.

        Args:
            frames: (B, C, T); frame_lens: (B,).
            source, target: who speaks and who shall, as `infer` takes speakers.
        Returns:
            (B, C, T), zero in the padding.
        """
        whole, mask = self._filled_groups(frames, frame_lens)
        squeezed, group_mask = squeeze(whole, self.config.n_squeeze), self._group_mask(mask)
        latent, _ = self.decoder(squeezed, group_mask, self._speaker(source))
        made = self.decoder.inverse(latent, group_mask, self._speaker(target))
        made = unsqueeze(made, self.config.n_squeeze)[:, :, : frames.shape[2]]
        return made * length_mask(frame_lens, frames.shape[2]).to(made.dtype)

    def speaker_rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Speaker ids (B,) to vectors (B, E) that mean the same; sums of these mix speakers."""
        assert self.speakers is not None, "the model has no table of speakers"
        return self.speakers(ids)

    @torch.no_grad()
    def teacher_forced(
        self,
        batch: AcousticBatch,
        *,
        seed: int | Sequence[int] = 0,
        temperature: float | None = None,
    ) -> torch.Tensor:
        """Frames (B, C, T) as the model makes them along the recording's own durations."""
        found = self._explain(batch, batch.frames)
        lens = found.mask.sum((1, 2)).long().tolist()
        noise = row_noise(seed, lens, self.contract.channels, found.mask.shape[2])
        made = self._decode(
            found.prior, found.durations, found.mask, noise, batch.speakers, temperature
        )
        n_left_over = batch.frames.shape[2] - made.shape[2]
        real = nn.functional.pad(found.mask, (0, n_left_over)) > 0
        return torch.where(real, nn.functional.pad(made, (0, n_left_over)), batch.frames)

    @torch.no_grad()
    def infer(
        self,
        tokens: torch.Tensor,
        token_lens: torch.Tensor,
        speakers: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        temperature: float | None = None,
        speed: float | torch.Tensor = 1.0,
        noise: torch.Tensor | None = None,
    ) -> AcousticOutput:
        """Synthesise frames.

        Args:
            tokens: (B, L) int64; token_lens: (B,).
            speakers: (B,) int64 ids of a multi-speaker model, (B, E) rows of its table or mixtures
                of them; for a model of outer vectors, these.
            seed: of the prior's noise, one for all or one a row.
            temperature: the noise's standard deviation; the config's when None.
            speed: 2 speaks twice as fast: predicted durations are divided by it, then rounded up;
                one for all, or (B, L) for each token.
            noise: standard normal numbers to use instead of the seed's, (B, C, at least T).
        """
        with torch.autocast(tokens.device.type, enabled=False):  # rounding must not move durations
            prior = self._prior(tokens, token_lens, speakers)
        durations = self._whole_durations(prior, token_lens, speed)
        frame_lens = durations.sum(1)
        n_frames = int(frame_lens.max())
        mask = length_mask(frame_lens, n_frames).to(prior.mean.dtype)
        if noise is None:
            noise = row_noise(seed, frame_lens.tolist(), self.contract.channels, n_frames)
        assert noise.shape[2] >= n_frames, f"noise for {noise.shape[2]} of {n_frames} frames"
        frames = self._decode(prior, durations, mask, noise, speakers, temperature)
        return AcousticOutput(frames=frames, frame_lens=frame_lens, durations=durations)

    def _prior(
        self, tokens: torch.Tensor, token_lens: torch.Tensor, speakers: torch.Tensor | None
    ) -> Prior:
        mask = length_mask(token_lens, tokens.shape[1]).to(self.encoder.embedding.weight.dtype)
        return self.encoder(tokens, mask, self._speaker(speakers))

    def _speaker(self, speakers: torch.Tensor | None) -> torch.Tensor | None:
        """Speakers, as `infer` takes them, to unit vectors (B, S, 1)."""
        if self.speakers is None and self.projection is None:
            return None
        assert speakers is not None, "a multi-speaker model needs speakers"
        if self.projection is not None:
            rows = exact(self.projection(unit(speakers, self.speaker_vector)))
        else:
            rows = self.speakers(speakers)
        return nn.functional.normalize(rows).unsqueeze(2)

    def _explain(self, batch: AcousticBatch, frames: torch.Tensor) -> Explanation:
        """Encode text and frames, and find the likeliest alignment where none is given."""
        prior = self._prior(batch.tokens, batch.token_lens, batch.speakers)
        frames, mask = self._whole_groups(frames, batch.frame_lens)
        squeezed = squeeze(frames, self.config.n_squeeze)
        latent, logdet = self.decoder(
            squeezed, self._group_mask(mask), self._speaker(batch.speakers)
        )
        latent = unsqueeze(latent, self.config.n_squeeze)
        frame_lens = mask.sum((1, 2)).long()
        durations = batch.durations
        if durations is None:
            scores = alignment_scores(latent.detach(), prior)
            durations = mas.durations(scores, batch.token_lens, frame_lens, batch.utterances)
        return Explanation(prior, latent, mask, logdet, durations)

    def _with_noise(self, frames: torch.Tensor) -> torch.Tensor:
        std = self.config.frame_noise if self.training else 0.0
        return frames + std * torch.randn_like(frames) if std else frames

    def _whole_groups(
        self, frames: torch.Tensor, frame_lens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Frames cut to whole groups of `n_squeeze`, zero in the padding, and their mask."""
        n = self.config.n_squeeze
        n_frames = frames.shape[2] // n * n
        mask = length_mask(frame_lens // n * n, n_frames).to(frames.dtype)
        return frames[:, :, :n_frames] * mask, mask

    def _filled_groups(
        self, frames: torch.Tensor, frame_lens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows lengthened to whole groups of `n_squeeze` by their last frame, and their mask."""
        n = self.config.n_squeeze
        n_frames = -(-frames.shape[2] // n) * n
        mask = length_mask(-(-frame_lens // n) * n, n_frames).to(frames.dtype)
        place = torch.arange(n_frames, device=frames.device)[None]
        place = torch.minimum(place, frame_lens[:, None] - 1)
        return _take(frames, place) * mask, mask

    def _group_mask(self, mask: torch.Tensor) -> torch.Tensor:
        return mask[:, :, :: self.config.n_squeeze]

    def _whole_durations(
        self, prior: Prior, token_lens: torch.Tensor, speed: float | torch.Tensor
    ) -> torch.Tensor:
        """Predicted frames per token, (B, L) int64; each row fills whole groups of `n_squeeze`."""
        n = self.config.n_squeeze
        predicted = (prior.log_durations.exp() / speed).clamp_max(MAX_TOKEN_FRAMES)
        durations = (predicted * prior.mask.squeeze(1)).ceil().long()
        last = token_lens[:, None] - 1
        shortfall = (n - durations.sum(1, keepdim=True)).clamp_min(0)
        durations = durations.scatter_add(1, last, shortfall)
        ends = durations.cumsum(1)
        ends = torch.minimum(ends, ends[:, -1:] // n * n)  # what does not fill a group is left out
        return ends.diff(dim=1, prepend=torch.zeros_like(last))

    def _decode(
        self,
        prior: Prior,
        durations: torch.Tensor,
        mask: torch.Tensor,
        noise: torch.Tensor,
        speakers: torch.Tensor | None,
        temperature: float | None,
    ) -> torch.Tensor:
        """Draw the latent along the durations and run the flow backwards: (B, C, T)."""
        index = token_of_frame(durations, mask.shape[2])
        scale = self.config.temperature if temperature is None else temperature
        latent = noise[:, :, : mask.shape[2]].to(prior.mean) * scale
        if prior.log_scale is not None:
            latent = latent * _take(prior.log_scale, index).exp()
        latent = (latent + _take(prior.mean, index)) * mask
        squeezed = squeeze(latent, self.config.n_squeeze)
        group_mask = self._group_mask(mask)
        frames = self.decoder.inverse(squeezed, group_mask, self._speaker(speakers))
        return unsqueeze(frames, self.config.n_squeeze)


def alignment_scores(latent: torch.Tensor, prior: Prior) -> torch.Tensor:
    """log N(latent_t; mean_l, scale_l) up to a constant of each frame, (B, T, L) in float32.

    What depends on the frame alone is left out when the prior has unit scale: every path visits
    every frame once, so it cannot change which path is best.
    """
    with torch.no_grad(), torch.autocast(latent.device.type, enabled=False):
        z, mean = latent.float().transpose(1, 2), prior.mean.float()
        if prior.log_scale is None:
            return torch.baddbmm(-0.5 * mean.square().sum(1, keepdim=True), z, mean)
        log_scale = prior.log_scale.float()
        precision = torch.exp(-2 * log_scale)
        of_token = -(log_scale + 0.5 * mean.square() * precision).sum(1, keepdim=True)
        return of_token + z @ (mean * precision) - 0.5 * z.square() @ precision


def _negative_log_density(found: Explanation) -> torch.Tensor:
    """-log N(latent; prior of its token) but for log(2 pi) / 2, (B, C, T)."""
    index = token_of_frame(found.durations, found.mask.shape[2])
    density = 0.5 * (found.latent - _take(found.prior.mean, index)).square()
    if found.prior.log_scale is None:
        return density
    log_scale = _take(found.prior.log_scale, index)
    return log_scale + density * torch.exp(-2 * log_scale)


def _take(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Per-token values (B, C, L) at each frame's token, index (B, T), to (B, C, T)."""
    return values.gather(2, index.unsqueeze(1).expand(-1, values.shape[1], -1))
