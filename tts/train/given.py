"""Models that a run is given: weights to start from, and a teacher. Do they fit it?"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from tts import build
from tts.checkpoint import Checkpoint
from tts.config import parse
from tts.contracts import Contract, differences
from tts.errors import ConfigError, ContractError
from tts.nn.conv import fold
from tts.train.settings import Experiment


def meet_teacher(model: nn.Module, experiment: Experiment, device: torch.device) -> None:
    """Hand a student its trained teacher, frozen, which stays out of the student's checkpoints.

    Raises:
        TTSError: a student without a teacher, a teacher without a student, or of another bridge.
    """
    path, conf = experiment.train.teacher, experiment.train.teacher_conf
    name = experiment.section["name"]
    if not hasattr(model, "learn_from"):
        if path is not None:
            raise ConfigError(f"train.teacher: {name} learns from no teacher; leave it out")
        return
    if path is None:
        hint = f"; {conf} trains one" if conf else ""
        raise ConfigError(
            f"train.teacher: {name} learns from a trained model; name its experiment{hint}"
        )
    loaded = build.load(path, experiment.role)
    _refuse_other_bridge(loaded.contract, experiment.audio, path)
    model.learn_from(fold(loaded.model).requires_grad_(False).to(device))


def refuse_other(found: Checkpoint, experiment: Experiment, file: Path) -> None:
    """Refuse weights of another model or another bridge; other settings may have changed.

    Raises:
        ConfigError: of another model. ContractError: of another bridge.
    """
    here = (experiment.role, experiment.section["name"])
    there = (found.role, found.section["name"])
    if here != there:
        raise ConfigError(
            f"{file}: holds the {' '.join(there)}, the configuration says {' '.join(here)}; "
            "give the configuration it was trained with"
        )
    bridge = parse(Contract, found.contract, f"{file}: contract")
    _refuse_other_bridge(bridge, experiment.audio, file)


def _refuse_other_bridge(there: Contract, here: Contract, source: str | Path) -> None:
    different = differences(there, here)
    if different:
        listed = ", ".join(f"{name} {a!r}, not {b!r}" for name, (a, b) in different.items())
        raise ContractError(
            f"{source}: was trained on another bridge ({listed}); make the audio section equal"
        )
