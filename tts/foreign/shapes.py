"""Sizes of a model read off the shapes of its tensors, where a checkpoint brings no config."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tts.errors import CheckpointError
from tts.foreign.reader import State

MAX_CONDITION = 1e6  # of a matrix that is to be inverted in float32


class Shapes:
    """The shapes in a foreign state dict.

    Args:
        state: tensors by name; those that cannot be weights are refused.
        file: what messages call the source; model: what was expected there.
    Raises:
        CheckpointError: in every method, when the file is not of that model.
    """

    def __init__(self, state: State, file: str, model: str) -> None:
        self.state, self.file, self.model = state, file, model
        for name, tensor in state.items():
            if not tensor.is_floating_point():
                raise CheckpointError(
                    f"{file}: tensor {name} holds {tensor.dtype}, expected real numbers; "
                    f"give a checkpoint of {model}"
                )
            directions = tensor.flatten(1) if tensor.dim() > 1 else tensor[None]
            if name.endswith(".weight_v") and (directions.norm(dim=-1) == 0).any():
                raise CheckpointError(
                    f"{file}: tensor {name} has a row of zeros, which weight norm divides by its "
                    "length; use an earlier checkpoint"
                )

    def of(self, name: str, n_dims: int) -> tuple[int, ...]:
        """The shape of one tensor; of a layer's weight with weight norm, its direction's."""
        tensor = self.state.get(f"{name}_v", self.state.get(name))
        if tensor is None:
            raise CheckpointError(
                f"{self.file}: tensor {name} is missing; give a checkpoint of {self.model}"
            )
        if tensor.dim() != n_dims or tensor.numel() == 0:
            raise CheckpointError(
                f"{self.file}: tensor {name} has shape {tuple(tensor.shape)}, expected {n_dims} "
                f"axes, none of length 0; give a checkpoint of {self.model}"
            )
        return tuple(tensor.shape)

    def count(self, prefix: str) -> int:
        """How many of `prefix0.`, `prefix1.`, ... there are, one after another."""
        inside = (name for name in self.state if name.startswith(prefix))
        found = {name.removeprefix(prefix).split(".")[0] for name in inside}
        n = 0
        while str(n) in found:
            n += 1
        return n

    def has(self, prefix: str) -> bool:
        """Whether any tensor's name begins so."""
        return any(name.startswith(prefix) for name in self.state)

    def check_invertible(self, name: str) -> None:
        """Refuse a matrix that has no usable inverse."""
        matrix = self.state[name].squeeze().double()
        if torch.linalg.cond(matrix) > MAX_CONDITION:
            raise CheckpointError(
                f"{self.file}: {name} has no usable inverse, so this flow cannot speak; "
                "use an earlier checkpoint"
            )


def join_rows(state: State, whole: str, parts: Sequence[str], file: str) -> None:
    """Make one layer of several that see the same input: their rows one below another.

    Weight norm goes by rows, so this changes nothing of what they compute.

    Raises:
        CheckpointError: a part lacks a tensor that the first one has; names it.
    """
    for kind in ("weight_g", "weight_v", "weight", "bias"):
        if not any(f"{part}.{kind}" in state for part in parts):
            continue
        for part in parts:
            if f"{part}.{kind}" not in state:
                raise CheckpointError(
                    f"{file}: tensor {part}.{kind} is missing, of which {parts[0]} and its like "
                    "have one; use an undamaged checkpoint"
                )
        rows = [state.pop(f"{part}.{kind}") for part in parts]
        if len({row.shape[1:] for row in rows}) > 1:
            shapes = ", ".join(str(tuple(row.shape)) for row in rows)
            raise CheckpointError(
                f"{file}: tensor {parts[0]}.{kind} and its like have shapes {shapes}, expected "
                "the same width; use an undamaged checkpoint"
            )
        state[f"{whole}.{kind}"] = torch.cat(rows)
