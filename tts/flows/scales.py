"""A flow of several scales: time is squeezed into channels, and some channels are done early."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from tts.flows.base import Flow
from tts.flows.squeeze import Order, squeeze, squeeze_planar, unsqueeze

Maybe = torch.Tensor | None
Cond = torch.Tensor | tuple[torch.Tensor, ...] | None


class MultiScale(Flow):
    """Flows one after another; between two of them some channels leave, to be latents already.

    The result has the shape of the input: what left lies where it was, and all is unsqueezed.

    Args:
        scales: the flow of each scale.
        kept: for every scale but the last, the channels that go on.
        n_squeeze: neighbouring frames that become channels before each scale. The conditioning, a
            planar tensor (B, D, 1, T) or several, is squeezed along, in the order `frame`.
        order: of the channels that squeezing makes.

    References:
        Density estimation using Real NVP (Dinh et al., 2017), section 3.6.
            https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        scales: Sequence[Flow],
        kept: Sequence[slice],
        n_squeeze: int = 1,
        order: Order = "channel",
    ) -> None:
        super().__init__()
        assert len(kept) == len(scales) - 1, f"{len(kept)} slices between {len(scales)} scales"
        self.scales = nn.ModuleList(scales)
        self.kept, self.n_squeeze, self.order = tuple(kept), n_squeeze, order

    def forward(
        self, x: torch.Tensor, mask: Maybe, cond: Cond = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self._forward(0, x, mask, cond)

    def inverse(self, y: torch.Tensor, mask: Maybe, cond: Cond = None) -> torch.Tensor:
        return self._inverse(0, y, mask, cond)

    @torch.no_grad()
    def initialise(self, x: torch.Tensor, mask: Maybe, cond: Cond = None) -> torch.Tensor:
        return self._initialise(0, x, mask, cond)

    def _forward(
        self, scale: int, x: torch.Tensor, mask: Maybe, cond: Cond
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x, mask, cond = self._squeezed(x, mask, cond)
        x, logdet = self.scales[scale](x, mask, cond)
        if scale < len(self.kept):
            rest, more = self._forward(scale + 1, x[:, self.kept[scale]], mask, cond)
            x, logdet = self._with_rest(scale, x, rest), logdet + more
        return unsqueeze(x, self.n_squeeze, self.order), logdet

    def _inverse(self, scale: int, y: torch.Tensor, mask: Maybe, cond: Cond) -> torch.Tensor:
        y, mask, cond = self._squeezed(y, mask, cond)
        if scale < len(self.kept):
            rest = self._inverse(scale + 1, y[:, self.kept[scale]], mask, cond)
            y = self._with_rest(scale, y, rest)
        y = self.scales[scale].inverse(y, mask, cond)
        return unsqueeze(y, self.n_squeeze, self.order)

    def _initialise(self, scale: int, x: torch.Tensor, mask: Maybe, cond: Cond) -> torch.Tensor:
        x, mask, cond = self._squeezed(x, mask, cond)
        x = self.scales[scale].initialise(x, mask, cond)
        if scale < len(self.kept):
            rest = self._initialise(scale + 1, x[:, self.kept[scale]], mask, cond)
            x = self._with_rest(scale, x, rest)
        return unsqueeze(x, self.n_squeeze, self.order)

    def _squeezed(
        self, x: torch.Tensor, mask: Maybe, cond: Cond
    ) -> tuple[torch.Tensor, Maybe, Cond]:
        n = self.n_squeeze
        if n > 1:
            x = squeeze(x, n, self.order)
            mask = None if mask is None else mask[:, :, ::n]
            if isinstance(cond, tuple):
                cond = tuple(squeeze_planar(part, n) for part in cond)
            elif cond is not None:
                cond = squeeze_planar(cond, n)
        return x, mask, cond

    def _with_rest(self, scale: int, x: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
        """x with its kept channels replaced."""
        start, stop, _ = self.kept[scale].indices(x.shape[1])
        return torch.cat([x[:, :start], rest, x[:, stop:]], 1)
