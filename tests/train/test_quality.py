"""What validations measure, and the best checkpoint by it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.test_loop import experiment
from tts import checkpoint
from tts.errors import ConfigError
from tts.train.loop import train
from tts.train.quality import OF_FRAMES, OF_SOUND, Quality

EVALUATE = {"n_utterances": 2, "n_frames": 40}


def dev_lines(exp_dir: Path) -> list[dict]:
    lines = [json.loads(line) for line in (exp_dir / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["split"] == "dev"]


@pytest.mark.parametrize(
    ("role", "best_by", "names"),
    [("acoustic", "eval/frames", OF_FRAMES), ("vocoder", "eval/mcd_db", OF_SOUND)],
)
def test_the_best_checkpoint_is_that_of_the_metric(
    dump: Path, tmp_path: Path, role: str, best_by: str, names: tuple[str, ...]
) -> None:
    settings = {"evaluate": EVALUATE, "best_by": best_by, "validate_every": 2}
    trained = train(experiment(dump, role, train=settings), tmp_path / "exp", cpu=True)
    lines = dev_lines(tmp_path / "exp")
    assert len(lines) == 3
    for line in lines:
        assert {"total", names[0], names[1]} <= set(line)
        assert all(np.isfinite(line[name]) and line[name] >= 0 for name in names if name in line)
    best = min(lines, key=lambda line: line[best_by])
    assert checkpoint.load(tmp_path / "exp" / "checkpoints" / "best.pt").step == best["step"]
    assert trained.dev[best_by] == lines[-1][best_by]


def test_measuring_changes_no_weight(dump: Path, tmp_path: Path) -> None:
    found = []
    for name, over in (("with", {"evaluate": EVALUATE}), ("without", {})):
        train(experiment(dump, "vocoder", train=over), tmp_path / name, cpu=True)
        found.append(checkpoint.load(checkpoint.newest(tmp_path / name)).weights)
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_a_perfect_vocoder_is_perfect(dump: Path) -> None:
    tree = experiment(dump, "vocoder", train={"evaluate": EVALUATE})
    quality = Quality(tree.train.evaluate, tree, None, 1)

    class Perfect:
        def generate(self, frames: torch.Tensor, seed: int) -> torch.Tensor:
            (batch,) = (b for b in quality.batches if torch.equal(b.frames, frames))
            return batch.wav

    found = quality.measure(Perfect(), torch.device("cpu"))
    assert found["eval/log_mel"] == found["eval/mcd_db"] == found["eval/voicing_error"] == 0


def test_no_such_metric(dump: Path, tmp_path: Path) -> None:
    settings = {"evaluate": EVALUATE, "best_by": "eval/beauty"}
    with pytest.raises(ConfigError, match="eval/mcd_db"):
        train(experiment(dump, "vocoder", train=settings), tmp_path / "exp", cpu=True)
