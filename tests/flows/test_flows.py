"""Every bijection of the package: inverse, log-determinant, mask, initialisation."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.checks import check_flow, perturb
from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain, Flow
from tts.flows.coupling import AffineCoupling
from tts.flows.mixing import GroupedMixing
from tts.flows.order import Swap
from tts.flows.scales import MultiScale
from tts.flows.squeeze import filled_groups, squeeze, squeeze_planar, unsqueeze, whole_groups
from tts.nn.conv import planar


class Net(nn.Module):
    """A small conditioner that sees neighbouring frames and the conditioning."""

    def __init__(self, channels: int, cond_channels: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels // 2, channels, 3, padding=1)
        self.cond = nn.Conv1d(cond_channels, channels, 1) if cond_channels else None

    def forward(self, x, mask, cond):
        out = self.conv(x if mask is None else x * mask)
        return 0.3 * (out if self.cond is None else out + self.cond(cond))


@pytest.mark.parametrize("signed", [False, True])
def test_actnorm(signed: bool) -> None:
    flow = ActNorm(6, signed=signed)
    perturb(flow)
    check_flow(flow, 6, 5)


def test_a_signed_scale_may_be_negative() -> None:
    flow = ActNorm(6, signed=True)
    with torch.no_grad():
        flow.scale.copy_(torch.tensor([-2.0, 0.5, -0.1, 3.0, 1.0, -1.0]))
    check_flow(flow, 6, 5)


@pytest.mark.parametrize("signed", [False, True])
def test_actnorm_initialises_to_mean_zero_and_variance_one(signed: bool) -> None:
    flow = ActNorm(4, signed=signed)
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


def test_one_group_is_a_dense_mixing() -> None:
    flow = GroupedMixing(6, 6)
    perturb(flow)
    x = torch.randn(2, 6, 3)
    torch.testing.assert_close(flow(x, None)[0], flow.weight @ x)
    check_flow(flow, 6, 5)


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


@pytest.mark.parametrize("normalises", [False, True])
@pytest.mark.parametrize("exchanged", [False, True])
def test_kinds_of_coupling(normalises: bool, exchanged: bool) -> None:
    flow = AffineCoupling(Net(6), normalises=normalises, exchanged=exchanged)
    check_flow(flow, 6, 5)
    x, mask = torch.randn(2, 6, 4), torch.ones(2, 1, 4)
    y, _ = flow(x, mask)
    kept, moved = (slice(3, 6), slice(0, 3)) if exchanged else (slice(0, 3), slice(3, 6))
    assert torch.equal(y[:, kept], x[:, kept])
    shift, log_scale = flow.net(x[:, kept], mask, None).chunk(2, 1)
    scaled = (x[:, moved] - shift) / log_scale.exp()
    expected = scaled if normalises else shift + log_scale.exp() * x[:, moved]
    torch.testing.assert_close(y[:, moved], expected)


def test_coupling_with_conditioning() -> None:
    check_flow(AffineCoupling(Net(6, 3)), 6, 5, cond=torch.randn(2, 3, 1))


def test_chain() -> None:
    flow = Chain([ActNorm(8), GroupedMixing(8), AffineCoupling(Net(8)), ActNorm(8)])
    perturb(flow)
    check_flow(flow, 8, 4)


def test_swap() -> None:
    x = torch.arange(8.0).view(1, 4, 2)
    assert Swap()(x, None)[0][0, :, 0].tolist() == [4, 6, 0, 2]
    check_flow(Swap(), 6, 5)


def steps(channels: int) -> Chain:
    return Chain([ActNorm(channels), GroupedMixing(channels), AffineCoupling(Net(channels))])


def test_early_outputs() -> None:
    flow = MultiScale([steps(8), steps(4)], [slice(4, None)])
    perturb(flow)
    check_flow(flow, 8, 4)
    x = torch.randn(2, 8, 5)
    early, late = flow(x, None)[0].split(4, 1)
    first = flow.scales[0](x, None)[0]
    assert torch.equal(early, first[:, :4])
    assert torch.equal(late, flow.scales[1](first[:, 4:], None)[0])


@pytest.mark.parametrize("order", ["frame", "channel"])
def test_squeezing_scales(order: str) -> None:
    flow = MultiScale([steps(4), steps(4)], [slice(None, 2)], n_squeeze=2, order=order)
    perturb(flow)
    flow, x = flow.double(), torch.randn(2, 2, 12, dtype=torch.float64)
    y, logdet = flow(x, None)
    assert y.shape == x.shape
    torch.testing.assert_close(flow.inverse(y, None), x)
    jacobian = torch.autograd.functional.jacobian(
        lambda flat: flow(flat.view(1, 2, 12), None)[0].flatten(), x[1].flatten()
    )
    torch.testing.assert_close(logdet[1], torch.linalg.slogdet(jacobian).logabsdet)
    mask = torch.ones(2, 1, 12, dtype=torch.float64)
    mask[0, :, 8:] = 0
    padded, of_padded = flow(x * mask, mask)
    alone, of_alone = flow(x[:1, :, :8], None)
    torch.testing.assert_close(padded[:1, :, :8], alone)
    torch.testing.assert_close(of_padded[0], of_alone[0])
    assert padded[0, :, 8:].abs().max() == 0
    torch.testing.assert_close(flow.inverse(padded, mask), x * mask)


class Sum(Flow):
    """Adds its conditioning."""

    def forward(self, x, mask, cond=None):
        return x + cond.squeeze(2)[:, : x.shape[1]], x.new_zeros(len(x))

    def inverse(self, y, mask, cond=None):
        return y - cond.squeeze(2)[:, : y.shape[1]]


def test_conditioning_is_squeezed_along() -> None:
    flow = MultiScale([Sum(), Sum()], [slice(None, 2)], n_squeeze=2, order="frame")
    x, cond = torch.randn(1, 1, 8), torch.randn(1, 1, 8)
    y, _ = flow(x, None, planar(cond))
    torch.testing.assert_close(y, x + 2 * cond)  # once at each scale
    torch.testing.assert_close(flow.inverse(y, None, planar(cond)), x)


def test_scales_are_initialised_in_order() -> None:
    flow = MultiScale([steps(4), steps(4)], [slice(None, 2)], n_squeeze=2)
    x = 3 * torch.randn(4, 2, 64) + 5
    y = flow.initialise(x, None)
    assert torch.equal(y, flow(x, None)[0])
    first = flow.scales[0].flows[0](squeeze(x, 2, "channel"), None)[0]
    torch.testing.assert_close(first.std((0, 2), correction=0), torch.ones(4))
    assert (flow.scales[1].flows[0].log_scale != 0).all()


def test_no_mask_is_a_mask_of_ones() -> None:
    flow = Chain([ActNorm(8, signed=True), GroupedMixing(8), AffineCoupling(Net(8)), Swap()])
    perturb(flow)
    x, ones = torch.randn(2, 8, 6), torch.ones(2, 1, 6)
    for a, b in zip(flow(x, None), flow(x, ones)):
        torch.testing.assert_close(a, b)
    torch.testing.assert_close(flow.inverse(x, None), flow.inverse(x, ones))


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


def test_squeeze_in_the_order_of_channels() -> None:
    x = torch.arange(12.0).view(1, 2, 6)
    y = squeeze(x, 3, "channel")
    assert y[0, :, 0].tolist() == [0, 1, 2, 6, 7, 8]
    assert torch.equal(unsqueeze(y, 3, "channel"), x)


def test_a_planar_tensor_squeezes_without_a_copy() -> None:
    x = planar(torch.randn(2, 3, 12))
    y = squeeze_planar(x, 4)
    assert torch.equal(y.squeeze(2), squeeze(x.squeeze(2).contiguous(), 4))
    assert y.data_ptr() == x.data_ptr()
    assert y.is_contiguous(memory_format=torch.channels_last)
    with pytest.raises(AssertionError, match="planar"):
        squeeze_planar(torch.randn(2, 3, 1, 12), 4)


def test_rows_are_cut_to_whole_groups_or_filled_up() -> None:
    frames, lens = torch.arange(1.0, 11).view(2, 1, 5), torch.tensor([5, 3])
    whole, mask = whole_groups(frames, lens, 2)
    assert whole[:, 0].tolist() == [[1, 2, 3, 4], [6, 7, 0, 0]]
    assert mask[:, 0].tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]
    filled, mask = filled_groups(frames, lens, 2)
    assert filled[:, 0].tolist() == [[1, 2, 3, 4, 5, 5], [6, 7, 8, 8, 0, 0]]
    assert mask[:, 0].tolist() == [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]
