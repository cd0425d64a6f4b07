"""Every configuration of the recipes is valid, and builds the model it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts import build
from tts.train.settings import load_experiment

CONFS = sorted(Path(__file__).parents[1].glob("egs/*/conf/*.yaml"))
SIZES = {"n_tokens": 128, "n_speakers": 1}


@pytest.mark.parametrize("path", CONFS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_configuration_builds(path: Path) -> None:
    experiment = load_experiment(path)
    sizes = SIZES if experiment.role == "acoustic" else {}
    model = build.build(
        experiment.role, experiment.section, experiment.audio, sizes, for_training=True
    )
    assert set(model.players) == set(experiment.train.optimisers)
    for player in model.players:
        assert any(True for _ in model.player(player).parameters())


def test_every_model_has_a_configuration() -> None:
    named = {(e.role, e.section["name"]) for e in map(load_experiment, CONFS)}
    learns_nothing = {("vocoder", "griffin_lim"), ("bridge", "mel")}
    models = {(role, name) for role in build.ROLES for name in build.names(role)}
    assert named == models - learns_nothing
