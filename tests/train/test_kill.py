"""A training process killed with SIGKILL at random and resumed ends as an unbroken one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.train.test_loop import experiment, weights
from tts import checkpoint
from tts.config import dump_yaml, to_tree

pytestmark = pytest.mark.recipe

TTS = [sys.executable, "-c", "from tts.cli.main import main; main()"]
STEPS = 240


def start(config: Path, exp_dir: Path) -> subprocess.Popen[bytes]:
    command = [*TTS, "train", str(config), "--exp", str(exp_dir), "--resume", "--cpu"]
    return subprocess.Popen(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL
    )


def reached(exp_dir: Path) -> int:
    newest = checkpoint.newest(exp_dir)
    return int(newest.stem.removeprefix("step-")) if newest else 0


@pytest.mark.parametrize("role", ["acoustic", "vocoder"])
def test_killed_three_times(dump: Path, tmp_path: Path, role: str) -> None:
    plan = experiment(
        dump, role, train={"steps": STEPS, "validate_every": 100, "checkpoint_every": 7}
    )
    config = tmp_path / "plan.yaml"
    config.write_text(dump_yaml(to_tree(plan)))
    assert start(config, tmp_path / "unbroken").wait(120) == 0
    moments = random.Random(role)
    kills = 0
    while kills < 3:
        process = start(config, tmp_path / "broken")
        goal = min(STEPS - 20, reached(tmp_path / "broken") + moments.randint(10, 70))
        while reached(tmp_path / "broken") < goal and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.3))
        assert process.poll() is None, "the run ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        kills += 1
    assert start(config, tmp_path / "broken").wait(120) == 0
    expected, found = weights(tmp_path / "unbroken"), weights(tmp_path / "broken")
    assert reached(tmp_path / "broken") == STEPS
    assert all(torch.equal(tensor, found[name]) for name, tensor in expected.items())
    left_over = [p.name for p in (tmp_path / "broken" / "checkpoints").iterdir()]
    assert not any(name.startswith(".") for name in left_over)
