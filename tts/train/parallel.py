"""Several processes training one model: alike at the start, gradients averaged every turn.

Torch's DistributedDataParallel follows one forward and one backward a step; players take several
turns on one shared graph, so the gradients are averaged here, in one flat message a turn.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import nn


def world_size() -> int:
    """Processes in the group, 1 without one."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this is the process that writes, also before there is a group."""
    return int(os.environ.get("RANK", "0")) == 0


def broadcast(module: nn.Module) -> None:
    """Give every process the weights and buffers of the first."""
    if world_size() > 1:
        for tensor in module.state_dict().values():
            dist.broadcast(tensor, src=0)


def in_any_process(flag: bool, device: torch.device) -> bool:
    """Whether the flag is set in at least one process."""
    if world_size() == 1:
        return flag
    found = torch.tensor([float(flag)], device=device)
    dist.all_reduce(found, dist.ReduceOp.MAX)
    return bool(found.item())


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes."""
    if world_size() == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= world_size()
    parts = flat.split([g.numel() for g in gradients])
    torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients)])
