"""Invertible 1x1 convolutions: channels mixed by a learned matrix, its inverse cached."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tts.flows.base import Flow, frame_counts, masked
from tts.nn.precision import exact


class GroupedMixing(Flow):
    """One matrix that mixes every group of `group` channels alike (Glow-TTS).

    A group takes group / 2 neighbouring channels of the first half and the same of the second, so
    the two halves that a coupling keeps apart are mixed. With W of size group x group,
    logdet = log |det W| * (channels / group) * frames. One group of all channels is the dense
    mixing of Glow and WaveGlow.

    The groups are applied at once as one (channels x channels) product, which costs less than the
    permutations it saves; its inverse is computed once and kept until the weight changes.

    Args:
        channels: divisible by `group`.
        group: even.

    References:
        Glow-TTS (Kim et al., 2020), section 3.3 and appendix A.2. https://arxiv.org/abs/2005.11129
        Glow (Kingma and Dhariwal, 2018), section 3.2. https://arxiv.org/abs/1807.03039
    """

    def __init__(self, channels: int, group: int = 4) -> None:
        super().__init__()
        assert group % 2 == 0, f"groups take equally from both halves, so {group} must be even"
        assert channels % group == 0, f"{channels} channels do not divide into groups of {group}"
        self.channels, self.group = channels, group
        rotation = torch.linalg.qr(torch.randn(group, group)).Q
        rotation[:, 0] *= torch.linalg.det(rotation).sign()  # a proper rotation: det = 1
        self.weight = nn.Parameter(rotation)
        row, column = _places(channels, group)
        self.register_buffer("_row", row, persistent=False)
        self.register_buffer("_column", column, persistent=False)
        self.register_buffer("inverse_of", torch.empty(0), persistent=False)
        self.register_buffer("inverse_matrix", torch.empty(0), persistent=False)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        logdet = torch.linalg.slogdet(exact(self.weight)).logabsdet
        y = masked(_mix(x, self._dense(exact(self.weight))), mask)
        return y, logdet * (self.channels / self.group) * frame_counts(x, mask)

    def inverse(
        self, y: torch.Tensor, mask: torch.Tensor | None, cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        if not torch.equal(self.inverse_of, self.weight):
            self._invert()
        return masked(_mix(y, self.inverse_matrix), mask)

    @torch.inference_mode(False)
    @torch.no_grad()
    def _invert(self) -> None:
        """Keep the inverse together with the weight it belongs to."""
        self.inverse_of = self.weight.clone()
        self.inverse_matrix = self._dense(torch.linalg.inv(exact(self.inverse_of)))

    def _apply(self, *args: Any, **options: Any) -> Any:
        """A cast must not keep an inverse of lower precision."""
        moved = super()._apply(*args, **options)
        self.inverse_of = self.inverse_of.new_empty(0)
        return moved

    def _dense(self, weight: torch.Tensor) -> torch.Tensor:
        """The (channels, channels) matrix that applies `weight` to every group."""
        if self.group == self.channels:
            return weight
        values = weight.repeat(self.channels // self.group, 1, 1).flatten()
        dense = values.new_zeros(self.channels, self.channels)
        return dense.index_put((self._row, self._column), values)


def _mix(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """The matrix times every frame, never in half precision: its inverse must undo it."""
    with torch.autocast(x.device.type, enabled=False):
        return matrix @ exact(x)


def _places(channels: int, group: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Row and column, in the dense matrix, of each entry of each group's copy of the weight."""
    half = torch.arange(2)[:, None] * (channels // 2)
    members = (half + torch.arange(group // 2)).flatten()  # channels of group 0, first half first
    index = members + torch.arange(channels // group)[:, None] * (group // 2)  # (groups, group)
    row = index[:, :, None].expand(-1, -1, group)
    column = index[:, None, :].expand(-1, group, -1)
    return row.flatten(), column.flatten()
