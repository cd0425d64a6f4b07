"""Every bijection of the package: inverse, log-determinant, mask, initialisation."""

from __future__ import annotations

import torch
from torch import nn

from tests.checks import check_flow, perturb
from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain
from tts.flows.coupling import AffineCoupling
from tts.flows.mixing import GroupedMixing
from tts.flows.squeeze import squeeze, unsqueeze


class Net(nn.Module):
    """A small conditioner that sees neighbouring frames and the conditioning."""

    def __init__(self, channels: int, cond_channels: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels // 2, channels, 3, padding=1)
        self.cond = nn.Conv1d(cond_channels, channels, 1) if cond_channels else None

    def forward(self, x, mask, cond):
        out = self.conv(x * mask)
        return 0.3 * (out if self.cond is None else out + self.cond(cond))


def test_actnorm() -> None:
    flow = ActNorm(6)
    perturb(flow)
    check_flow(flow, 6, 5)


def test_actnorm_initialises_to_mean_zero_and_variance_one() -> None:
    flow = ActNorm(4)
    x = 3 * torch.randn(5, 4, 30) + 7
    mask = torch.ones(5, 1, 30)
    mask[2, :, 11:] = 0
    x[2, :, 11:] = 1e6  # junk in the padding
    y = flow.initialise(x * mask, mask)
    real = y.transpose(1, 2)[mask[:, 0] > 0]
    torch.testing.assert_close(real.mean(0), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(real.var(0, correction=0), torch.ones(4), atol=1e-3, rtol=0)


def test_mixing() -> None:
    flow = GroupedMixing(8, 4)
    perturb(flow)
    check_flow(flow, 8, 5)


def test_mixing_takes_its_groups_from_both_halves() -> None:
    flow = GroupedMixing(8, 4)
    with torch.no_grad():
        flow.weight.copy_(torch.arange(16.0).view(4, 4))
    x = torch.randn(1, 8, 3)
    y, _ = flow(x, torch.ones(1, 1, 3))
    for group in range(2):  # channels 2g, 2g+1 of the first half and of the second
        members = [2 * group, 2 * group + 1, 4 + 2 * group, 5 + 2 * group]
        torch.testing.assert_close(y[0, members], flow.weight @ x[0, members])


def test_mixing_starts_as_a_rotation() -> None:
    weight = GroupedMixing(8, 4).weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(4), atol=1e-6, rtol=0)
    assert torch.linalg.det(weight) > 0


def test_cached_inverse_follows_the_weight() -> None:
    flow = GroupedMixing(8, 4)
    mask = torch.ones(1, 1, 6)
    x = torch.randn(1, 8, 6)
    for change in (
        lambda: flow.weight.data.add_(0.3 * torch.randn(4, 4)),  # an optimiser, without autograd
        lambda: flow.load_state_dict({"weight": torch.randn(4, 4) + 2 * torch.eye(4)}),
        lambda: flow.double().float(),
    ):
        torch.testing.assert_close(flow.inverse(flow(x, mask)[0], mask), x, atol=1e-3, rtol=0)
        change()
        torch.testing.assert_close(flow.inverse(flow(x, mask)[0], mask), x, atol=1e-3, rtol=0)


def test_an_inverse_made_for_inference_serves_training_too() -> None:
    flow = GroupedMixing(8, 4)
    x, mask = torch.randn(1, 8, 6, requires_grad=True), torch.ones(1, 1, 6)
    with torch.inference_mode():
        flow.inverse(torch.randn(1, 8, 6), mask)
    flow.inverse(x, mask).sum().backward()
    assert x.grad is not None


def test_coupling() -> None:
    check_flow(AffineCoupling(Net(6)), 6, 5)


def test_coupling_with_conditioning() -> None:
    check_flow(AffineCoupling(Net(6, 3)), 6, 5, cond=torch.randn(2, 3, 1))


def test_chain() -> None:
    flow = Chain([ActNorm(8), GroupedMixing(8), AffineCoupling(Net(8)), ActNorm(8)])
    perturb(flow)
    check_flow(flow, 8, 4)


def test_logdet_stays_float32_under_autocast() -> None:
    flow = Chain([ActNorm(8), GroupedMixing(8), AffineCoupling(Net(8))])
    x, mask = torch.randn(2, 8, 6), torch.ones(2, 1, 6)
    with torch.autocast("cpu", torch.bfloat16):
        y, logdet = flow(x, mask)
        again = flow.inverse(y, mask)
    assert logdet.dtype == y.dtype == torch.float32
    torch.testing.assert_close(again, x, atol=1e-4, rtol=0)


def test_squeeze_puts_frame_s_of_a_group_into_channels_s() -> None:
    x = torch.arange(12.0).view(1, 2, 6)
    y = squeeze(x, 3)
    assert y.shape == (1, 6, 2)
    assert y[0, :, 0].tolist() == [0, 6, 1, 7, 2, 8]
    assert torch.equal(unsqueeze(y, 3), x)
