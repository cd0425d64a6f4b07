"""Reading of others' checkpoints and configs: tensors by name, whatever they were wrapped in."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from tts import checkpoint
from tts.errors import CheckpointError, ConfigError
from tts.foreign import torchfile
from tts.foreign.unpickler import Stored, shown

State = dict[str, torch.Tensor]

_RENAMED = {  # torch's parametrised weight norm, in the older names
    ".parametrizations.weight.original0": ".weight_g",
    ".parametrizations.weight.original1": ".weight_v",
}


def read_state(file: str | Path, *wrappers: str, modules: Collection[str] = ()) -> State:
    """The state dict in a file, in float32, without wrapper or `module.` prefix.

    Args:
        wrappers: keys under which the state dict may lie.
        modules: dotted names of the classes of a whole pickled module, such as `glow.WaveGlow`,
            which may then lie there instead; its code is neither needed nor run.
    Raises:
        CheckpointError: no state dict there, or a number in it that is not finite.
    """
    if not modules:
        return _clean(_chosen(checkpoint.read_tensors(file), wrappers, file), file)
    contents = torchfile.read(file, modules)
    return _clean(contents.load(_chosen(contents.tree, wrappers, file)), file)


def _chosen(tree: Any, wrappers: Sequence[str], file: str | Path) -> Mapping[Any, Any]:
    """The part of a file that holds the weights."""
    for wrapper in wrappers:
        if isinstance(tree, Mapping) and isinstance(tree.get(wrapper), Mapping):
            return tree[wrapper]
    if isinstance(tree, Mapping) and tree and all(map(_is_tensor, tree.values())):
        return tree
    raise CheckpointError(
        f"{file}: expected weights under {' or '.join(wrappers)}, it has {_summary(tree)}; "
        "give the file that holds them"
    )


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (torch.Tensor, Stored))


def _summary(tree: Any) -> str:
    """What was found, in a few words."""
    if not isinstance(tree, Mapping):
        return f"a {type(tree).__name__}"
    names = (name if isinstance(name, str) else type(name).__name__ for name in tree)
    return ", ".join(shown(name) for name in islice(names, 6)) or "nothing"


def _clean(tree: Mapping[Any, Any], file: str | Path) -> State:
    state = {str(name): t for name, t in tree.items() if torch.is_tensor(t)}
    prefix = "module."
    if state and all(name.startswith(prefix) for name in state):
        state = {name.removeprefix(prefix): t for name, t in state.items()}
    for name, tensor in state.items():
        if not tensor.isfinite().all():
            raise CheckpointError(
                f"{file}: tensor {shown(name)} holds numbers that are not finite; "
                "use an earlier checkpoint"
            )
    return {_old_name(name): _plain(tensor) for name, tensor in state.items()}


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().float() if tensor.is_floating_point() else tensor.detach()


def _old_name(name: str) -> str:
    for new, old in _RENAMED.items():
        if name.endswith(new):
            return name.removesuffix(new) + old
    return name


def read_json(file: str | Path, given: str | Path | None) -> tuple[dict[str, Any], Path]:
    """The JSON config given, or `config.json` beside the checkpoint, and where it was.

    Raises:
        ConfigError: there is none, or it is no JSON object.
    """
    path = Path(given) if given else Path(file).parent / "config.json"
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; give the checkpoint's config with --config FILE"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path}: not a JSON config ({error}); use the checkpoint's own config"
        ) from None
    if not isinstance(tree, dict):
        kind = type(tree).__name__
        raise ConfigError(f"{path}: expected an object, got a {kind}; use the checkpoint's config")
    return tree, path


class Fields:
    """A JSON object whose keys are asked for by name."""

    def __init__(self, tree: Mapping[str, Any], source: str) -> None:
        self.tree, self.source = tree, source

    def __getitem__(self, key: str) -> Any:
        if key not in self.tree:
            raise ConfigError(
                f"{self.source}: key {key} is missing; use the checkpoint's own config"
            )
        return self.tree[key]

    def get(self, key: str, default: Any) -> Any:
        """The value, or what the source's code assumes without it."""
        return self.tree.get(key, default)

    def section(self, key: str) -> Fields:
        """The object under a key."""
        inner = self[key]
        if not isinstance(inner, Mapping):
            raise ConfigError(
                f"{self.source}: {key} must be an object, got a {type(inner).__name__}; "
                "use the checkpoint's own config"
            )
        return Fields(inner, f"{self.source}: {key}")
