"""Glow-TTS: text to bridge frames by a flow, aligned by monotonic alignment search.

References:
    Glow-TTS: A Generative Flow for Text-to-Speech via Monotonic Alignment Search
        (Kim, Kim, Kong and Yoon, 2020). https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from torch import nn

from tts.config import Settings
from tts.contracts import AcousticBatch, AcousticOutput, Contract, Losses
from tts.errors import ConfigError
from tts.flows.base import Chain
from tts.flows.glow import CouplingNet, glow
from tts.flows.likelihood import LOG_2PI, Explanation
from tts.flows.squeeze import filled_groups, squeeze, unsqueeze, whole_groups
from tts.kernels import mas
from tts.losses.duration import duration_loss
from tts.nn.dither import dithered
from tts.nn.masking import length_mask, row_noise
from tts.nn.precision import exact
from tts.nn.prior import Prior
from tts.nn.speakers import SpeakerTable, unit
from tts.nn.text_encoder import TextEncoder


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


def text_encoder(n_tokens: int, channels: int, speaker_channels: int, c: Config) -> TextEncoder:
    """Tokens to the prior of each token, and their log-durations (section 3.3)."""
    return TextEncoder(
        n_tokens,
        channels,
        speaker_channels,
        channels=c.channels,
        n_blocks=c.n_blocks,
        feed_forward_channels=c.feed_forward_channels,
        n_heads=c.n_heads,
        window=c.attention_window,
        block=c.attention_block,
        kernel=c.kernel,
        dropout=c.dropout,
        eps=c.norm_eps,
        duration_channels=c.duration_channels,
        prenet=(c.prenet_kernel, c.prenet_layers, c.prenet_dropout) if c.prenet else None,
        mean_only=c.mean_only,
        told=c.text_speaker,
    )


def flow_decoder(channels: int, speaker_channels: int, config: Config) -> Chain:
    """Blocks of ActNorm, invertible mixing and affine coupling over squeezed frames."""
    width = channels * config.n_squeeze
    coupling_net = partial(
        CouplingNet,
        width,
        config.flow_channels,
        config.flow_kernel,
        [config.flow_dilation_base**i for i in range(config.n_flow_layers)],
        cond_channels=speaker_channels,
        dropout=config.flow_dropout,
        sigmoid_scale=config.sigmoid_scale,
    )
    return glow(width, config.n_flow_blocks, config.mixing_group, coupling_net)


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
        self.encoder = text_encoder(n_tokens, contract.channels, width, config)
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
        noisy = dithered(batch.frames, self.config.frame_noise, self.training)
        found = self._explain(batch, noisy)
        nll = found.nll
        duration = duration_loss(found.prior.log_durations, found.durations, batch.token_lens)
        return {"total": nll + duration, "nll": nll, "duration": duration}

    @torch.no_grad()
    def initialise(self, batch: AcousticBatch) -> None:
        """Set every ActNorm, in order, so that this batch comes out with mean 0 and variance 1."""
        n = self.config.n_squeeze
        noisy = dithered(batch.frames, self.config.frame_noise, self.training)
        frames, mask = whole_groups(noisy, batch.frame_lens, n)
        speaker = self._speaker(batch.speakers)
        self.decoder.initialise(squeeze(frames, n), mask[:, :, ::n], speaker)

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
        return self._explain(replace(batch, speakers=speakers), batch.frames).log_prob_per_frame

    @torch.no_grad()
    def speaker_scores(
        self, frames: torch.Tensor, frame_lens: torch.Tensor, speakers: torch.Tensor
    ) -> torch.Tensor:
        """As `frame_scores`, of speech whose text is unknown: (B,), nats per frame.

        In the place of the text's prior there is a standard normal one, so that only differences
        between speakers mean anything.
        """
        n = self.config.n_squeeze
        whole, mask = whole_groups(frames, frame_lens, n)
        latent, logdet = self.decoder(squeeze(whole, n), mask[:, :, ::n], self._speaker(speakers))
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
        n = self.config.n_squeeze
        whole, mask = filled_groups(frames, frame_lens, n)
        latent, _ = self.decoder(squeeze(whole, n), mask[:, :, ::n], self._speaker(source))
        made = self.decoder.inverse(latent, mask[:, :, ::n], self._speaker(target))
        made = unsqueeze(made, n)[:, :, : frames.shape[2]]
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
        durations = prior.whole_durations(token_lens, speed, self.config.n_squeeze)
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
        n, speaker = self.config.n_squeeze, self._speaker(batch.speakers)
        frames, mask = whole_groups(frames, batch.frame_lens, n)
        latent, logdet = self.decoder(squeeze(frames, n), mask[:, :, ::n], speaker)
        latent = unsqueeze(latent, n)
        frame_lens = mask.sum((1, 2)).long()
        durations = batch.durations
        if durations is None:
            scores = prior.scores(latent.detach())
            durations = mas.durations(scores, batch.token_lens, frame_lens, batch.utterances)
        return Explanation(prior, latent, mask, logdet, durations)

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
        n = self.config.n_squeeze
        temperature = self.config.temperature if temperature is None else temperature
        latent = prior.draw(durations, noise[:, :, : mask.shape[2]], temperature) * mask
        frames = self.decoder.inverse(squeeze(latent, n), mask[:, :, ::n], self._speaker(speakers))
        return unsqueeze(frames, n)
