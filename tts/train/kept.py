"""How far the old speakers of a fine-tuned model have moved: measured, speaker by speaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tts.audio.mel import comparison
from tts.contracts import Contract
from tts.metrics.spectral import log_mel, warping_path

MOST_SPEAKERS, N_TEXTS = 8, 3


@dataclass(frozen=True)
class Kept:
    """Old speakers before and after: the same texts, the same seed.

    Attributes:
        distance: of each, the mean absolute difference of frames, in their own unit (natural log
            for a log-mel), along the best warping where durations differ; 0 is bit-equal.
        other_seed: the same distance between two seeds of the base: what chance alone does.
        duration: of each, the mean relative difference of lengths.
    """

    distance: dict[str, float]
    other_seed: float
    duration: dict[str, float]

    def lines(self) -> list[str]:
        """For people: one line in sum, and one a speaker."""
        if not self.distance:
            return []
        mean = float(np.mean(list(self.distance.values())))
        head = (
            f"old speakers moved by {mean:.4f} on average (mean |difference| of frames, same "
            f"texts and seed; another seed of the base moves them by {self.other_seed:.4f})"
        )
        each = [
            f"  {name}: {distance:.4f}, lengths by {100 * self.duration[name]:.1f} %"
            for name, distance in self.distance.items()
        ]
        return [head, *each]


@torch.no_grad()
def measure(
    before: Any,
    after: Any,
    texts: Sequence[torch.Tensor],
    speakers: Mapping[str, torch.Tensor | None],
) -> Kept:
    """Compare two acoustic models of the same tables.

    Args:
        texts: tokens (L,) of a few; the first three are spoken.
        speakers: old speakers as the models take them, None for models of one; eight of more are
            taken, evenly.
    """
    names = list(speakers)
    n = min(MOST_SPEAKERS, len(names))
    distance, duration, chance = {}, {}, []
    for name in [names[i * len(names) // n] for i in range(n)]:
        rows = [_compare(before, after, text, speakers[name]) for text in texts[:N_TEXTS]]
        distance[name], duration[name] = (float(np.mean(column)) for column in zip(*rows))
        if not chance:
            first = (_speak(before, text, speakers[name], 0) for text in texts[:N_TEXTS])
            again = (_speak(before, text, speakers[name], 1) for text in texts[:N_TEXTS])
            chance = [_distance(a, b) for a, b in zip(first, again)]
    return Kept(distance, float(np.mean(chance)) if chance else 0.0, duration)


@torch.no_grad()
def measure_vocoder(
    before: Any, after: Any, frames: Mapping[str, torch.Tensor], contract: Contract
) -> Kept:
    """Compare two vocoders on recordings of old speakers.

    The distance is that of log-mels of what they make, natural log.

    Args:
        frames: (C, T) of a recording of each speaker.
    """
    distance, chance = {}, []
    for name, recorded in list(frames.items())[:MOST_SPEAKERS]:
        old, new, again = (
            _log_mel(model.generate(recorded[None], seed=seed), contract)
            for model, seed in ((before, 0), (after, 0), (before, 1))
        )
        distance[name] = float(np.abs(old - new).mean())
        chance.append(float(np.abs(old - again).mean()))
    return Kept(distance, float(np.mean(chance)), dict.fromkeys(distance, 0.0))


def _log_mel(wav: torch.Tensor, contract: Contract) -> np.ndarray:
    heard = Contract(kind="latent", sample_rate_hz=contract.sample_rate_hz, hop=contract.hop)
    return log_mel(wav[0].clamp(-1, 1).numpy(), comparison(heard))


def _compare(
    before: Any, after: Any, text: torch.Tensor, who: torch.Tensor | None
) -> tuple[float, float]:
    old, new = _speak(before, text, who, 0), _speak(after, text, who, 0)
    return _distance(old, new), abs(new.shape[1] / old.shape[1] - 1)


def _speak(model: Any, text: torch.Tensor, who: torch.Tensor | None, seed: int) -> np.ndarray:
    made = model.infer(text[None], torch.tensor([len(text)]), who, seed=seed)
    return made.frames[0].float().numpy()


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    if one.shape == other.shape:
        return float(np.abs(one - other).mean())
    path = warping_path(one, other)
    return float(np.abs(one[:, path[:, 0]] - other[:, path[:, 1]]).mean())
