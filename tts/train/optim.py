"""Optimisers, schedules that are pure functions of the step, and averaged weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from tts.train.settings import Optimiser, Schedule


def schedule_factor(schedule: Schedule, step: int, last_step: int) -> float:
    """What `lr` is multiplied by at a step (counted from 1).

    References:
        Attention Is All You Need (Vaswani et al., 2017), section 5.3, for `noam`.
            https://arxiv.org/abs/1706.03762
    """
    if schedule.name == "noam":
        warmup = max(1, schedule.warmup)
        return schedule.width**-0.5 * min(step**-0.5, step * warmup**-1.5)
    ramp = min(1.0, step / schedule.warmup) if schedule.warmup else 1.0
    if schedule.name == "exponential":
        return ramp * schedule.decay ** (step // schedule.every)
    if schedule.name == "cosine":
        progress = min(1.0, step / max(1, last_step))
        return ramp * (
            schedule.final + (1 - schedule.final) * 0.5 * (1 + math.cos(math.pi * progress))
        )
    return ramp


def make_optimiser(
    settings: Optimiser, parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]]
) -> torch.optim.Optimizer:
    """The optimiser, fused into few passes over the parameters."""
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings.name]
    return kind(
        list(parameters),
        lr=settings.lr,
        betas=settings.betas,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=True,
    )


def clip(settings: Optimiser, parameters: list[nn.Parameter]) -> torch.Tensor:
    """Bound the gradients as the settings say; returns their L2 norm before that."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = nn.utils.get_total_norm(gradients, foreach=True)
    if settings.clip_norm is not None:
        nn.utils.clip_grads_with_norm_(parameters, settings.clip_norm, norm, foreach=True)
    if settings.clip_value is not None:
        nn.utils.clip_grad_value_(parameters, settings.clip_value, foreach=True)
    return norm


class Average:
    """Exponential moving average of the weights a model speaks with, by name.

    Args:
        module: the model.
        decay: close to 1.
        left_out: parts, by name, that are not averaged.

    References:
        Acceleration of Stochastic Approximation by Averaging (Polyak and Juditsky, 1992).
    """

    def __init__(self, module: nn.Module, decay: float, left_out: tuple[str, ...] = ()) -> None:
        self.decay, self.left_out = decay, tuple(f"{part}." for part in left_out)
        self.state = {name: t.detach().clone() for name, t in self._live(module).items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards the module; early steps move faster, so the start is soon forgotten."""
        decay = min(self.decay, (1 + step) / (10 + step))
        mine, theirs = list(self.state.values()), list(self._live(module).values())
        torch._foreach_lerp_(mine, theirs, 1 - decay)

    @contextmanager
    def applied(self, module: nn.Module) -> Iterator[None]:
        """Within the block the module holds the averaged weights."""
        live = self._live(module)
        kept = {name: t.detach().clone() for name, t in live.items()}
        try:
            _copy(self.state, live)
            yield
        finally:
            _copy(kept, live)

    def _live(self, module: nn.Module) -> dict[str, torch.Tensor]:
        state = module.state_dict().items()
        return {
            n: t for n, t in state if t.is_floating_point() and not n.startswith(self.left_out)
        }


@torch.no_grad()
def _copy(source: dict[str, torch.Tensor], target: dict[str, torch.Tensor]) -> None:
    torch._foreach_copy_(list(target.values()), [source[name] for name in target])
