"""Two processes train one model: alike at the start, gradients averaged, resumed exactly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

from tests.train.test_loop import experiment, losses, weights
from tts.config import dump_yaml, to_tree
from tts.train.parallel import average_gradients, broadcast

pytestmark = pytest.mark.recipe


def meet(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", f"file://{folder}/meet", rank=rank, world_size=2)
    torch.manual_seed(rank)
    model = nn.Linear(3, 2)
    broadcast(model)
    model.weight.grad = torch.full((2, 3), float(rank))
    model.bias.grad = torch.tensor([4.0 * rank, 2.0])
    average_gradients(model.parameters())
    torch.save([model.weight.detach(), model.weight.grad, model.bias.grad], f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_weights_are_shared_and_gradients_averaged(tmp_path: Path) -> None:
    mp.spawn(meet, args=(str(tmp_path),), nprocs=2)
    first, second = (torch.load(tmp_path / f"{r}.pt", weights_only=True) for r in (0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, second))
    assert first[1].tolist() == [[0.5] * 3] * 2 and first[2].tolist() == [2, 2]


def run(config: Path, exp_dir: Path, *overrides: str) -> None:
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        "--no-python",
    ]
    tts = [sys.executable, "-c", "from tts.cli.main import main; main()", "train", str(config)]
    options = [*overrides, "--exp", str(exp_dir), "--resume", "--cpu"]
    subprocess.run([*launch, *tts, *options], check=True, timeout=120)


@pytest.mark.parametrize("role", ["acoustic", "vocoder"])
def test_two_processes_train_and_resume(dump: Path, tmp_path: Path, role: str) -> None:
    config = tmp_path / "plan.yaml"
    config.write_text(dump_yaml(to_tree(experiment(dump, role))))
    run(config, tmp_path / "unbroken")
    run(config, tmp_path / "broken", "train.steps=4")
    run(config, tmp_path / "broken")
    expected, found = weights(tmp_path / "unbroken"), weights(tmp_path / "broken")
    assert all(torch.equal(tensor, found[name]) for name, tensor in expected.items())
    assert losses(tmp_path / "unbroken")[-1] == losses(tmp_path / "broken")[-1]
