"""How far old speakers moved: nothing where nothing changed, and more the more did."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests import tiny
from tts import build
from tts.train.kept import Kept, measure, measure_vocoder

TEXTS = [torch.tensor([3, 4, 5, 6]), torch.tensor([8, 9, 10])]
SPEAKERS = {"anna": torch.tensor([0]), "bert": torch.tensor([1])}


@pytest.fixture
def exp(tmp_path: Path) -> Path:
    return tiny.save_acoustic(tmp_path / "exp", speakers=list(SPEAKERS))


def moved(exp: Path, by: float) -> torch.nn.Module:
    model = build.load(exp).model
    with torch.no_grad():
        model.speakers.weight[1] += by
    return model


def test_the_same_model_has_not_moved(exp: Path) -> None:
    found = measure(moved(exp, 0), moved(exp, 0), TEXTS, SPEAKERS)
    assert found.distance == {"anna": 0.0, "bert": 0.0} == found.duration
    assert found.other_seed > 0.1


def test_who_has_moved_is_found(exp: Path) -> None:
    found = measure(moved(exp, 0), moved(exp, 0.3), TEXTS, SPEAKERS)
    assert found.distance["anna"] == 0 < found.distance["bert"]


def test_other_lengths_are_warped(exp: Path) -> None:
    slower = build.load(exp).model
    with torch.no_grad():
        slower.encoder.durations.out.bias += 0.7
    found = measure(moved(exp, 0), slower, TEXTS, SPEAKERS)
    assert found.duration["anna"] > 0.5 and 0 < found.distance["anna"] < 5


def test_eight_of_many(tmp_path: Path) -> None:
    names = [f"s{i:02d}" for i in range(40)]
    model = build.load(tiny.save_acoustic(tmp_path / "exp", speakers=names)).model
    speakers = {name: torch.tensor([i]) for i, name in enumerate(names)}
    assert list(measure(model, model, TEXTS, speakers).distance) == names[::5]


def test_a_vocoder_by_recordings(tmp_path: Path) -> None:
    exp = tiny.save_vocoder(tmp_path / "exp")
    before, after = (build.load(exp).model for _ in range(2))
    frames = {"anna": torch.randn(8, 20), "bert": torch.randn(8, 20)}
    assert set(measure_vocoder(before, after, frames, tiny.CONTRACT).distance.values()) == {0.0}
    with torch.no_grad():
        for parameter in after.generator.parameters():
            parameter.mul_(1.1)
    found = measure_vocoder(before, after, frames, tiny.CONTRACT)
    assert min(found.distance.values()) > 0 and found.other_seed == 0


def test_what_is_told() -> None:
    lines = Kept({"anna": 0.1, "bert": 0.3}, 0.2, {"anna": 0.0, "bert": 0.05}).lines()
    assert "by 0.2000 on average" in lines[0] and lines[2] == "  bert: 0.3000, lengths by 5.0 %"
    assert Kept({}, 0.0, {}).lines() == []
