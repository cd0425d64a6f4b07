"""Moving tensors from another implementation's names to ours: none left over, none missing."""

from __future__ import annotations

import torch
from torch import nn

from tts.errors import CheckpointError
from tts.foreign.reader import State

_MISMATCH = "the config does not describe this file; use its own"


class Mover:
    """Takes tensors out of a foreign state dict and collects ours.

    Args:
        source: foreign tensors by name.
        model: ours, for the shapes.
        file: what messages call the source.
    """

    def __init__(self, source: State, model: nn.Module, file: str) -> None:
        self.source, self.wanted, self.file = dict(source), model.state_dict(), file
        self.moved: State = {}

    def tensor(self, ours: str, theirs: str) -> None:
        """One tensor; a difference in axes of length 1 does not matter."""
        self._put(ours, self._pop(theirs), theirs)

    def plain(self, ours: str, theirs: str) -> None:
        """Weight and bias."""
        self.tensor(f"{ours}.weight", f"{theirs}.weight")
        self.tensor(f"{ours}.bias", f"{theirs}.bias")

    def normed(self, ours: str, theirs: str) -> None:
        """Weight and bias of a layer with weight norm, which the source may have folded away."""
        if f"{theirs}.weight_g" in self.source or f"{theirs}.weight_v" in self.source:
            length = self._pop(f"{theirs}.weight_g")
            direction = self._pop(f"{theirs}.weight_v")
            self.source.pop(f"{theirs}.weight", None)  # a stale product that old pickles carry
        else:
            direction = self._pop(f"{theirs}.weight")
            length = direction.flatten(1).norm(dim=1).view(-1, *[1] * (direction.dim() - 1))
        self._put(f"{ours}.parametrizations.weight.original0", length, f"{theirs}.weight_g")
        self._put(f"{ours}.parametrizations.weight.original1", direction, f"{theirs}.weight_v")
        self.tensor(f"{ours}.bias", f"{theirs}.bias")

    def spectral(self, ours: str, theirs: str) -> None:
        """Weight, power-iteration vectors and bias of a layer with spectral norm."""
        inside = f"{ours}.parametrizations.weight"
        self.tensor(f"{inside}.original", f"{theirs}.weight_orig")
        self.tensor(f"{inside}.0.u", f"{theirs}.weight_u")
        self.tensor(f"{inside}.0.v", f"{theirs}.weight_v")
        self.tensor(f"{ours}.bias", f"{theirs}.bias")

    def done(self) -> State:
        """Our state dict.

        Raises:
            CheckpointError: the source holds tensors that found no place; names the first.
        """
        if self.source:
            raise CheckpointError(
                f"{self.file}: tensor {next(iter(self.source))} has no place in the model; "
                f"{_MISMATCH}"
            )
        return self.moved

    def _pop(self, theirs: str) -> torch.Tensor:
        if theirs not in self.source:
            raise CheckpointError(f"{self.file}: tensor {theirs} is missing; {_MISMATCH}")
        return self.source.pop(theirs)

    def _put(self, ours: str, tensor: torch.Tensor, theirs: str) -> None:
        wanted = self.wanted[ours].shape
        if [n for n in tensor.shape if n != 1] != [n for n in wanted if n != 1]:
            raise CheckpointError(
                f"{self.file}: tensor {theirs} has shape {tuple(tensor.shape)}, expected "
                f"{tuple(wanted)}; {_MISMATCH}"
            )
        self.moved[ours] = tensor.reshape(wanted)
