"""Which device, and which number format, to compute in."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, get_args

import torch

from tts.errors import ConfigError

Precision = Literal["auto", "float32", "bfloat16"]


def default_device() -> str:
    """The GPU where there is one, else the CPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def chosen_device(name: str | None) -> str:
    """The device a user named; by default the GPU where there is one, else the CPU.

    Raises:
        ConfigError: this machine has no such device.
    """
    name = name or default_device()
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError):  # torch's ways to say no
        there = ", ".join(["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))])
        raise ConfigError(f"device {name!r}: not on this machine, which has {there}") from None
    return name


def exact(x: torch.Tensor) -> torch.Tensor:
    """The tensor in at least float32: for statistics, determinants and likelihoods."""
    return x if x.dtype == torch.float64 else x.float()


def has_fast_bfloat16(device: torch.device | str) -> bool:
    """Whether the device multiplies bfloat16 faster than float32."""
    kind = torch.device(device).type
    if kind == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return kind == "cpu" and (
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def resolve(precision: Precision, device: torch.device | str) -> torch.dtype:
    """`auto` is bfloat16 where that is fast, else float32.

    Raises:
        ConfigError: no such precision.
    """
    if precision not in get_args(Precision):
        known = ", ".join(get_args(Precision))
        raise ConfigError(f"precision {precision!r}: expected one of {known}")
    if precision == "auto":
        return torch.bfloat16 if has_fast_bfloat16(device) else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def autocast(precision: Precision, device: torch.device | str) -> AbstractContextManager:
    """The context in which matrix products run in that precision; reductions stay in float32."""
    dtype = resolve(precision, device)
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(torch.device(device).type, dtype)
