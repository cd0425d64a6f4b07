"""Presets of fine-tuning: what learns, how fast and how long, by how much speech there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tts.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """How to fine-tune.

    Attributes:
        lr: the optimisers' peak.
        steps: at least and at most; steps_a_minute: of speech, in between.
        freeze: for each role, patterns of parameters that do not learn.
        lora: rank and alpha of low-rank updates, or None.
        rows_rate: how much faster a new speaker's row learns: it has far to go, and what it tells
            apart need not be told by weights that all speakers share.
    """

    lr: float
    steps: tuple[int, int]
    steps_a_minute: int
    freeze: dict[str, tuple[str, ...]]
    lora: dict[str, float] | None = None
    rows_rate: float = 1.0
    patience: int = 4


# The text side of an acoustic model but its durations: what a symbol sounds like in the latent
# space is the base's, and minutes of one speaker would only spoil it.
_PRIOR = ("encoder.*", "!encoder.durations.*")

PRESETS = {
    "minutes": Preset(3e-4, (200, 800), 100, {"acoustic": _PRIOR}, rows_rate=10.0),
    "hour": Preset(3e-4, (800, 10_000), 60, {}, rows_rate=10.0),
    "full": Preset(5e-4, (2000, 100_000), 100, {}, rows_rate=10.0, patience=8),
    "lora": Preset(2e-3, (200, 2000), 100, {}, {"rank": 8, "alpha": 16.0}),
}


def settings(
    name: str,
    role: str,
    minutes: float,
    players: Sequence[str],
    base: dict[str, Any],
    old_share: float = 0.0,
) -> dict[str, Any]:
    """The `data` and `train` sections of a fine-tuning, but for its data.

    Args:
        name: of the preset.
        minutes: of speech to train on.
        players: of the model, each of which gets an optimiser.
        base: the configuration of the base's experiment, whose batches are kept; or empty.
        old_share: of the batches that hold other speech; they come on top.
    Raises:
        ConfigError: no such preset.
    """
    if name not in PRESETS:
        raise ConfigError(f"preset {name!r}: there are {', '.join(PRESETS)}")
    preset = PRESETS[name]
    least, most = preset.steps
    of_new = min(most, max(least, round(preset.steps_a_minute * minutes)))
    steps = round(of_new / (1 - old_share))
    every = max(1, steps // 10)
    train = base.get("train", {})
    return {
        "data": {
            key: base["data"][key]
            for key in ("max_frames", "max_utterances", "segment_frames", "workers", "feats")
            if key in base.get("data", {})
        },
        "train": {
            "steps": steps,
            "ema_decay": 0.99,
            "best_by": train.get("best_by", "total"),
            "optimisers": {
                player: _optimiser(preset.lr, train.get("optimisers", {}).get(player, {}))
                for player in players
            },
            "freeze": preset.freeze.get(role, ()),
            "lora": preset.lora,
            "rows_rate": preset.rows_rate,
            "patience": preset.patience,
            "log_every": max(1, every // 5),
            "validate_every": every,
            "checkpoint_every": every,
        },
    }


def _optimiser(lr: float, base: dict[str, Any]) -> dict[str, Any]:
    """The base's own kind of optimiser, at the preset's rate."""
    kept = {key: value for key, value in base.items() if key not in ("lr", "schedule")}
    schedule = {"name": "cosine", "warmup": 20, "final": 0.05}
    return {"clip_norm": 5.0, **kept, "lr": lr, "schedule": schedule}
