"""The parts of a voice as functions of tensors alone: what becomes a graph.

An acoustic model is two graphs, since how many frames there are, and so how much noise is wanted,
is known only once the first has told the durations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import nn

from tts.diffusion import samplers
from tts.errors import ConfigError
from tts.flows.squeeze import squeeze, unsqueeze
from tts.nn.masking import length_mask


class Graph(nn.Module, ABC):
    """One graph.

    Attributes:
        inputs, outputs: their names, with those of their axes that vary.
    """

    inputs: dict[str, tuple[str | None, ...]]
    outputs: dict[str, tuple[str | None, ...]]

    @abstractmethod
    def example(self, n: int, n_rows: int = 2) -> dict[str, torch.Tensor]:
        """Inputs of a length, drawn from torch's global generator."""


class Text(Graph):
    """Tokens to what the prior says of each, and to whole frames a token."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.inputs = {
            "tokens": ("batch", "tokens"),
            "token_lens": ("batch",),
            "speed": (),
            **_speaker_input(model),
        }
        per_token = ("batch", None, "tokens")
        self.outputs = {"mean": per_token, "scale": per_token, "durations": ("batch", "tokens")}

    def forward(
        self,
        tokens: torch.Tensor,
        token_lens: torch.Tensor,
        speed: torch.Tensor,
        speakers: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, ...]:
        """Mean and scale (B, C, L) of the prior, durations (B, L)."""
        prior = self.model._prior(tokens, token_lens, speakers)
        durations = prior.whole_durations(token_lens, speed, self.model.config.n_squeeze)
        log_scale = prior.log_scale
        scale = torch.ones_like(prior.mean) if log_scale is None else log_scale.exp()
        return prior.mean, scale, durations

    def example(self, n: int, n_rows: int = 2) -> dict[str, torch.Tensor]:
        n_tokens = self.model.encoder.embedding.num_embeddings
        return {
            "tokens": torch.randint(0, n_tokens, (n_rows, n)),
            "token_lens": torch.tensor([n] + [max(1, n - 2)] * (n_rows - 1)),
            "speed": torch.tensor(1.0),
            **_speaker_example(self.model, n_rows),
        }


class Frames(Graph):
    """The prior along the durations, with noise, through the flow."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        per_token = ("batch", None, "tokens")
        self.inputs = {
            "mean": per_token,
            "scale": per_token,
            "durations": ("batch", "tokens"),
            "noise": ("batch", None, "frames"),
            "temperature": (),
            **_speaker_input(model),
        }
        self.outputs = {"frames": ("batch", None, "frames")}

    def forward(
        self,
        mean: torch.Tensor,
        scale: torch.Tensor,
        durations: torch.Tensor,
        noise: torch.Tensor,
        temperature: torch.Tensor,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Frames (B, C, T), zero past a row's length; T is that of the noise."""
        n, n_frames = self.model.config.n_squeeze, noise.shape[2]
        mask = length_mask(durations.sum(1), n_frames)
        index = _token_of_frame(durations, n_frames).unsqueeze(1).expand(-1, mean.shape[1], -1)
        latent = (mean.gather(2, index) + noise * temperature * scale.gather(2, index)) * mask
        frames = self.model.decoder.inverse(
            squeeze(latent, n), mask[:, :, ::n], self.model._speaker(speakers)
        )
        return unsqueeze(frames, n)

    def example(self, n: int, n_rows: int = 2) -> dict[str, torch.Tensor]:
        channels, group = self.model.contract.channels, self.model.config.n_squeeze
        durations = torch.full((n_rows, n), 2 * group)
        durations[1:, -1] = 0  # rows of different lengths
        return {
            "mean": torch.randn(n_rows, channels, n),
            "scale": torch.rand(n_rows, channels, n),
            "durations": durations,
            "noise": torch.randn(n_rows, channels, 2 * group * n),
            "temperature": torch.tensor(0.5),
            **_speaker_example(self.model, n_rows),
        }


class Vocoder(Graph):
    """Frames, and noise where the model draws any, to samples; the rows are equally long.

    Attributes:
        noise: the law of the numbers in the noise, `normal`, `logistic`, or None for none.
        n_draws: how many of them a sample takes, 0 where noise has no axis of its own for that.
    """

    def __init__(self, model: Any, noise: str | None = None, n_draws: int = 0) -> None:
        super().__init__()
        self.model, self.noise, self.n_draws = model, noise, n_draws
        self.knows_speakers = bool(list(getattr(model, "speakers", nn.Identity()).parameters()))
        self.inputs = {"frames": ("batch", None, "frames")}
        if noise is not None:
            rows = ("batch", None) if n_draws else ("batch",)
            self.inputs |= {"noise": (*rows, "samples")}
        if noise is not None and not n_draws:
            self.inputs["temperature"] = ()
        if self.knows_speakers:
            self.inputs |= _speaker_input(model.speakers)
        self.outputs = {"wav": ("batch", "samples")}

    def forward(
        self,
        frames: torch.Tensor,
        noise: torch.Tensor | None = None,
        temperature: torch.Tensor | None = None,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Samples (B, T * hop)."""
        given = {} if noise is None else {"noise": self._scaled(noise, temperature)}
        given |= {"speakers": speakers} if self.knows_speakers else {}
        given |= {"temperature": 1.0} if temperature is not None else {}
        return _with_gradients(self.model.generate)(self.model, frames, **given)

    def _scaled(self, noise: torch.Tensor, temperature: torch.Tensor | None) -> torch.Tensor:
        return noise if temperature is None else noise * temperature

    def example(self, n: int, n_rows: int = 2) -> dict[str, torch.Tensor]:
        contract = self.model.contract
        given = {"frames": torch.randn(n_rows, contract.channels, n) - 2}
        shape = (n_rows, *([self.n_draws] if self.n_draws else []), n * contract.hop)
        if self.noise is not None:
            uniform = torch.rand(shape).clamp(1e-4, 1 - 1e-4)
            given["noise"] = uniform.logit() if self.noise == "logistic" else torch.randn(shape)
        if "temperature" in self.inputs:
            given["temperature"] = torch.tensor(0.7)
        speakers = self.model.speakers if self.knows_speakers else None
        return given | _speaker_example(speakers, n_rows)


class Student(Vocoder):
    """A distilled student: its flows run side by side over time, as in training."""

    def forward(
        self,
        frames: torch.Tensor,
        noise: torch.Tensor | None = None,
        temperature: torch.Tensor | None = None,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        cond = self.model.condition(self.model.speakers(frames, speakers))
        drawn = self.model.student(self._scaled(noise, temperature), cond)
        return self.model._restored(drawn.signal)


class Diffusion(Vocoder):
    """A diffusion vocoder: all the steps of its schedule one after another."""

    def __init__(self, model: Any) -> None:
        self.schedule = model.choose_schedule()
        super().__init__(model, "normal", samplers.n_draws(self.schedule, "ancestral"))

    def forward(
        self,
        frames: torch.Tensor,
        noise: torch.Tensor | None = None,
        temperature: torch.Tensor | None = None,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        del temperature  # each step has its own
        predict = self.model._predictor(self.model.speakers(frames, speakers))
        clamp = self.model.config.clamp
        return samplers.sample(
            predict, lambda place: noise[:, place], self.schedule, "ancestral", clamp
        )


def vocoder_graph(model: Any, name: str) -> Vocoder:
    """The graph of a vocoder.

    Raises:
        ConfigError: this vocoder is not exported.
    """
    if name == "parallel_wavenet":
        gaussian = model.config.distribution == "gaussian"
        return Student(model, "normal" if gaussian else "logistic")
    if name == "wavegrad":
        return Diffusion(model)
    if name in ("waveglow", "flowavenet"):
        return Vocoder(model, "normal")
    if name in ("hifigan", "vocos", "glow_wavegan"):
        return Vocoder(model)
    kind = {"wavenet": "it is autoregressive: a graph would run once a sample"}
    raise ConfigError(
        f"the vocoder {name} is not exported ({kind.get(name, 'it is no graph of tensors')}); "
        "name another with --vocoder"
    )


def _with_gradients(generate: Any) -> Any:
    """`generate` without its decorator: models take shortcuts without gradients, in place."""
    return generate.__wrapped__


def _token_of_frame(durations: torch.Tensor, n_frames: int) -> torch.Tensor:
    """Which token each frame belongs to, (B, T), without a search, which graphs lack."""
    ends = durations.cumsum(1).unsqueeze(2)
    place = torch.arange(n_frames, device=durations.device)
    return (ends <= place).sum(1).clamp_max(durations.shape[1] - 1)


def _speaker_input(model: Any) -> dict[str, tuple[str | None, ...]]:
    """The input for speakers, where a model knows any: ids, or vectors."""
    if _vector(model):
        return {"speakers": ("batch", None)}
    return {"speakers": ("batch",)} if _n_speakers(model) > 1 else {}


def _speaker_example(model: Any, n_rows: int) -> dict[str, torch.Tensor]:
    if _vector(model):
        return {"speakers": torch.randn(n_rows, _vector(model))}
    n_speakers = _n_speakers(model)
    return {"speakers": torch.arange(n_rows) % n_speakers} if n_speakers > 1 else {}


def _vector(model: Any) -> int:
    """The width of outer vectors that a model, or a bias of speakers, takes."""
    return getattr(model, "speaker_vector", 0) or getattr(model, "vector_channels", 0)


def _n_speakers(model: Any) -> int:
    table = getattr(model, "speakers", None)
    return getattr(model, "n_speakers", 0) if table is None else table.n_speakers
