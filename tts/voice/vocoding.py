"""A vocoder ready to run: frames to samples, in bounded memory and the device's fastest format."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tts import build
from tts.contracts import Contract, Join, Window, join
from tts.errors import ConfigError, ContractError, DataError
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast, chosen_device, resolve

logger = logging.getLogger(__name__)

CHUNK_FRAMES = 1024  # longer inputs run in pieces of this, with the vocoder's context on each side


@dataclass(frozen=True)
class Vocoding:
    """A vocoder with the join that brings foreign frames under its contract.

    Attributes:
        name: what messages call it.
        join: applied to frames before the vocoder.
        bridge: the learned bridge that makes frames of a waveform, where it is known.
    """

    model: Any
    contract: Contract
    name: str
    join: Join
    precision: Precision
    device: str
    bridge: Any = None

    @classmethod
    def of(
        cls,
        model: nn.Module,
        name: str,
        made: Contract | None = None,
        maker: str = "the frames",
        *,
        bridge: str | Path | None = None,
        precision: Precision = "auto",
        device: str | None = None,
    ) -> Vocoding:
        """Prepare a model whose `contract` may differ from that of the frames (`made`).

        Args:
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
        return cls(model, model.contract, name, joined, precision, device, encoder)

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
        return cls.of(build.load(path, "vocoder").model, str(path), made, maker, **options)

    @torch.inference_mode()
    def __call__(self, frames: torch.Tensor, *, seed: int = 0, **knobs: Any) -> np.ndarray:
        """frames (C, T) to samples (T * hop,) float32 in [-1, 1].

        Args:
            knobs: of this vocoder, those it lists in `knobs`.
        Raises:
            ConfigError: the vocoder has no such knob, or its value is out of range.
        """
        self.check(knobs)
        frames = self.join(frames.to(self.device, torch.float32)).unsqueeze(0)
        with autocast(self.precision, self.device):
            if frames.shape[2] <= CHUNK_FRAMES or self.model.context_frames is None:
                wav = self.model.generate(frames, seed=seed, **knobs)
            else:
                wav = torch.cat(list(self._pieces(frames, seed, knobs)), 1)
        return wav[0].float().clamp(-1, 1).cpu().numpy()

    def _pieces(
        self, frames: torch.Tensor, seed: int, knobs: dict[str, Any]
    ) -> Iterator[torch.Tensor]:
        """Runs of frames with enough context that what is kept is as if made in one piece."""
        context, n_frames, state = self.model.context_frames, frames.shape[2], {}
        for begin in range(0, n_frames, CHUNK_FRAMES):
            first, end = max(0, begin - context), min(n_frames, begin + CHUNK_FRAMES)
            window = Window(first, begin - first, end - first, state)
            piece = frames[:, :, first : end + context]
            yield self.model.generate(piece, seed=seed, window=window, **knobs)

    def check(self, knobs: Mapping[str, Any]) -> None:
        """Refuse knobs that this vocoder does not have.

        Raises:
            ConfigError: names the knob, and those there are.
        """
        for knob in knobs:
            if knob not in self.model.knobs:
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
