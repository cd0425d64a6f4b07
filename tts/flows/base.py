"""Bijections with tractable log-determinants.

A flow maps x to y = f(x) and tells log |det dy/dx| per row. Both directions take the mask, so
padding stays zero and counts for nothing, and an optional conditioning that is the same in both.

References:
    Normalizing Flows for Probabilistic Modeling and Inference (Papamakarios et al., 2021),
        section 2. https://arxiv.org/abs/1912.02762
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import torch
from torch import nn

from tts.nn.precision import exact


class Flow(nn.Module, ABC):
    """One bijection of (B, C, T)."""

    @abstractmethod
    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Map x.

        Args:
            x: (B, C, T); mask: (B, 1, T), or None when nothing is padded; cond: (B, D, 1 or T), or
                whatever else the conditioned parts of a model agree upon.
        Returns:
            y (B, C, T), and logdet (B,) in at least float32.
        """

    @abstractmethod
    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The x whose `forward` is y."""

    def initialise(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Set data-dependent parameters, if there are any, from a batch; returns f(x)."""
        return self(x, mask, cond)[0]


class Chain(Flow):
    """Flows applied one after another; the log-determinants add up."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        super().__init__()
        self.flows = nn.ModuleList(flows)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        total = exact(x).new_zeros(len(x))
        for flow in self.flows:
            x, logdet = flow(x, mask, cond)
            total = total + logdet
        return x, total

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        for flow in reversed(self.flows):
            y = flow.inverse(y, mask, cond)
        return y

    @torch.no_grad()
    def initialise(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        for flow in self.flows:
            x = flow.initialise(x, mask, cond)
        return x


def masked(x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """x (B, C, T), zero in the padding if there is any."""
    return x if mask is None else x * mask


def frame_counts(x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Real frames in each row of x (B, C, T): (B,) in at least float32."""
    if mask is None:
        return exact(x).new_full((len(x),), x.shape[2])
    return exact(mask).sum((1, 2))
