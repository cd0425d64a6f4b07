"""Glow over frames: a bijection, and what its couplings start as."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from tests.checks import check_flow, perturb
from tts.flows.glow import SCALE_SHIFT, CouplingNet, glow


@pytest.mark.parametrize("sigmoid_scale", [False, True])
def test_glow(sigmoid_scale: bool) -> None:
    net = partial(CouplingNet, 8, 6, 3, [1, 2], sigmoid_scale=sigmoid_scale)
    flow = glow(8, 2, 4, net)
    perturb(flow)
    check_flow(flow, 8, 5)


def test_glow_with_conditioning() -> None:
    flow = glow(8, 1, 4, partial(CouplingNet, 8, 6, 3, [1], cond_channels=3))
    perturb(flow)
    check_flow(flow, 8, 5, cond=torch.randn(2, 3, 1))


@pytest.mark.parametrize("sigmoid_scale", [False, True])
def test_couplings_start_alike_for_every_frame(sigmoid_scale: bool) -> None:
    net = CouplingNet(8, 6, 3, [1], sigmoid_scale=sigmoid_scale)
    shift, log_scale = net(torch.randn(2, 4, 7), torch.ones(2, 1, 7), None).chunk(2, 1)
    assert (shift == 0).all()
    scale = torch.sigmoid(torch.tensor(SCALE_SHIFT)) if sigmoid_scale else torch.tensor(1.0)
    torch.testing.assert_close(log_scale.exp(), scale.expand_as(log_scale), atol=1e-5, rtol=0)
