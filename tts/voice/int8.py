"""Weights in eight bits: one byte for each number of a layer, and one scale for each row.

A row is what one output channel multiplies by (of a transposed convolution, one input channel):
w = scale * q with q in -127..127 and scale = max |w| / 127. Whatever else a model has, such as
biases, norms, embeddings, mixing matrices and the lengths of a weight norm, stays in float16.

References:
    Integer Quantization for Deep Learning Inference (Wu et al., 2020), sections 3.1 and 3.2.
        https://arxiv.org/abs/2004.09602
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from tts.errors import CheckpointError

SCALE = "|scale"  # ends the name of the scales that belong to a tensor
LEVELS = 127

_LAYERS = (nn.Linear, nn.modules.conv._ConvNd)
_MATRICES = (  # a layer's weight; under a weight norm, its direction
    "weight",
    "parametrizations.weight.original1",
)

State = dict[str, torch.Tensor]


def layer_weights(model: nn.Module) -> set[str]:
    """The names of the weights of linear and convolutional layers."""
    layers = (name for name, part in model.named_modules() if isinstance(part, _LAYERS))
    names = {f"{layer}.{matrix}".removeprefix(".") for layer in layers for matrix in _MATRICES}
    return names & model.state_dict().keys()


def packed(state: Mapping[str, torch.Tensor], layers: set[str]) -> State:
    """The weights as they are stored: `layers` in eight bits, other real numbers in float16."""
    stored: State = {}
    for name, tensor in state.items():
        if name in layers:
            stored[name], stored[name + SCALE] = _quantised(tensor)
        else:
            stored[name] = tensor.half() if tensor.is_floating_point() else tensor
    return stored


def unpacked(stored: Mapping[str, torch.Tensor], source: str) -> State:
    """The weights as they are computed with; those that are not in eight bits are left alone.

    Raises:
        CheckpointError: scales that fit no tensor.
    """
    state = {name: tensor for name, tensor in stored.items() if not name.endswith(SCALE)}
    for name in stored.keys() - state.keys():
        owner, scale = name.removesuffix(SCALE), stored[name]
        whole = state.get(owner)
        if whole is None or whole.dtype != torch.int8 or scale.shape != whole.shape[:1]:
            raise CheckpointError(
                f"{source}: {name} belongs to no weights in int8; copy the voice again"
            )
        state[owner] = whole * _along_rows(scale.float(), whole)
    return state


def _quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Eight-bit numbers of the weight's shape, and a scale for each row."""
    weight = weight.float()
    scale = weight.flatten(1).abs().amax(1) / LEVELS
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))  # of a row of zeros
    levels = (weight / _along_rows(scale, weight)).round().clamp(-LEVELS, LEVELS)
    return levels.to(torch.int8), scale


def _along_rows(scale: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return scale.view(-1, *[1] * (weight.dim() - 1))
