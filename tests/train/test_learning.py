"""What learns in a run: all that is not frozen, rows of tables, or low-rank updates; how long."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.train.test_loop import experiment, weights
from tts import build, checkpoint
from tts.errors import ConfigError
from tts.train.loop import Run, train

TABLE = "speakers.weight"
FAST = {"model": {"lr": 0.01, "name": "adamw", "weight_decay": 0.1}}


def changed(dump: Path, out: Path, **settings: Any) -> tuple[dict[str, torch.Tensor], set[str]]:
    """The weights before two steps, and the names of those which are others after them."""
    plan = experiment(dump, "acoustic", train={"steps": 2, "ema_decay": None})
    train(plan, out / "base", cpu=True)
    more = {"steps": 2, "ema_decay": None, "optimisers": FAST, **settings}
    train(experiment(dump, "acoustic", train=more), out / "exp", init=out / "base", cpu=True)
    before, after = weights(out / "base"), weights(out / "exp")
    return after, {n for n, t in before.items() if n in after and not torch.equal(t, after[n])}


def test_frozen_parameters_stay_bit_equal(dump: Path, tmp_path: Path) -> None:
    _, moved = changed(dump, tmp_path, freeze=["encoder.*", "!encoder.durations.*"])
    assert moved and not any(n.startswith("encoder.") and "durations" not in n for n in moved)
    assert any("durations" in n for n in moved) and any("decoder" in n for n in moved)


def test_rows_learn_in_a_frozen_table(dump: Path, tmp_path: Path) -> None:
    """Weight decay and momentum must not reach the other rows."""
    after, moved = changed(dump, tmp_path, freeze=["*"], rows={TABLE: [1]})
    before = weights(tmp_path / "base")[TABLE]
    assert moved == {TABLE}
    assert torch.equal(after[TABLE][0], before[0]) and not torch.equal(after[TABLE][1], before[1])


def test_rows_can_learn_faster(dump: Path, tmp_path: Path) -> None:
    def step(rate: float) -> float:
        more = {"freeze": ["*"], "rows": {TABLE: [1]}, "rows_rate": rate}
        after, _ = changed(dump, tmp_path / f"{rate:g}", **more)
        return float((after[TABLE] - weights(tmp_path / f"{rate:g}" / "base")[TABLE]).norm())

    assert step(10.0) == pytest.approx(10 * step(1.0), rel=0.2)


def test_only_updates_learn(dump: Path, tmp_path: Path) -> None:
    after, moved = changed(dump, tmp_path, lora={"rank": 2, "alpha": 4.0})
    assert not moved, "all that has its old name is as it was"
    ups = [t for n, t in after.items() if n.endswith(".up")]
    assert ups and all(t.any() for t in ups)
    loaded = build.load(tmp_path / "exp")
    assert set(loaded.model.state_dict()) == set(weights(tmp_path / "base"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"freeze": ["nothing.*"]}, r"train\.freeze: no parameter's name matches 'nothing\.\*'"),
        ({"freeze": ["*"]}, "leaves the model nothing to learn"),
        ({"rows": {TABLE: [2]}}, "speakers.weight has 2 rows, which 2 is not among"),
        ({"rows": {"nothing": [0]}}, "nothing has 0 rows"),
        ({"lora": {"rank": 0}}, r"train\.lora\.rank"),
        ({"patience": 0}, r"train\.patience"),
    ],
)
def test_what_is_refused(
    dump: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(experiment(dump, "acoustic", train=settings), tmp_path, cpu=True)


def scores(monkeypatch: pytest.MonkeyPatch, of_step: dict[int, float]) -> None:
    monkeypatch.setattr(Run, "_dev_losses", lambda self: {"total": of_step[self.step]})


def patient(dump: Path, patience: int | None) -> Any:
    more = {"steps": 6, "validate_every": 1, "checkpoint_every": 4, "patience": patience}
    return experiment(dump, "acoustic", train=more)


def test_patience_ends_a_run_with_its_best_weights(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores(monkeypatch, {1: 3.0, 2: 1.0, 3: 2.0, 4: 1.5, 5: 0.0, 6: 0.0})
    done = train(patient(dump, 2), tmp_path, cpu=True)
    assert done.step == 4
    best = checkpoint.load(tmp_path / "checkpoints" / "best.pt")
    assert best.step == 2
    loaded = build.load(tmp_path).model.state_dict()
    assert all(torch.equal(t, loaded[n]) for n, t in best.for_inference().items())
    assert train(patient(dump, 2), tmp_path, resume=True, cpu=True).step == 4, "it stays over"


def test_all_steps_are_taken_while_it_gets_better(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores(monkeypatch, {1: 3.0, 2: 1.0, 3: 2.0, 4: 0.9, 5: 1.5, 6: 0.5})
    assert train(patient(dump, 2), tmp_path, cpu=True).step == 6
    last = checkpoint.load(checkpoint.newest(tmp_path))
    own = {n: t for n, t in last.weights.items() if t.is_floating_point()}
    assert not all(torch.equal(last.averaged[n], t) for n, t in own.items())


def test_patience_counts_through_a_resume(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores(monkeypatch, {1: 1.0, 2: 2.0, 3: 2.0, 4: 2.0, 5: 2.0, 6: 2.0})
    short = patient(dump, 4)
    stopped = short.model_copy(update={"train": short.train.model_copy(update={"steps": 3})})
    train(stopped, tmp_path, cpu=True)
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["step"] == 3
    assert train(short, tmp_path, resume=True, cpu=True).step == 5


def test_without_patience_the_last_weights_speak(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores(monkeypatch, {step: float(step) for step in range(1, 7)})
    assert train(patient(dump, None), tmp_path, cpu=True).step == 6
    best = checkpoint.load(tmp_path / "checkpoints" / "best.pt").for_inference()
    last = build.load(tmp_path).model.state_dict()
    assert not all(torch.equal(t, last[n]) for n, t in best.items())
