"""What a run is given: a teacher that fits, or a clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train.test_loop import experiment
from tts.errors import ConfigError
from tts.train.loop import train


def test_a_model_that_learns_from_speech_takes_no_teacher(dump: Path, tmp_path: Path) -> None:
    plan = experiment(dump, "vocoder")
    plan = plan.model_copy(update={"train": plan.train.model_copy(update={"teacher": "exp/any"})})
    with pytest.raises(ConfigError, match=r"train\.teacher: hifigan learns from no teacher"):
        train(plan, tmp_path / "exp", cpu=True)
    assert not (tmp_path / "exp").exists()
