"""Checkpoints: one file that holds weights, their contract, and all a training run needs to go on.

`torch.load` appears here and nowhere else, with `weights_only=True`: nothing in a file can run
code.
"""

from __future__ import annotations

import errno
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tts.errors import CheckpointError
from tts.files import replacing

FORMAT = 1  # of the file; `_migrate` reads older ones
FOLDER = "checkpoints"

# Numbers that some trainers leave among their optimiser's settings; plain data, and no more.
NUMPY_SCALARS = [
    np.dtype,
    np._core.multiarray.scalar,
    (np._core.multiarray.scalar, "numpy.core.multiarray.scalar"),  # as NumPy 1 called it
    *(type(np.dtype(name)) for name in ("float64", "float32", "int64", "int32", "bool")),
]


# How files begin that are often taken for a checkpoint: what they are, and what to do.
_NO_CHECKPOINTS = {
    b"<!doctype": ("a web page", "download the file itself, not the page about it"),
    b"<html": ("a web page", "download the file itself, not the page about it"),
    b"version https://git-lfs": ("a git-lfs pointer", "run `git lfs pull` where it came from"),
}


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        step: optimiser steps taken.
        role: `acoustic`, `vocoder` or `bridge`; section: the model's name and settings.
        contract: the bridge, as plain values.
        sizes: what else the constructor needs (`n_tokens`, `n_speakers`).
        weights: state dict; averaged: its exponential moving average, or empty.
        training: optimiser states and the like, empty in a finished model.
        lora: rank and alpha of the low-rank updates among the weights, empty without any.
    """

    step: int
    role: str
    section: dict[str, Any]
    contract: dict[str, Any]
    sizes: dict[str, int]
    weights: dict[str, torch.Tensor]
    averaged: dict[str, torch.Tensor] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    lora: dict[str, float] = field(default_factory=dict)

    def for_inference(self) -> dict[str, torch.Tensor]:
        """The weights to speak with: the averaged ones where there are any."""
        return {**self.weights, **self.averaged}


def save(checkpoint: Checkpoint, path: str | Path) -> None:
    """Write a checkpoint so that `path` is either the old file or the whole new one.

    Raises:
        DataError: the folder is missing or the disk is full.
    """
    shallow = {f.name: getattr(checkpoint, f.name) for f in fields(checkpoint)}
    with replacing(path) as temporary:
        try:
            torch.save({"format": FORMAT, **shallow}, temporary)
        except RuntimeError:  # how torch's zip writer fails; its words would help nobody
            raise OSError(errno.ENOSPC, "most likely the disk is full") from None


def load(path: str | Path) -> Checkpoint:
    """Read a checkpoint, onto the CPU.

    Raises:
        CheckpointError: missing, damaged, or not one of ours.
    """
    tree = read_tensors(path)
    if not isinstance(tree, Mapping) or "format" not in tree or "section" not in tree:
        raise CheckpointError(
            f"{path}: not a Wavebridge checkpoint; bring others in with `tts import`"
        )
    try:
        return Checkpoint(**_migrate(dict(tree), path))
    except TypeError as error:
        raise CheckpointError(
            f"{path}: fields do not fit ({error}); train or import it again"
        ) from None


def read_tensors(path: str | Path) -> Any:
    """Whatever a `torch.save` file holds, tensors and plain containers only.

    Raises:
        CheckpointError: missing, damaged, or it would need code to be run.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such checkpoint"
        raise CheckpointError(f"{path}: {what}; give the path of a file that exists")
    try:
        with torch.serialization.safe_globals(NUMPY_SCALARS), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on pickles that it then refuses
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise CheckpointError(f"{path}: {_unreadable(path, str(error))}") from None


def _unreadable(path: Path, message: str) -> str:
    """What the file is instead, or torch's long explanations, in half a line."""
    with path.open("rb") as file:
        head = file.read(64).lstrip().lower()
    for start, (what, remedy) in _NO_CHECKPOINTS.items():
        if head.startswith(start):
            return f"{what} where a checkpoint was expected; {remedy}"
    if not head:
        return "an empty file; copy it again or use an earlier one"
    refused = re.search(r"(?:GLOBAL|class) `?([\w.]+)", message)
    if refused and "weights_only" in message:
        return (
            f"needs the class {refused[1]}, and code from a file is never run; "
            "save plain tensors (a state dict) instead"
        )
    return "damaged, or no torch checkpoint at all; copy it again or use an earlier one"


def _migrate(tree: dict[str, Any], path: str | Path) -> dict[str, Any]:
    version = tree.pop("format")
    if version != FORMAT:
        raise CheckpointError(
            f"{path}: format {version}, this version reads {FORMAT}; update wavebridge"
        )
    return tree


def load_weights(
    module: nn.Module, weights: Mapping[str, torch.Tensor], source: str | Path
) -> None:
    """Put weights into a module of exactly that shape.

    Raises:
        CheckpointError: names the first missing, extra or misshapen tensor.
    """
    wanted = module.state_dict()
    for name, tensor in wanted.items():
        if name not in weights:
            raise CheckpointError(f"{source}: tensor {name} is missing; {_mismatch()}")
        if weights[name].shape != tensor.shape:
            got, expected = tuple(weights[name].shape), tuple(tensor.shape)
            raise CheckpointError(
                f"{source}: tensor {name} has shape {got}, expected {expected}; {_mismatch()}"
            )
    extra = next((name for name in weights if name not in wanted), None)
    if extra is not None:
        raise CheckpointError(f"{source}: tensor {extra} has no place in the model; {_mismatch()}")
    module.load_state_dict(dict(weights))


def _mismatch() -> str:
    return "the configuration does not describe this file"


def path_of(exp_dir: str | Path, step: int) -> Path:
    """Where the checkpoint of a step lies in an experiment."""
    return Path(exp_dir) / FOLDER / f"step-{step:08d}.pt"


def newest(exp_dir: str | Path) -> Path | None:
    """The checkpoint of the highest step in an experiment, or None."""
    found = sorted((Path(exp_dir) / FOLDER).glob("step-*.pt"))
    return found[-1] if found else None


def find(path: str | Path) -> Path:
    """The checkpoint file meant by a file, or by an experiment directory (its newest).

    Raises:
        CheckpointError: there is none.
    """
    path = Path(path)
    if path.is_file():
        return path
    if not path.is_dir():
        raise CheckpointError(f"{path}: no such file or experiment directory")
    checkpoint = newest(path)
    if checkpoint is None:
        raise CheckpointError(
            f"{path}: holds no {FOLDER}/step-*.pt; train it first, or name another"
        )
    return checkpoint
