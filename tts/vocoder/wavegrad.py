"""WaveGrad: a diffusion vocoder; noise becomes speech in as many steps as one cares to wait for.

References:
    WaveGrad: Estimating Gradients for Waveform Generation (Chen et al., 2020).
        https://arxiv.org/abs/2009.00713
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field, PositiveFloat, PositiveInt
from torch import nn

from tts.config import Settings
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.diffusion import samplers, schedules
from tts.diffusion.samplers import Clamp, Sampler
from tts.diffusion.schedules import Schedule
from tts.errors import ConfigError
from tts.nn.conv import Conv1d, planar, same_conv
from tts.nn.film import FILM_REACH, DBlock, Entered, FiLM, UBlock, UStage
from tts.nn.masking import sample_noise
from tts.nn.precision import exact
from tts.nn.resample import Resampling, Span, source, union, widened
from tts.nn.speakers import SpeakerBias
from tts.nn.upsample import even_factors

LARGEST_FACTOR = 10  # of resampling in one block, unless the configuration asks for more

Counts = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
Four = tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt]


class Config(Settings):
    """The network's shape and the diffusion; the defaults are WaveGrad Base (appendix A).

    Deviation: DBlocks shrink by taking samples, as both public implementations do; the paper is
    remembered to use strided convolutions there.

    Attributes:
        factors: of the UBlocks, which multiply to the hop; by default as equal as can be.
        frame_channels: width of the first convolution over the frames.
        channels, dilations: of the UBlocks, from the frames to the waveform.
        repeats: 2 follows every block by one of its width that does not resample (Large).
        wave_channels: width of the first convolution over the noisy waveform.
        down_channels, down_dilations: of the DBlocks, from the waveform to the frames.
        resampling: `nearest` repeats samples and takes every so-manieth; `linear` interpolates.
        level_scale: what a level is multiplied by before it is encoded.
        clamp: what sampling keeps in [-1, 1]: the predicted `clean` waveform, the `sample` after
            every step, or `none`.
        training_steps, first_beta, last_beta: of the linear schedule that training draws from.
        schedule_precision: `float32` for weights of code that keeps its schedules so.
        steps: at synthesis, unless others are asked for.
        speaker_bias: of data of several speakers, tell the model who speaks. Without it the frames
            alone tell, and so it speaks with any voice.
    """

    factors: Counts | None = None
    frame_channels: PositiveInt = 768
    channels: Counts = (512, 512, 256, 128, 128)
    dilations: tuple[Four, ...] = ((1, 2, 4, 8),) * 3 + ((1, 2, 1, 2),) * 2
    repeats: PositiveInt = 1
    wave_channels: PositiveInt = 32
    down_channels: tuple[PositiveInt, ...] = (128, 128, 256, 512)
    down_dilations: tuple[Counts, ...] = ((1, 2, 4),) * 4
    resampling: Resampling = "nearest"
    level_scale: PositiveFloat = 5000.0
    clamp: Clamp = "clean"
    training_steps: PositiveInt = 1000
    first_beta: float = Field(1e-6, gt=0, lt=1)
    last_beta: float = Field(0.01, gt=0, lt=1)
    schedule_precision: schedules.Precision = "float64"
    steps: PositiveInt = 6
    speaker_bias: bool = False


class Network(nn.Module):
    """The noise in a noisy waveform, given frames and the noise level (figure 3)."""

    def __init__(self, config: Config, factors: Sequence[int], channels: int) -> None:
        super().__init__()
        down_widths = (config.wave_channels, *config.down_channels)
        self.wave = same_conv(1, config.wave_channels, 5)
        self.down = nn.ModuleList(
            nn.Sequential(*blocks)
            for blocks in _stages(
                DBlock, down_widths, factors[:0:-1], config.down_dilations, config
            )
        )
        up_widths = (config.frame_channels, *config.channels)
        self.first = same_conv(channels, config.frame_channels, 3)
        self.up = nn.ModuleList(
            UStage(blocks, FiLM(seen, blocks[0].residual.out_channels, config.level_scale))
            for blocks, seen in zip(
                _stages(UBlock, up_widths, factors, config.dilations, config), down_widths[::-1]
            )
        )
        self.last = same_conv(config.channels[-1], 1, 3)

    def enter(self, frames: torch.Tensor) -> Entered:
        """What depends on the frames (B, C, T) alone, and is the same in every step."""
        return self.up[0].blocks[0].enter(self.first(planar(frames)))

    def forward(self, entered: Entered, y: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        """What `enter` gave, noisy waveforms (B, N) and levels (B,) to the noise, (B, N).

        Levels may be (1,), for all rows. The first look at the waveform is in float32: at the
        cleanest levels the noise is less than the rounding of a bfloat16.
        """
        with torch.autocast(y.device.type, enabled=False):
            features = [planar(self.wave(y.unsqueeze(1)))]
        for stage in self.down:
            features.append(stage(features[-1]))
        x: torch.Tensor | Entered = entered
        for stage in self.up:
            x = stage(x, features.pop(), level)
        return exact(self.last(x)[:, 0, 0])


def _stages(
    block: type[nn.Module],
    widths: Sequence[int],
    factors: Sequence[int],
    dilations: Sequence[Sequence[int]],
    config: Config,
) -> list[list[nn.Module]]:
    """Blocks from each width to the next: one that resamples, and its repetitions."""
    stages = []
    for before, after, factor, own in zip(widths, widths[1:], factors, dilations):
        stage = [block(before, after, factor, own, config.resampling)]
        for _ in range(config.repeats - 1):
            stage.append(block(after, after, 1, own, config.resampling))
        stages.append(stage)
    return stages


class Model(nn.Module):
    """WaveGrad over any bridge whose hop the blocks' factors multiply to.

    Explicit noise is (B, K, T * hop), K being the steps of the schedule for the ancestral sampler
    and 1 for DDIM: first what sampling starts from, then what is added after each step.

    Attributes:
        schedules: those that were searched for with these weights, by steps and sampler.
        context_frames: for the configured number of steps; `context_for` tells it for others.

    Args:
        config: shapes and diffusion.
        contract: the bridge.
        for_training: initialise the weights orthogonally, which takes a second.
        n_speakers, speaker_vector: whom `speaker_bias` tells apart: rows of a table, or the width
            of outer vectors.
    Raises:
        ConfigError: the hop does not factor, or the lists do not fit together.
    """

    players = ("model",)
    training_only: tuple[str, ...] = ()
    knobs = ("steps", "schedule", "sampler")

    def __init__(
        self,
        config: Config,
        contract: Contract,
        for_training: bool = True,
        n_speakers: int = 1,
        speaker_vector: int = 0,
    ) -> None:
        super().__init__()
        self.config, self.contract = config, contract
        known = n_speakers, speaker_vector
        self.speakers = SpeakerBias.of(config.speaker_bias, contract.channels, *known)
        self.factors = _factors(config, contract.hop)
        self.network = Network(config, self.factors, contract.channels)
        self.schedules: dict[tuple[int, str], Schedule] = {}
        self.context_frames = self._context(config.steps)
        if for_training:
            self.network.apply(_orthogonal)

    def player(self, name: str) -> nn.Module:
        """The whole model: it has one player."""
        assert name == "model", f"no player {name!r}; there is `model`"
        return self

    def loss(
        self, batch: VocoderBatch, player: str = "model", carry: dict[str, Any] | None = None
    ) -> Losses:
        """The mean absolute error of the predicted noise, at a random level for each row.

        In evaluation, levels and noise depend on the utterances alone: losses can be compared.
        """
        del player, carry  # one player: nothing to tell apart, nothing to hand on
        config, wav = self.config, batch.wav
        generator = None if self.training else _generator_of(batch.utterances)
        schedule = schedules.linear(config.training_steps, config.first_beta, config.last_beta)
        level = schedules.draw_levels(schedule, len(wav), generator)
        noise = torch.randn(wav.shape, generator=generator).to(wav.device)
        return {"total": self.noise_error(batch, level.to(wav.device), noise)}

    def noise_error(
        self, batch: VocoderBatch, level: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        """Equation 11 for levels (B,) float64 and noise (B, T * hop)."""
        spread = (1 - level.square()).sqrt().float()[:, None]  # float64: 1 - level may be 1e-7
        level = level.float()
        noisy = level[:, None] * batch.wav + spread * noise
        frames = self.speakers(batch.frames, batch.speakers)
        found = self.network(self.network.enter(frames), noisy, level)
        return (found - noise).abs().mean()

    @torch.no_grad()
    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
        steps: int | None = None,
        schedule: Schedule | str | Path | None = None,
        sampler: Sampler = "ancestral",
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop), zero past each row's length.

        Args:
            noise: (B, K, T * hop), instead of the noise that `seed` gives.
            steps: how often the network is asked, by default as configured; their schedule is the
                one searched for, or else `schedules.fitted`.
            schedule: another schedule, or a file of one.
            sampler: `ancestral`, or `ddim`, which adds no noise on the way.
        Raises:
            ConfigError: a knob out of range, or a schedule that cannot be used.
        """
        chosen = self.choose_schedule(steps, schedule, sampler)
        hop, n_frames, frames = self.contract.hop, frames.shape[2], self.speakers(frames, speakers)
        lens = [n_frames] * len(frames) if frame_lens is None else frame_lens.tolist()
        seeds = [seed] * len(frames) if isinstance(seed, int) else list(seed)
        wav = torch.zeros(len(frames), n_frames * hop, device=frames.device)
        for n in sorted(set(lens) - {0}):  # rows of one length together: no padding inside
            rows = [row for row, own in enumerate(lens) if own == n]
            own_seeds = [seeds[row] for row in rows]
            own_noise = None if noise is None else noise[rows, :, : n * hop]
            draw = _draws(own_noise, own_seeds, frames[rows, :, :n], hop, window)
            predict = self._predictor(frames[rows, :, :n])
            wav[rows, : n * hop] = samplers.sample(
                predict, draw, chosen, sampler, self.config.clamp
            )
        return wav if window is None else window.cut(wav, hop)

    def choose_schedule(
        self,
        steps: int | None = None,
        schedule: Schedule | str | Path | None = None,
        sampler: Sampler = "ancestral",
    ) -> Schedule:
        """The schedule that these knobs of `generate` mean.

        Raises:
            ConfigError: a knob out of range, or a schedule that cannot be used.
        """
        samplers.check_sampler(sampler)
        if schedule is None:
            steps = self.config.steps if steps is None else steps
            searched = self.schedules.get((steps, sampler))
            chosen = searched or schedules.fitted(steps, sampler)
        else:
            chosen = schedule if isinstance(schedule, Schedule) else schedules.read(schedule)
        if steps not in (None, chosen.n_steps):
            raise ConfigError(
                f"steps {steps}: the schedule has {chosen.n_steps}; give one of them"
            )
        return replace(chosen, precision=self.config.schedule_precision)

    def context_for(self, knobs: Mapping[str, Any]) -> int:
        """`context_frames` with these knobs: every step reaches farther."""
        return self._context(self.choose_schedule(**knobs).n_steps)

    def _predictor(self, frames: torch.Tensor) -> samplers.Predict:
        """The network for these frames: noisy waveforms (B, N) and their level to the noise."""
        entered = self.network.enter(frames)
        return lambda y, level: self.network(entered, y, y.new_full((1,), level))

    def _context(self, n_steps: int) -> int:
        """How many frames on each side a frame's samples depend on, in so many steps."""
        hop = self.contract.hop
        wave, first, last = (0, hop - 1), 0, 0
        for _ in range(n_steps):
            frames, wave = _reach(self.config, self.factors, wave)
            first = min(first, frames[0], wave[0] // hop)
            last = max(last, frames[1], wave[1] // hop)
        return max(-first, last)


def _draws(
    noise: torch.Tensor | None,
    seeds: Sequence[int],
    frames: torch.Tensor,
    hop: int,
    window: Window | None,
) -> samplers.Draw:
    """The numbers to use at each place in the order of use: the given ones, or those of the seeds.

    Every place has seeds of its own, beyond the 32 bits of those a user gives.
    """
    if noise is not None:
        return lambda place: noise[:, place]
    return lambda place: sample_noise(
        [seed + (place << 32) for seed in seeds], frames, None, hop, window
    )


def _generator_of(utterances: Sequence[str]) -> torch.Generator:
    return torch.Generator().manual_seed(zlib.crc32("\n".join(utterances).encode()))


def _orthogonal(module: nn.Module) -> None:
    if isinstance(module, Conv1d):
        nn.init.orthogonal_(module.weight)
        nn.init.zeros_(module.bias)


def _factors(config: Config, hop: int) -> tuple[int, ...]:
    """The UBlocks' factors: for a hop of 300 they are 5 5 3 2 2, for 256 4 4 4 2 2."""
    n = len(config.channels)
    if len(config.dilations) != n or len(config.down_channels) != n - 1:
        raise ConfigError(
            f"wavegrad: {n} channels need {n} dilations and {n - 1} down_channels, there are "
            f"{len(config.dilations)} and {len(config.down_channels)}"
        )
    if len(config.down_dilations) != n - 1:
        raise ConfigError(
            f"wavegrad: down_dilations has {len(config.down_dilations)} entries, expected {n - 1}"
        )
    if any(width % 2 for width in (config.wave_channels, *config.down_channels)):
        raise ConfigError(
            "wavegrad: wave_channels and down_channels must be even, for sines and cosines"
        )
    factors = config.factors or even_factors(hop, n)
    if len(factors) != n or math.prod(factors) != hop:
        raise ConfigError(
            f"wavegrad: factors {list(factors)} multiply to {math.prod(factors)}, the bridge's "
            f"hop is {hop}; choose {n} factors whose product is the hop"
        )
    if config.factors is None and max(factors) > LARGEST_FACTOR:
        raise ConfigError(
            f"wavegrad: a hop of {hop} = {' * '.join(map(str, factors))} is too uneven for {n} "
            f"blocks of at most {LARGEST_FACTOR} each; choose another hop, or set factors"
        )
    return factors


def _reach(config: Config, factors: Sequence[int], wanted: Span) -> tuple[Span, Span]:
    """The frames and the noisy samples on which these samples of the predicted noise depend.

    Goes back through the UBlocks; at each rate a FiLM branches off towards the noisy waveform.
    """
    at, noisy = widened(wanted, 1), wanted
    for place in reversed(range(len(factors))):
        first, *later = config.dilations[place]
        film = at
        for _ in range(config.repeats):
            film = widened(at, sum(later))
            at = widened(film, first)
        noisy = union(noisy, _reach_down(config, factors[place + 1 :], widened(film, FILM_REACH)))
        at = source(at, factors[place], 1, config.resampling)
    return widened(at, 1), noisy


def _reach_down(config: Config, factors: Sequence[int], wanted: Span) -> Span:
    """The noisy samples on which the features after all DBlocks of these factors depend."""
    at = wanted
    for place, factor in reversed(list(enumerate(reversed(factors)))):
        at = widened(at, config.repeats * sum(config.down_dilations[place]))
        at = source(at, 1, factor, config.resampling)
    return widened(at, 2)
