"""What models promise the rest of the toolkit: a protocol for each role, and one for training.

Dimensions are those of `tts.contracts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from tts.contracts import AcousticBatch, AcousticOutput, Contract, Losses, Window

if TYPE_CHECKING:  # floor 0 stays importable without torch
    import torch


class Bridge(Protocol):
    """Waveform to frames.

    One that learns is Trainable too, and a Vocoder of its own frames; `encoding_only` names the
    parts that speaking does without.
    """

    contract: Contract

    def encode(
        self, wav: torch.Tensor, *, sample: int | Sequence[int] | None = None
    ) -> torch.Tensor:
        """wav (B, N) to frames (B, C, T); `sample` seeds one where they are distributions."""

    def for_dump(self, wav: torch.Tensor) -> torch.Tensor:
        """What a dump dir keeps of wav (B, N): frames, or means over log-stds (B, 2 C, T)."""


class SpeakerEncoder(Protocol):
    """Speech to vectors that say who speaks; it is Trainable, too.

    `speaker_vector` is how many numbers there are, `contract` the mel that it hears.
    """

    contract: Contract
    speaker_vector: int

    def embed(self, wav: torch.Tensor) -> torch.Tensor:
        """wav (B, N) at the contract's rate to vectors (B, E) of length 1."""


class Trainable(Protocol):
    """A model the training loop can train: its players, their parameters and their losses.

    Two methods more are called where a model has them: `initialise(batch)`, before the first step
    of a fresh run, for parameters that depend on data; and `learn_from(teacher)`, which hands a
    student its frozen teacher before anything else. The student must not register it as a part.
    """

    players: tuple[str, ...]
    training_only: tuple[str, ...]  # names of the parts that only training needs

    def player(self, name: str) -> torch.nn.Module:
        """The module whose parameters this player's optimiser owns."""

    def loss(self, batch: Any, player: str = ..., carry: dict[str, Any] | None = None) -> Losses:
        """Losses of one player, scalars, among them `total`.

        Args:
            carry: what a player leaves for the next within one training step; the loop puts the
                number of the `step` in it.
        Returns:
            Nothing at all when the player sits this step out.
        """


class AcousticModel(Trainable, Protocol):
    """Tokens to frames.

    Wherever speakers are taken, they are ids (B,) int64 of the model's table, or vectors (B, E)
    float32: for a model with a table, its rows or mixtures of them; otherwise outer embeddings of
    speech, which all have `speaker_vector` channels.

    `frame_group` is how many frames the model uses at a time; a rest is left out.
    `speaker_vector` is 0 for a model that takes no outer vectors. A model whose `speakers` is not
    None has a table, and `speaker_rows(ids)`.
    """

    frame_group: int
    speaker_vector: int

    def align(self, batch: AcousticBatch) -> torch.Tensor:
        """The frames of each token in recorded speech, (B, L) int64."""

    def teacher_forced(
        self,
        batch: AcousticBatch,
        *,
        seed: int | Sequence[int] = 0,
        temperature: float | None = None,
    ) -> torch.Tensor:
        """Frames (B, C, T) as the model makes them along the recorded speech's own durations."""

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
        """Synthesise; the same seed gives the same row whatever else is in the batch."""


class Vocoder(Trainable, Protocol):
    """Frames to waveform.

    `context_frames` is how many frames on each side of a frame its samples depend on, which is
    what streaming needs (None: on all of them); `knobs` names the keyword arguments of `generate`
    a user may turn. An autoregressive vocoder also depends on the past through `Window.state`.
    Where a model has `settle(dtype)`, it is called once weights will not change any more, with the
    number format to come.

    Frames tell a vocoder who speaks. One that is told so beside has `speakers`, a module
    (`tts.nn.speakers`) that says whom it knows, and `generate` takes speakers as an acoustic model
    does.
    """

    context_frames: int | None
    knobs: tuple[str, ...]

    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop), zero past each row's length.

        Args:
            noise: what to use instead of the noise that `seed` gives.
            window: the run's place in an utterance made piece by piece; only the samples of the
                wanted frames are returned then.
        """
