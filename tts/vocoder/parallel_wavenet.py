"""Parallel WaveNet and ClariNet: a student that makes all samples at once, taught by a WaveNet.

Inverse autoregressive flows shift and scale noise, each by what a causal stack predicts from the
noise before a sample. Every sample's distribution is then known in closed form, a logistic or a
Gaussian, and is drawn towards the one that the frozen teacher gives after the student's own past.

References:
    Parallel WaveNet: Fast High-Fidelity Speech Synthesis (van den Oord et al., 2017).
        https://arxiv.org/abs/1711.10433
    ClariNet: Parallel Wave Generation in End-to-End Text-to-Speech (Ping, Peng and Chen, 2018).
        https://arxiv.org/abs/1807.07281
    Improving Variational Inference with Inverse Autoregressive Flow (Kingma et al., 2016).
        https://arxiv.org/abs/1606.04934
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from tts.config import Settings, to_tree
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.errors import ConfigError
from tts.flows.autoregressive import AutoregressiveChain, AutoregressiveFlow, Drawn
from tts.losses.distillation import (
    Direction,
    cross_entropy,
    directed_gaussian_kl,
    logistic_entropy,
    scale_regulariser,
    standard_logistic,
)
from tts.losses.spectral import Resolution, magnitude_loss, power_loss
from tts.nn.conv import fold
from tts.nn.masking import length_mask, row_uniform, sample_noise
from tts.nn.output import Gaussian, LogisticMixture, Output
from tts.nn.precision import exact
from tts.nn.speakers import SpeakerBias
from tts.nn.upsample import Upsampling, build_upsampler

INAUDIBLE = 1e-9  # where the memory of the de-emphasis is cut off


class Config(Settings):
    """The flows' shape and the losses' weights; the defaults are Parallel WaveNet's.

    Deviation: the flows keep the skip connections of the gated stack, the paper's have none.
    Deviation: no perceptual loss, which takes a trained recogniser of phones. The width of the
    first convolution, the resolution of the power loss and the weights of the losses are not
    in the paper.

    Attributes:
        distribution: `logistic` or `gaussian`, of the noise and so of every sample.
        layers: of each flow; the dilation doubles from layer to layer, anew every `cycle` of them.
        kernel, channels, gate_channels, skip_channels: of a flow's stack; gate_channels count
            both halves. front_kernel: samples that its first convolution sees.
        upsampling, gain, preemphasis: the teacher's, which a student shares.
        initial_scale: of the whole student before it has learnt anything.
        n_scores: samples of each position that the teacher scores, for logistic students.
        direction, regulariser_weight: of the divergence of Gaussian students.
        power_weight: of the distance of time-averaged spectra, which is 1 for silence: without it
            a student whispers, since the divergence hardly asks for loudness.
        power_exponent: 2 compares powers there, as the paper does, 1 magnitudes.
        magnitude_weight: of ClariNet's loss of spectrogram frames.
        contrastive_weight: of the divergence from the teacher under another row's frames, which
            is to be large.
        temperature: factor on the noise.
        speaker_bias: of data of several speakers, tell the model who speaks. Without it the frames
            alone tell, and so it speaks with any voice.
    """

    distribution: Literal["logistic", "gaussian"] = "logistic"
    layers: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (10, 10, 10, 30)
    cycle: PositiveInt = 10
    kernel: int = Field(3, ge=2)
    channels: PositiveInt = 64
    gate_channels: PositiveInt = 128
    skip_channels: PositiveInt = 64
    front_kernel: PositiveInt = 32
    upsampling: Upsampling = Upsampling(kind="stretch")
    gain: PositiveFloat = 1.0
    preemphasis: float = Field(0.0, ge=0, lt=1)
    initial_scale: PositiveFloat = 0.05
    n_scores: PositiveInt = 16
    direction: Direction = "student_teacher"
    regulariser_weight: NonNegativeFloat = 4.0
    power_weight: NonNegativeFloat = 10.0
    power_exponent: Literal[1, 2] = 2
    magnitude_weight: NonNegativeFloat = 0.0
    contrastive_weight: float = Field(0.3, ge=0, lt=1)
    temperature: NonNegativeFloat = 1.0
    speaker_bias: bool = False


class Model(nn.Module):
    """Inverse autoregressive flows over any bridge.

    Args:
        config: shapes and weights.
        contract: the bridge.
        n_speakers, speaker_vector: whom `speaker_bias` tells apart: rows of a table, or the width
            of outer vectors.
    Raises:
        ConfigError: numbers that do not fit together.
    """

    players = ("student",)
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
        if config.gate_channels % 2:
            raise ConfigError(
                f"parallel_wavenet: gate_channels {config.gate_channels} must be even"
            )
        del for_training  # nothing here is
        self.config, self.contract = config, contract
        known = n_speakers, speaker_vector
        self.speakers = SpeakerBias.of(config.speaker_bias, contract.channels, *known)
        upsampler = build_upsampler(config.upsampling, contract.channels, contract.hop)
        self.upsampler = fold(upsampler).requires_grad_(False)
        self.register_buffer("frame_mean", torch.zeros(contract.channels, 1))
        self.register_buffer("frame_scale", torch.ones(contract.channels, 1))
        self.student = AutoregressiveChain(
            AutoregressiveFlow(
                contract.channels,
                channels=config.channels,
                gate_channels=config.gate_channels,
                skip_channels=config.skip_channels,
                kernel=config.kernel,
                dilations=[2 ** (i % config.cycle) for i in range(n_layers)],
                front_kernel=config.front_kernel,
                log_gain=math.log(config.initial_scale) / len(config.layers),
            )
            for n_layers in config.layers
        )
        self.context_frames = self._context_frames()
        self._teachers: tuple[nn.Module, ...] = ()  # in a tuple, so that they are no part of it

    def _context_frames(self) -> int:
        """How far back a sample's noise and frames can lie; frames ahead, the upsampler only."""
        n_samples = self.student.n_past + _memory(self.config.preemphasis)
        return -(-n_samples // self.contract.hop) + self.upsampler.context_frames

    def player(self, name: str) -> nn.Module:
        """The flows and what they know of speakers; the upsampler stays as the teacher's."""
        assert name in self.players, name
        return nn.ModuleList([self.student, self.speakers])

    def learn_from(self, teacher: nn.Module) -> None:
        """Take a frozen WaveNet as the teacher, and a copy of how it conditions on frames.

        The conditioning is shared and stays as the teacher learnt it, as in ClariNet's public
        code; Parallel WaveNet leaves this open. It is copied, so that a trained student is
        complete.

        Raises:
            ConfigError: its samples are distributed in another way, or its signal or upsampling
                are others.
        """
        _check_teacher(self.config, teacher)
        self._teachers = (teacher,)
        self.upsampler.load_state_dict(teacher.upsampler.state_dict())
        self.frame_mean.copy_(teacher.frame_mean)
        self.frame_scale.copy_(teacher.frame_scale)

    def loss(
        self,
        batch: VocoderBatch,
        player: str = "student",
        carry: dict[str, Any] | None = None,
    ) -> Losses:
        """The divergence from the teacher, nats a sample, and what is added to it.

        Noise is drawn anew in every step of training, and is always the same in validation.
        """
        del player, carry
        assert self._teachers, "a student needs a teacher to learn"
        generator = None
        if not self.training:
            generator = torch.Generator(batch.wav.device).manual_seed(0)
        cond = self.condition(batch.frames)  # as the teacher sees it, who knows no speakers
        frames = self.speakers(batch.frames, batch.speakers)
        own = cond if frames is batch.frames else self.condition(frames)
        drawn = self.student(self._fresh_noise(batch.wav, generator), own)
        losses = self._divergence(drawn, cond, generator)
        losses |= self._spectral(drawn.signal, self._teachers[0].to_signal(batch.wav))
        if self.config.contrastive_weight and len(batch.wav) > 1:
            losses["contrastive"] = self._divergence(drawn, cond.roll(1, 0), generator)["kl"]
        return {"total": sum(self._weight(n) * loss for n, loss in losses.items()), **losses}

    def _weight(self, loss: str) -> float:
        weights = {
            "kl": 1.0,
            "regulariser": self.config.regulariser_weight,
            "power": self.config.power_weight,
            "magnitude": self.config.magnitude_weight,
            "contrastive": -self.config.contrastive_weight,
        }
        return weights[loss]

    def _fresh_noise(self, like: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        shape, device = like.shape, like.device
        if self.config.distribution == "gaussian":
            return torch.randn(shape, generator=generator, device=device)
        return standard_logistic(torch.rand(shape, generator=generator, device=device))

    def _divergence(
        self, drawn: Drawn, cond: torch.Tensor, generator: torch.Generator | None
    ) -> Losses:
        """KL from the teacher, who goes by the student's samples; gradients pass through both."""
        teacher = self._teachers[0]
        parameters = exact(teacher.predict(cond, drawn.signal))
        if self.config.distribution == "gaussian":
            student, taught = (drawn.mean, drawn.log_scale), parameters.unbind(1)
            kl = directed_gaussian_kl(student, taught, self.config.direction)
            regulariser = scale_regulariser(drawn.log_scale, taught[1])
            return {"kl": kl.mean(), "regulariser": regulariser.mean()}
        log_bin = math.log(2 * teacher.output.half_bin)  # of a mass over its width: the density

        def score(samples: torch.Tensor) -> torch.Tensor:
            return teacher.output.log_prob(parameters, samples) - log_bin

        against = (score, drawn.mean, drawn.log_scale, self.config.n_scores)
        crossed = cross_entropy(*against, generator=generator)
        return {"kl": (crossed - logistic_entropy(drawn.log_scale)).mean()}

    def _spectral(self, made: torch.Tensor, real: torch.Tensor) -> Losses:
        """Losses between spectra, at the bridge's resolution, where they have a weight."""
        n_fft, hop = _transform(self.contract)
        losses = {}
        if self.config.power_weight:
            resolution = Resolution(n_fft, hop, n_fft)
            losses["power"] = power_loss(made, real, resolution, self.config.power_exponent)
        if self.config.magnitude_weight:  # through no window, as in ClariNet's public code
            resolution = Resolution(n_fft, hop, n_fft, "rectangular")
            losses["magnitude"] = magnitude_loss(made, real, resolution)
        return losses

    def condition(
        self, frames: torch.Tensor, frame_lens: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What conditions every sample, (B, C, N), from frames (B, C, T)."""
        return self.upsampler((frames - self.frame_mean) / self.frame_scale, frame_lens)

    def log_prob(self, noise: torch.Tensor, log_scale: torch.Tensor) -> torch.Tensor:
        """Log-density of samples, nats, (B, N), from their noise and their log-scale."""
        if self.config.distribution == "gaussian":
            return -0.5 * (math.log(2 * math.pi) + noise.square()) - log_scale
        return nn.functional.logsigmoid(noise) + nn.functional.logsigmoid(-noise) - log_scale

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
        """frames (B, C, T) to wav (B, T * hop).

        Args:
            noise: standard logistic or normal numbers, (B, T * hop).
            temperature: factor on the noise, at least 0; by default the config's.
        Raises:
            ConfigError: a temperature below 0.
        """
        temperature = self.config.temperature if temperature is None else temperature
        if not temperature >= 0:
            raise ConfigError(f"temperature {temperature}: expected a number from 0 up, such as 1")
        if noise is None:
            noise = self._noise_of_place(seed, frames, frame_lens, window)
        cond = self.condition(self.speakers(frames, speakers), frame_lens)
        hop, end = self.contract.hop, None if window is None else window.end
        n_samples = cond.shape[2] if end is None else end * hop  # the flows never look ahead
        noise, cond = temperature * noise[:, :n_samples], cond[:, :, :n_samples]
        lens = [n_samples] * len(frames)
        if frame_lens is not None:
            lens = (frame_lens * hop).clamp_max(n_samples).tolist()
        wav = self._restored(self.student.draw(noise, cond, lens))
        if frame_lens is not None:  # what the de-emphasis remembers ends with the row
            wav = wav * length_mask(torch.tensor(lens, device=wav.device), n_samples).squeeze(1)
        return wav if window is None else window.cut(wav, hop)

    def _noise_of_place(
        self,
        seed: int | Sequence[int],
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None,
        window: Window | None,
    ) -> torch.Tensor:
        """Noise (B, N) that depends on the row's seed and the place in the utterance alone."""
        if self.config.distribution == "gaussian":
            return sample_noise(seed, frames, frame_lens, self.contract.hop, window)
        n_rows, _, n_frames = frames.shape
        lens = [n_frames] * n_rows if frame_lens is None else frame_lens.tolist()
        first = 0 if window is None else window.first
        uniform = row_uniform(seed, lens, self.contract.hop, n_frames, first)
        return standard_logistic(uniform.transpose(1, 2).flatten(1).to(frames.device))

    def _restored(self, signal: torch.Tensor) -> torch.Tensor:
        """Undo the teacher's gain and pre-emphasis: 1 / (1 - a) is (1 + a)(1 + a^2)(1 + a^4)..."""
        wav, factor, step = signal / self.config.gain, self.config.preemphasis, 1
        while factor > INAUDIBLE:
            wav = wav + factor * nn.functional.pad(wav, (step, 0))[:, : wav.shape[1]]
            factor, step = factor * factor, 2 * step
        return wav


def _memory(preemphasis: float) -> int:
    """How many samples back the undone pre-emphasis reaches."""
    reach = 0
    while preemphasis > INAUDIBLE:
        preemphasis, reach = preemphasis * preemphasis, 2 * reach + 1
    return reach


def _transform(contract: Contract) -> tuple[int, int]:
    """Size and hop of the losses' transform: the bridge's, or four hops where it is no mel."""
    return (contract.n_fft if contract.kind == "mel" else 4 * contract.hop), contract.hop


def _check_teacher(config: Config, teacher: nn.Module) -> None:
    wanted = Gaussian if config.distribution == "gaussian" else LogisticMixture
    output = getattr(teacher, "output", None)
    if not isinstance(output, wanted):
        has = f"output {teacher.config.output}" if isinstance(output, Output) else "no WaveNet"
        need = "gaussian" if config.distribution == "gaussian" else "logistics"
        raise ConfigError(
            f"train.teacher: has {has}, a {config.distribution} student learns from a wavenet "
            f"with output {need}; name another teacher, or change vocoder.distribution"
        )
    if teacher.config.n_speakers > 1:
        raise ConfigError(
            f"train.teacher: speaks with {teacher.config.n_speakers} voices, a student learns "
            "from one of a single speaker"
        )
    for name in ("upsampling", "gain", "preemphasis"):
        own, other = getattr(config, name), getattr(teacher.config, name)
        if own != other:
            raise ConfigError(
                f"vocoder.{name}: {_shown(own)}, the teacher has {_shown(other)}; make them equal"
            )


def _shown(value: Any) -> str:
    """A setting in one line, as YAML would have it."""
    return str(to_tree(value)) if isinstance(value, Settings) else str(value)
