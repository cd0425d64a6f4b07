"""The only place where a name becomes a class, and where a checkpoint becomes a model."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tts import checkpoint
from tts.config import Settings, parse
from tts.contracts import Contract, join
from tts.diffusion import schedules
from tts.errors import ConfigError, ContractError
from tts.nn import lora

ROLES = ("acoustic", "vocoder", "bridge", "speaker")


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
    decoder_only: bool = False,
    source: str = "configuration",
) -> nn.Module:
    """Build the model a configuration section describes.

    Args:
        role: one of `ROLES`.
        section: the model's `name`, and the settings that differ from its defaults.
        contract: the bridge.
        sizes: `n_tokens` and `n_speakers` or `speaker_vector` of an acoustic model; the latter
            of a vocoder that is told who speaks.
        for_training: build what only training needs, too.
        decoder_only: of a bridge that learns, leave out what only encoding needs.
        source: what error messages call the section.
    Raises:
        ConfigError: unknown name or setting.
    """
    model, config = _class_and_config(role, section, source)
    try:
        if config is None:
            return model(contract)
        if role == "bridge":
            parts = {"for_training": for_training, "decoder_only": decoder_only}
            return model(config, contract, **parts)
        if role == "acoustic":
            return model(config, contract, **(sizes or {}))
        if role == "speaker":
            return model(config, contract, **(sizes or {}), for_training=for_training)
        return model(config, contract, for_training=for_training, **(sizes or {}))
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
    if not hasattr(module, "Config"):  # the mel: its contract says everything
        return module.Model, None
    return module.Model, parse(module.Config, settings, f"{source}: {role}")


def load(path: str | Path, role: str | None = None) -> Loaded:
    """Load the model of an experiment directory or checkpoint file, for inference.

    A bridge that decodes is welcome where a vocoder is wanted. Its contract carries the hash of
    its encoder.

    Raises:
        CheckpointError: nothing to load, or it does not fit.
        ConfigError: it is not of the wanted role.
    """
    file = checkpoint.find(path)
    found = checkpoint.load(file)
    if role is not None and found.role != role and (found.role, role) != ("bridge", "vocoder"):
        raise ConfigError(
            f"{path}: holds the {found.role} {found.section['name']}, expected: {role}"
        )
    contract = parse(Contract, found.contract, f"{file}: contract")
    weights = found.for_inference()
    if found.role == "bridge":
        contract = contract.model_copy(update={"encoder_hash": encoder_hash(weights)})
    model = build(found.role, found.section, contract, found.sizes, source=str(file))
    if found.lora:
        lora.attach(model, **found.lora, left_out=model.training_only)
    checkpoint.load_weights(model, inference_weights(model, weights), file)
    lora.merge(model)
    take_schedules(model, file.parent.parent)
    return Loaded(model.eval(), contract, found.role, found.section, found.sizes, found.step)


def plain_weights(found: checkpoint.Checkpoint, source: str | Path) -> dict[str, torch.Tensor]:
    """The weights of a checkpoint to go on from: averaged, low-rank updates merged into them.

    Raises:
        CheckpointError: they do not fit the model that the checkpoint describes.
    """
    weights = found.for_inference()
    if not found.lora:
        return weights
    contract = parse(Contract, found.contract, f"{source}: contract")
    parts = {"for_training": True, "source": str(source)}
    model = build(found.role, found.section, contract, found.sizes, **parts)
    lora.attach(model, **found.lora, left_out=model.training_only)
    checkpoint.load_weights(model, weights, source)
    return lora.merge(model).state_dict()


def encoder_hash(weights: Mapping[str, torch.Tensor], within: str = "encoder.") -> str:
    """What tells encoders apart: of names, shapes and float32 values.

    Args:
        within: how the names begin: that of a learned bridge is a part of its model, one of
            speakers is all of it (`""`).
    """
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(n for n in weights if n.startswith(within)):
        values = weights[name].detach().float().cpu().contiguous().numpy()
        digest.update(f"{name} {values.shape}".encode() + values.tobytes())
    return digest.hexdigest()


def load_bridge(contract: Contract, path: str | Path | None = None) -> nn.Module:
    """The bridge that makes frames of a contract, ready to encode.

    Args:
        path: the experiment of one that was learned; None for a mel.
    Raises:
        ContractError: the frames are of another bridge, or of a learned one that is not named.
    """
    if path is None and contract.kind == "mel":
        return build("bridge", {"name": "mel"}, contract)
    if path is None:
        raise ContractError(
            "frames of a latent are made by the encoder that learned it; name its experiment "
            "(--bridge EXP)"
        )
    loaded = load(path, "bridge")
    join(loaded.contract, contract, str(path), "the model that takes its frames")
    return loaded.model


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
