"""Checkpoints: whole or not at all, tensors only, and clear about what does not fit."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

from tts import checkpoint
from tts.checkpoint import Checkpoint
from tts.errors import CheckpointError, DataError


def some(step: int = 3) -> Checkpoint:
    weights = {"weight": torch.randn(2, 3), "bias": torch.randn(2)}
    return Checkpoint(
        step,
        "vocoder",
        {"name": "x"},
        {"hop": 4},
        {},
        weights,
        {"bias": torch.ones(2)},
        {"best": 1.5},
    )


def test_round_trip(tmp_path: Path) -> None:
    saved = some()
    checkpoint.save(saved, tmp_path / "a.pt")
    found = checkpoint.load(tmp_path / "a.pt")
    assert (found.step, found.role, found.section, found.training) == (
        3,
        "vocoder",
        {"name": "x"},
        {"best": 1.5},
    )
    assert torch.equal(found.weights["weight"], saved.weights["weight"])
    assert found.for_inference()["bias"].tolist() == [1, 1]
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(some(1), tmp_path / "a.pt")

    def full(_content: object, path: Path) -> None:
        Path(path).write_bytes(b"half")
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError, match="cannot be written"):
        checkpoint.save(some(2), tmp_path / "a.pt")
    assert checkpoint.load(tmp_path / "a.pt").step == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


class Evil:
    """Runs a command when it is unpickled without care."""

    def __reduce__(self) -> tuple:
        return os.system, ("touch executed",)


@pytest.mark.parametrize(
    "kind", ["text", "empty", "truncated", "pickle", "code", "directory", "absent"]
)
def test_what_is_no_checkpoint_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.pt"
    if kind == "text":
        path.write_text("not a checkpoint\n")
    elif kind == "empty":
        path.touch()
    elif kind == "truncated":
        checkpoint.save(some(), path)
        path.write_bytes(path.read_bytes()[:700])
    elif kind == "pickle":
        path.write_bytes(pickle.dumps({"a": 1}))
    elif kind == "code":
        torch.save({"format": 1, "section": Evil()}, path)
    elif kind == "directory":
        path.mkdir()
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "executed").exists()


def test_other_torch_files_and_versions_are_named(tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="tts import"):
        checkpoint.load(tmp_path / "a.pt")
    torch.save({"format": 99, "section": {}}, tmp_path / "b.pt")
    with pytest.raises(CheckpointError, match="format 99"):
        checkpoint.load(tmp_path / "b.pt")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"weight": torch.ones(2, 3)}, "bias is missing"),
        (
            {"weight": torch.ones(3, 2), "bias": torch.ones(2)},
            r"weight has shape \(3, 2\), expected \(2, 3\)",
        ),
        (
            {"weight": torch.ones(2, 3), "bias": torch.ones(2), "gate": torch.ones(1)},
            "gate has no place",
        ),
    ],
)
def test_weights_that_do_not_fit(weights: dict, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load_weights(nn.Linear(3, 2), weights, "a.pt")


def test_finding_the_newest(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(CheckpointError, match="train it first"):
        checkpoint.find(tmp_path)
    for step in (2, 100, 30):
        checkpoint.save(some(step), checkpoint.path_of(tmp_path, step))
    assert checkpoint.find(tmp_path).name == "step-00000100.pt"
    assert (
        checkpoint.find(tmp_path / "checkpoints" / "step-00000002.pt").name == "step-00000002.pt"
    )
    with pytest.raises(CheckpointError, match="no such"):
        checkpoint.find(tmp_path / "nowhere")
