"""The only place where a name becomes a class, and where a checkpoint becomes a model."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from tts import checkpoint
from tts.config import Settings, parse
from tts.contracts import Contract
from tts.diffusion import schedules
from tts.errors import ConfigError

ROLES = ("acoustic", "vocoder", "bridge")


@dataclass(frozen=True)
class Loaded:
    """A model ready to run, and what it came from."""

    model: nn.Module
    contract: Contract
    role: str
    section: dict[str, Any]
    sizes: dict[str, int]
    step: int


def names(role: str) -> list[str]:
    """The models there are for a role: the files in its package."""
    package = importlib.import_module(f"tts.{role}")
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__))


def build(
    role: str,
    section: dict[str, Any],
    contract: Contract,
    sizes: dict[str, int] | None = None,
    *,
    for_training: bool = False,
    source: str = "configuration",
) -> nn.Module:
    """Build the model a configuration section describes.

    Args:
        role: one of `ROLES`.
        section: the model's `name`, and the settings that differ from its defaults.
        contract: the bridge.
        sizes: `n_tokens` and `n_speakers` of an acoustic model.
        for_training: build what only training needs, too.
        source: what error messages call the section.
    Raises:
        ConfigError: unknown name or setting.
    """
    model, config = _class_and_config(role, section, source)
    try:
        if role == "bridge":
            return model(contract)
        if role == "acoustic":
            return model(config, contract, **(sizes or {}))
        return model(config, contract, for_training=for_training)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from None


def check_section(role: str, section: dict[str, Any], source: str) -> None:
    """Refuse a configuration section that describes no model, without building one.

    Raises:
        ConfigError: unknown name or setting.
    """
    _class_and_config(role, section, source)


def _class_and_config(
    role: str, section: dict[str, Any], source: str
) -> tuple[type[nn.Module], Settings | None]:
    if role not in ROLES:
        raise ConfigError(f"{source}: no role {role!r}; there are {', '.join(ROLES)}")
    settings = dict(section)
    name = settings.pop("name", None)
    if name not in names(role):
        raise ConfigError(f"{source}: {role} name {name!r}; there are {', '.join(names(role))}")
    module = importlib.import_module(f"tts.{role}.{name}")
    if role == "bridge":
        return module.Model, None
    return module.Model, parse(module.Config, settings, f"{source}: {role}")


def load(path: str | Path, role: str | None = None) -> Loaded:
    """Load the model of an experiment directory or checkpoint file, for inference.

    Raises:
        CheckpointError: nothing to load, or it does not fit.
        ConfigError: it is not of the wanted role.
    """
    file = checkpoint.find(path)
    found = checkpoint.load(file)
    if role is not None and found.role != role:
        raise ConfigError(
            f"{path}: holds the {found.role} {found.section['name']}, expected: {role}"
        )
    contract = parse(Contract, found.contract, f"{file}: contract")
    model = build(found.role, found.section, contract, found.sizes, source=str(file))
    checkpoint.load_weights(model, inference_weights(model, found.for_inference()), file)
    take_schedules(model, file.parent.parent)
    return Loaded(model.eval(), contract, found.role, found.section, found.sizes, found.step)


def take_schedules(model: nn.Module, home: str | Path) -> None:
    """Give a diffusion vocoder the noise schedules that were searched for with its weights.

    Args:
        home: its experiment, or the voice it is packed in.
    """
    if hasattr(model, "schedules"):
        model.schedules = schedules.read_folder(Path(home) / schedules.FOLDER)


def inference_weights(model: nn.Module, weights: dict[str, Any]) -> dict[str, Any]:
    """The weights without the parts that only training needs."""
    left_out = tuple(f"{part}." for part in model.training_only)
    return {name: tensor for name, tensor in weights.items() if not name.startswith(left_out)}
