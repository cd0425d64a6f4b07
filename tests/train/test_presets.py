"""Presets: how long by how much speech there is, and what is kept of the base's settings."""

from __future__ import annotations

import pytest

from tts.errors import ConfigError
from tts.train import presets


def made(name: str, minutes: float, base: dict | None = None) -> dict:
    return presets.settings(name, "acoustic", minutes, ("model",), base or {})


@pytest.mark.parametrize("name", presets.PRESETS)
def test_more_speech_takes_longer_within_bounds(name: str) -> None:
    steps = [made(name, minutes)["train"]["steps"] for minutes in (0.1, 1, 5, 30, 10_000)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == presets.PRESETS[name].steps


def test_old_speech_comes_on_top() -> None:
    alone = made("minutes", 3)["train"]["steps"]
    mixed = presets.settings("minutes", "acoustic", 3, ("model",), {}, 0.25)["train"]["steps"]
    assert mixed == 4 * alone / 3


@pytest.mark.parametrize("minutes", [0.0, 0.2, 3, 60])
def test_it_is_judged_ten_times(minutes: float) -> None:
    train = made("minutes", minutes)["train"]
    assert 9 <= train["steps"] / train["validate_every"] <= 11 and train["log_every"] >= 1


def test_batches_and_optimisers_are_the_bases_own() -> None:
    own = {"name": "adamw", "lr": 1.0, "betas": [0.8, 0.99], "clip_norm": None, "schedule": {}}
    base = {
        "data": {"train": "x", "max_frames": 7, "segment_frames": 9},
        "train": {"best_by": "mel", "optimisers": {"model": own}},
    }
    found = made("minutes", 5, base)
    assert found["data"] == {"max_frames": 7, "segment_frames": 9}
    assert found["train"]["best_by"] == "mel"
    optimiser = found["train"]["optimisers"]["model"]
    assert optimiser["name"] == "adamw" and optimiser["betas"] == [0.8, 0.99]
    assert optimiser["clip_norm"] is None and optimiser["schedule"]["name"] == "cosine"
    assert optimiser["lr"] == presets.PRESETS["minutes"].lr


def test_only_an_acoustic_model_has_a_text_side_to_freeze() -> None:
    assert made("minutes", 5)["train"]["freeze"]
    found = presets.settings("minutes", "vocoder", 5, ("generator",), {})
    assert not found["train"]["freeze"] and set(found["train"]["optimisers"]) == {"generator"}


def test_an_unknown_name() -> None:
    with pytest.raises(ConfigError, match="there are minutes, hour, full, lora"):
        made("days", 5)
