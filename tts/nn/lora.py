"""Low-rank updates of convolutions and linear layers: the base stays, a small difference learns.

A weight W, seen as a matrix (its first dimension by all others), becomes W + alpha / rank * U D,
with U (rows, rank), zero at start, and D (rank, columns). Under weight norm, W is what that gives.

References:
    LoRA: Low-Rank Adaptation of Large Language Models (Hu et al., 2021), section 4.1.
        https://arxiv.org/abs/2106.09685
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.utils import parametrize

LAYERS = (nn.Conv1d, nn.ConvTranspose1d, nn.Linear)
ORIGINAL = "parametrizations.weight.original"


class LowRank(nn.Module):
    """The parametrisation that adds an update to a weight.

    Args:
        like: the weight.
        rank: of the update, at most that of the weight.
        scale: of the update.
    """

    def __init__(self, like: torch.Tensor, rank: int, scale: float) -> None:
        super().__init__()
        rows, columns = len(like), like[0].numel()
        rank = min(rank, rows, columns)
        self.scale, self.on = scale, True
        self.up = nn.Parameter(like.new_zeros(rows, rank))
        self.down = nn.Parameter(columns**-0.5 * torch.randn(rank, columns).to(like))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The weight with its update."""
        if not self.on:
            return weight
        update = self.up @ self.down
        return weight + self.scale * update.view_as(weight)


def attach(model: nn.Module, rank: int, alpha: float, left_out: tuple[str, ...] = ()) -> nn.Module:
    """Give every layer of a model an update, zero at start; returns the model.

    Args:
        rank, alpha: of the updates, which are scaled by alpha / rank.
        left_out: parts, by name, that get none.
    """
    skipped = tuple(f"{part}." for part in left_out)
    layers = [
        m
        for n, m in model.named_modules()
        if isinstance(m, LAYERS) and not f"{n}.".startswith(skipped)
    ]
    for layer in layers:
        update = LowRank(layer.weight.detach(), rank, alpha / rank)
        parametrize.register_parametrization(layer, "weight", update)
    return model


def updates(model: nn.Module) -> list[nn.Parameter]:
    """The parameters of all updates."""
    return [p for part in model.modules() if isinstance(part, LowRank) for p in part.parameters()]


@contextmanager
def without(model: nn.Module) -> Iterator[None]:
    """Within the block the model is its base: the updates are off."""
    parts = [part for part in model.modules() if isinstance(part, LowRank)]
    try:
        for part in parts:
            part.on = False
        yield
    finally:
        for part in parts:
            part.on = True


@torch.no_grad()
def merge(model: nn.Module) -> nn.Module:
    """Put the updates into the weights and take them away; returns the model, an ordinary one."""
    for layer in [part for part in model.modules() if _updated(part)]:
        chain = layer.parametrizations.weight
        if len(chain) == 1:
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
            continue
        merged = layer.weight.clone()
        del chain[len(chain) - 1]
        layer.weight = merged  # weight norm takes its length and direction
    return model


def own_names(model: nn.Module, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights of the plain model by their names in this one, beside its updates as they are."""
    renamed = dict(weights)
    for name, layer in model.named_modules():
        if _updated(layer):
            if len(layer.parametrizations.weight) == 1 and f"{name}.weight" in renamed:
                renamed[f"{name}.{ORIGINAL}"] = renamed.pop(f"{name}.weight")
            last = f"{name}.parametrizations.weight.{len(layer.parametrizations.weight) - 1}"
            update = layer.parametrizations.weight[-1]
            renamed |= {f"{last}.{n}": tensor for n, tensor in update.state_dict().items()}
    return renamed


def _updated(part: nn.Module) -> bool:
    return parametrize.is_parametrized(part, "weight") and isinstance(
        part.parametrizations.weight[-1], LowRank
    )
