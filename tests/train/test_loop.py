"""The training loop: exact resume, what it leaves behind, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.train.conftest import ACOUSTIC, AUDIO, OPTIMISER, VOCODER
from tts import build, checkpoint
from tts.config import merge, parse
from tts.errors import ConfigError, ContractError, DataError, TTSError
from tts.train.loop import Run, train
from tts.train.settings import Experiment


def experiment(dump: Path, role: str, **over: Any) -> Experiment:
    """A tiny experiment of six steps."""
    players = ["model"] if role == "acoustic" else ["generator", "discriminator"]
    tree = {
        "audio": AUDIO,
        role: ACOUSTIC if role == "acoustic" else VOCODER,
        "data": {
            "train": str(dump / "train"),
            "dev": str(dump / "dev"),
            "max_utterances": 3,
            "max_frames": 400,
            "segment_frames": 8,
            "workers": 0,
        },
        "train": {
            "steps": 6,
            "precision": "float32",
            "optimisers": dict.fromkeys(players, OPTIMISER),
            "ema_decay": 0.9,
            "log_every": 1,
            "validate_every": 3,
            "checkpoint_every": 2,
        },
    }
    return parse(Experiment, merge(tree, over), "test")


def weights(exp_dir: Path) -> dict[str, torch.Tensor]:
    found = checkpoint.load(checkpoint.newest(exp_dir))
    return {**found.weights, **{f"averaged {n}": t for n, t in found.averaged.items()}}


class Killed(Exception):
    """Stands for a SIGKILL in the middle of a step."""


@pytest.mark.parametrize("role", ["acoustic", "vocoder"])
@pytest.mark.parametrize("dies_at", [1, 3, 5, 6])
def test_a_resumed_run_equals_an_unbroken_one(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str, dies_at: int
) -> None:
    plan = experiment(dump, role)
    train(plan, tmp_path / "unbroken", cpu=True)
    turn = Run._turn

    def dying(self: Run, *arguments: Any) -> Any:
        if self.step == dies_at:
            raise Killed
        return turn(self, *arguments)

    monkeypatch.setattr(Run, "_turn", dying)
    with pytest.raises(Killed):
        train(plan, tmp_path / "broken", cpu=True)
    monkeypatch.setattr(Run, "_turn", turn)
    done = train(plan, tmp_path / "broken", resume=True, cpu=True)
    assert done.step == 6
    expected, resumed = weights(tmp_path / "unbroken"), weights(tmp_path / "broken")
    assert expected.keys() == resumed.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, resumed[name]), name
    assert losses(tmp_path / "unbroken") == losses(tmp_path / "broken")


def losses(exp_dir: Path) -> list[dict[str, Any]]:
    lines = (exp_dir / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_what_a_run_leaves_behind(dump: Path, tmp_path: Path) -> None:
    done = train(experiment(dump, "acoustic"), tmp_path / "exp", cpu=True)
    exp = tmp_path / "exp"
    assert sorted(p.name for p in (exp / "checkpoints").iterdir()) == [
        "best.pt", "step-00000002.pt", "step-00000004.pt", "step-00000006.pt",
    ]  # fmt: skip
    assert "step 6/6" in (exp / "train.log").read_text()
    for name in ("config.yaml", "tokens.txt", "frontend.json", "speakers.txt", "plots/loss.png"):
        assert (exp / name).stat().st_size > 0
    for name in ("alignment.png", "frames.png"):
        assert (exp / "plots" / "step-00000006" / name).read_bytes()[:4] == b"\x89PNG"
    lines = losses(exp)
    assert [x["step"] for x in lines if x["split"] == "train"] == [1, 2, 3, 4, 5, 6]
    dev = [x for x in lines if x["split"] == "dev"]
    assert [x["step"] for x in dev] == [3, 6] and dev[-1]["total"] == done.dev["total"]
    assert list((exp / "tensorboard").iterdir())


def test_training_improves_the_loss(dump: Path, tmp_path: Path) -> None:
    fast = {"steps": 60, "validate_every": 20, "optimisers": {"model": {"lr": 0.3}}}
    train(experiment(dump, "acoustic", train=fast), tmp_path, cpu=True)
    dev = [x["nll"] for x in losses(tmp_path) if x["split"] == "dev"]
    assert dev[-1] < dev[0] - 0.02


def test_the_seed_decides(dump: Path, tmp_path: Path) -> None:
    found = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        plan = experiment(dump, "acoustic", train={"seed": seed, "steps": 2})
        train(plan, tmp_path / name, cpu=True)
        found.append(weights(tmp_path / name)["encoder.mean.weight"])
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def test_the_number_of_workers_changes_nothing(dump: Path, tmp_path: Path) -> None:
    for workers in (0, 2):
        plan = experiment(dump, "vocoder", data={"workers": workers}, train={"steps": 2})
        train(plan, tmp_path / str(workers), cpu=True)
    one, other = weights(tmp_path / "0"), weights(tmp_path / "2")
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_an_experiment_speaks_with_its_averaged_weights(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "acoustic"), tmp_path, cpu=True)
    loaded = build.load(tmp_path, "acoustic")
    found = checkpoint.load(checkpoint.newest(tmp_path))
    name = "encoder.mean.weight"
    assert torch.equal(loaded.model.state_dict()[name], found.averaged[name])
    assert not torch.equal(found.averaged[name], found.weights[name])


def test_a_vocoder_trained_on_segments_generates(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "vocoder"), tmp_path, cpu=True)
    loaded = build.load(tmp_path, "vocoder")
    assert loaded.model.generate(torch.randn(1, 6, 5)).shape == (1, 80)
    assert (tmp_path / "plots" / "step-00000006" / "frames.png").is_file()


def test_init_takes_weights_but_not_steps(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "vocoder"), tmp_path / "first", cpu=True)
    plan = experiment(
        dump, "vocoder", train={"steps": 1, "optimisers": {"generator": {"lr": 1e-12}}}
    )
    train(plan, tmp_path / "second", init=tmp_path / "first", cpu=True)
    first = checkpoint.load(checkpoint.newest(tmp_path / "first")).for_inference()
    second = checkpoint.load(checkpoint.newest(tmp_path / "second"))
    assert second.step == 1
    name = "generator.last.bias"
    torch.testing.assert_close(second.weights[name], first[name], atol=1e-6, rtol=0)


def test_a_loss_that_is_not_finite_names_step_and_utterances(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_step = Run._one_step

    def poisoned(self: Run, batch: Any) -> Any:
        if self.step == 3:
            batch.frames.fill_(float("nan"))
        return run_step(self, batch)

    monkeypatch.setattr(Run, "_one_step", poisoned)
    with pytest.raises(DataError, match=r"step 4.*(generator|discriminator).*utt\d"):
        train(experiment(dump, "vocoder"), tmp_path / "vocoder", cpu=True)
    assert checkpoint.newest(tmp_path / "vocoder").name == "step-00000002.pt"
    with pytest.raises(DataError, match=r"step 4: utterance utt\d"):
        train(experiment(dump, "acoustic"), tmp_path / "acoustic", cpu=True)


def test_a_gradient_that_is_not_finite_is_not_taken(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses_of = Run._losses

    def steep(self: Run, batch: Any, player: str, carry: dict[str, Any]) -> Any:
        losses = losses_of(self, batch, player, carry)
        if self.step == 2 and torch.is_grad_enabled():
            bias = self.model.generator.last.bias
            losses["total"] = losses["total"] + (bias - bias.detach()).abs().sqrt().sum()
        return losses

    monkeypatch.setattr(Run, "_losses", steep)
    plan = experiment(dump, "vocoder", train={"checkpoint_every": 1})
    with pytest.raises(DataError, match=r"step 2.*gradient"):
        train(plan, tmp_path, cpu=True)
    assert checkpoint.newest(tmp_path).name == "step-00000001.pt"


@pytest.mark.parametrize("moment", [3, 5])
def test_an_interrupt_ends_after_the_step_and_loses_nothing(
    dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    plan = experiment(dump, "vocoder")
    train(plan, tmp_path / "unbroken", cpu=True)
    run_step = Run._one_step

    def interrupted(self: Run, batch: Any) -> Any:
        scalars = run_step(self, batch)
        if self.step == moment:
            signal.raise_signal(signal.SIGTERM)
        return scalars

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(Run, "_one_step", interrupted)
    with pytest.raises(TTSError, match=f"stopped at step {moment}"):
        train(plan, tmp_path / "broken", cpu=True)
    assert signal.getsignal(signal.SIGTERM) == before
    monkeypatch.setattr(Run, "_one_step", run_step)
    train(plan, tmp_path / "broken", resume=True, cpu=True)
    expected, found = weights(tmp_path / "unbroken"), weights(tmp_path / "broken")
    assert all(torch.equal(tensor, found[name]) for name, tensor in expected.items())
    assert losses(tmp_path / "unbroken") == losses(tmp_path / "broken")


def test_resuming_something_else_is_refused(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "vocoder", train={"steps": 2}), tmp_path / "exp", cpu=True)
    file = checkpoint.newest(tmp_path / "exp")
    finished = tmp_path / "finished" / "checkpoints"
    finished.mkdir(parents=True)
    bare = dataclasses.replace(checkpoint.load(file), training={})
    checkpoint.save(bare, finished / file.name)
    with pytest.raises(ConfigError, match="finished model"):
        train(experiment(dump, "vocoder"), tmp_path / "finished", resume=True, cpu=True)
    with pytest.raises(ConfigError, match="holds the vocoder hifigan"):
        train(experiment(dump, "acoustic"), tmp_path / "exp", resume=True, cpu=True)
    other = dataclasses.replace(bare, contract={**bare.contract, "fmax_hz": 1500.0})
    checkpoint.save(other, tmp_path / "other.pt")
    with pytest.raises(ContractError, match="fmax_hz 1500"):
        train(experiment(dump, "vocoder"), tmp_path / "new", init=tmp_path / "other.pt", cpu=True)


def test_averaging_may_begin_at_a_resume(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "vocoder", train={"steps": 2, "ema_decay": None}), tmp_path, cpu=True)
    train(experiment(dump, "vocoder"), tmp_path, resume=True, cpu=True)
    assert checkpoint.load(checkpoint.newest(tmp_path)).averaged
    assert "ema_decay: 0.9" in (tmp_path / "config.yaml").read_text()


def test_a_directory_in_use_is_refused(dump: Path, tmp_path: Path) -> None:
    train(experiment(dump, "vocoder", train={"steps": 2}), tmp_path, cpu=True)
    with pytest.raises(ConfigError, match="--resume"):
        train(experiment(dump, "vocoder"), tmp_path, cpu=True)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"train": {"optimisers": {"teacher": OPTIMISER}}}, "players"),
        ({"vocoder": {"name": None}}, "griffin_lim, hifigan"),
        ({"vocoder": {"channles": 3}}, "channles"),
        ({"vocoder": {"name": "wavegan"}}, "hifigan"),
    ],
)
def test_configurations_that_do_not_fit(
    dump: Path, tmp_path: Path, over: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(experiment(dump, "vocoder", **over), tmp_path, cpu=True)
    assert checkpoint.newest(tmp_path) is None


def test_an_unknown_loss_to_judge_by_names_the_known(dump: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"beauty.*total, .*mel"):
        train(experiment(dump, "vocoder", train={"best_by": "beauty"}), tmp_path, cpu=True)


def test_what_has_nothing_to_train_says_so(dump: Path, tmp_path: Path) -> None:
    plan = experiment(dump, "vocoder")
    plan = plan.model_copy(update={"vocoder": {"name": "griffin_lim"}})
    with pytest.raises(ConfigError, match="nothing to train"):
        train(plan, tmp_path, cpu=True)
