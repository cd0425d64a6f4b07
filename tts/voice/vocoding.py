"""A vocoder ready to run: frames to samples, in bounded memory and the device's fastest format."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tts import build, checkpoint
from tts.contracts import Contract, Join, Window, join
from tts.errors import ConfigError, ContractError, DataError
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast, chosen_device, resolve
from tts.voice.cast import Cast

logger = logging.getLogger(__name__)

CHUNK_FRAMES = 1024  # longer inputs run in pieces of this, with the vocoder's context on each side


@dataclass(frozen=True)
class Vocoding:
    """A vocoder with the join that brings foreign frames under its contract.

    Attributes:
        name: what messages call it.
        join: applied to frames before the vocoder.
        bridge: the learned bridge that makes frames of a waveform, where it is known.
        cast: the speakers that the vocoder is told of; mostly it hears in the frames who speaks.
    """

    model: Any
    contract: Contract
    name: str
    join: Join
    precision: Precision
    device: str
    bridge: Any = None
    cast: Cast = field(default_factory=lambda: Cast("the vocoder"))

    @classmethod
    def of(
        cls,
        model: nn.Module,
        name: str,
        made: Contract | None = None,
        maker: str = "the frames",
        *,
        bridge: str | Path | None = None,
        home: str | Path | None = None,
        precision: Precision = "auto",
        device: str | None = None,
    ) -> Vocoding:
        """Prepare a model whose `contract` may differ from that of the frames (`made`).

        Args:
            home: the folder that lists the speakers of a vocoder that is told who speaks.
            bridge: the experiment of a learned bridge, to make frames of waveforms.
        Raises:
            ContractError: no exact conversion exists.
        """
        device = chosen_device(device)
        joined = join(made or model.contract, model.contract, maker, name)
        if joined.note:
            logger.warning("%s", joined.note)
        model = fold(model).eval().to(device).requires_grad_(False)
        if hasattr(model, "settle"):
            model.settle(resolve(precision, device))
        encoder = model if hasattr(model, "encoder") else None
        if bridge is not None:
            encoder = fold(build.load_bridge(model.contract, bridge)).to(device)
        cast = Cast(name) if home is None else Cast.of_vocoder(home, model, name, device)
        return cls(model, model.contract, name, joined, precision, device, encoder, cast)

    @classmethod
    def load(
        cls,
        path: str | Path,
        made: Contract | None = None,
        maker: str = "the frames",
        **options: Any,
    ) -> Vocoding:
        """Load a vocoder from an experiment, a checkpoint, or by the name `griffin_lim`.

        A learned bridge is the vocoder of its own frames.

        Raises:
            TTSError: nothing there, not a vocoder, or another bridge.
        """
        if str(path) == "griffin_lim":
            contract = made or Contract()
            model = build.build("vocoder", {"name": "griffin_lim"}, contract)
            return cls.of(model, "griffin_lim", made, maker, **options)
        home = checkpoint.find(path).parent.parent
        options = {"home": home, **options}
        return cls.of(build.load(path, "vocoder").model, str(path), made, maker, **options)

    def __call__(self, frames: torch.Tensor, *, seed: int = 0, **knobs: Any) -> np.ndarray:
        """frames (C, T) to samples (T * hop,) float32 in [-1, 1].

        Args:
            knobs: of this vocoder, those it lists in `knobs`, and `speaker` as `told` gives it.
        Raises:
            ConfigError: the vocoder has no such knob, or its value is out of range.
        """
        return np.concatenate(list(self.stream(frames, seed=seed, **knobs)))

    def stream(
        self,
        frames: torch.Tensor,
        ends: Iterable[int] | None = None,
        *,
        seed: int = 0,
        **knobs: Any,
    ) -> Iterator[np.ndarray]:
        """The same samples, run of frames by run, each yielded as soon as it is made.

        Args:
            ends: the frame behind each run, rising to T; by default runs of `CHUNK_FRAMES`.
        """
        self.check(knobs)
        context = self.context(knobs)
        n_frames = frames.shape[1]
        if ends is None:
            ends = (*range(CHUNK_FRAMES, n_frames, CHUNK_FRAMES), n_frames)
        if context is None or 2 * context >= n_frames:  # the context of a run would be all of it
            ends = (n_frames,)
        return self._runs(frames, ends, context or 0, seed, knobs)

    def context(self, knobs: Mapping[str, Any]) -> int | None:
        """How many frames on each side of a frame its samples depend on; None for all."""
        if hasattr(self.model, "context_for"):
            return self.model.context_for({k: v for k, v in knobs.items() if k != "speaker"})
        return self.model.context_frames

    def _runs(
        self,
        frames: torch.Tensor,
        ends: Iterable[int],
        context: int,
        seed: int,
        knobs: Mapping[str, Any],
    ) -> Iterator[np.ndarray]:
        """Runs of frames with enough context that what is kept is as if made in one piece."""
        frames = frames.unsqueeze(0)
        begin, state = 0, {}
        for end in ends:
            first = max(0, begin - context)
            window = Window(first, begin - first, end - first, state)
            piece = frames[:, :, first : end + context]
            yield self.batch(piece, seed=seed, window=window, **knobs)[0]
            begin = end

    @torch.inference_mode()
    def batch(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        window: Window | None = None,
        speaker: str | Sequence[float] | None = None,
        **knobs: Any,
    ) -> np.ndarray:
        """frames (B, C, T) to samples (B, N), zero past each row's length, all in one go.

        Args:
            speaker: who speaks, for a vocoder that is told: a name, a mixture or an outer vector.
        """
        speakers = self.cast.nearest(speaker)
        if speakers is not None:
            knobs["speakers"] = speakers.expand(len(frames), *speakers.shape[1:])
        frames = self.join(frames.to(self.device, torch.float32))
        with autocast(self.precision, self.device):
            wav = self.model.generate(
                frames, frame_lens=frame_lens, seed=seed, window=window, **knobs
            )
        return wav.float().clamp(-1, 1).cpu().numpy()

    def told(self, speaker: str | None, chosen: torch.Tensor | None = None) -> dict[str, Any]:
        """The knob that says who speaks, for a vocoder that is told; otherwise none.

        Args:
            speaker: a name or a mixture, not all of whom it needs to know.
            chosen: without these, what the acoustic model is told: an outer vector (1, E) will do.
        """
        if speaker is not None and self.cast.names:
            return {"speaker": speaker}
        own = next(iter(self.cast.vectors.values()), None)
        if chosen is not None and own is not None and chosen.shape[1:] == own.shape:
            return {"speaker": tuple(chosen[0].tolist())}
        return {}

    def warn_of_strangers(self, names: Sequence[str]) -> None:
        """Say once which speakers the vocoder is told of in vain: they get its mean speaker."""
        unknown = [name for name in names if name not in self.cast.names]
        if self.cast.names and unknown:
            logger.warning(
                "%s: does not know %s, and takes them for the mean of its own speakers",
                self.name,
                ", ".join(unknown),
            )

    def check(self, knobs: Mapping[str, Any]) -> None:
        """Refuse knobs that this vocoder does not have.

        Raises:
            ConfigError: names the knob, and those there are.
        """
        for knob in knobs:
            if knob not in self.model.knobs and not (knob == "speaker" and self.cast.names):
                has = ", ".join(self.model.knobs) or "none"
                raise ConfigError(f"{knob}: the vocoder has no such knob; it has {has}")

    def resynthesise(self, wav: np.ndarray, *, seed: int = 0, **knobs: Any) -> np.ndarray:
        """Copy synthesis: samples (N,) at the contract's rate to the same number of samples.

        Raises:
            ContractError: the vocoder's bridge was learned, and it is not known here.
            DataError: too short.
        """
        hop = self.contract.hop
        padded = np.pad(wav, (0, -len(wav) % hop))
        if len(padded) == 0:
            raise DataError("no samples to resynthesise; give a longer recording")
        frames = self._encoder().encode(torch.from_numpy(padded)[None].to(self.device))[0]
        return self(frames[:, : len(padded) // hop], seed=seed, **knobs)[: len(wav)]

    def _encoder(self) -> Any:
        """What makes frames of a waveform: the learned bridge that is known, or a mel."""
        if self.bridge is None and self.contract.kind != "mel":
            raise ContractError(
                f"{self.name}: its frames are those of a learned bridge; name its experiment "
                "(--bridge EXP), or give it frames"
            )
        return self.bridge or build.load_bridge(self.contract).to(self.device)
