"""Inverse autoregressive flows: causal, invertible, the same block by block."""

from __future__ import annotations

import math

import pytest
import torch

from tests.checks import perturb
from tts.flows.autoregressive import AutoregressiveChain, AutoregressiveFlow, Drawn
from tts.nn.precision import autocast


def flow(front_kernel: int = 3, log_gain: float = -0.4) -> AutoregressiveFlow:
    return AutoregressiveFlow(
        5,
        channels=6,
        gate_channels=8,
        skip_channels=7,
        kernel=3,
        dilations=(1, 2, 4),
        front_kernel=front_kernel,
        log_gain=log_gain,
    )


def chain(front_kernel: int = 3) -> AutoregressiveChain:
    """Two flows, every layer of which matters."""
    made = AutoregressiveChain(flow(front_kernel) for _ in range(2)).eval().requires_grad_(False)
    perturb(made)
    for part in made.flows:
        part.last.parametrizations.weight.original0.mul_(20)
    return made


def same(made: Drawn, expected: Drawn, atol: float) -> None:
    for name in ("signal", "mean", "log_scale"):
        one, other = getattr(made, name), getattr(expected, name)
        torch.testing.assert_close(one, other, atol=atol, rtol=0)


def test_a_flow_is_shift_and_gain() -> None:
    model, noise, cond = chain().double(), torch.randn(2, 50).double(), torch.randn(2, 5, 50)
    drawn = model(noise, cond.double())
    signal, mean, log_scale = noise, 0.0, 0.0
    for part in model.flows:
        shift, log_gain = part(signal, cond.double()[:, :, None])
        signal = signal * log_gain.exp() + shift
        mean, log_scale = mean * log_gain.exp() + shift, log_scale + log_gain
    same(drawn, Drawn(signal, mean, log_scale), 1e-12)
    own = drawn.mean + drawn.log_scale.exp() * noise
    torch.testing.assert_close(own, drawn.signal, atol=1e-12, rtol=0)


def test_it_starts_near_the_gain_it_is_given() -> None:
    model = AutoregressiveChain(flow(log_gain=math.log(0.05) / 2) for _ in range(2))
    drawn = model(torch.randn(1, 900), torch.randn(1, 5, 900))
    assert abs(drawn.log_scale.mean() - math.log(0.05)) < 0.2
    assert drawn.mean.abs().max() < 0.1


@pytest.mark.parametrize("front_kernel", [1, 3])
def test_no_sample_looks_ahead_or_farther_back(front_kernel: int) -> None:
    model = chain(front_kernel).double()
    cond, noise = torch.randn(1, 5, 200).double(), torch.randn(1, 200).double()
    changed = noise.clone()
    changed[0, 70] += 1
    one, two = model(noise, cond), model(changed, cond)
    assert torch.equal(one.signal[0, :70], two.signal[0, :70])
    for name in ("mean", "log_scale"):  # strictly before: not even the sample's own noise
        first, second = getattr(one, name)[0], getattr(two, name)[0]
        assert torch.equal(first[:71], second[:71])
        assert first[71] != second[71]
    assert model.n_past == 2 * (front_kernel + 14)
    end = 70 + model.n_past
    assert torch.equal(one.signal[0, end + 1 :], two.signal[0, end + 1 :])
    assert not torch.equal(one.signal[0, end - 4 : end + 1], two.signal[0, end - 4 : end + 1])


def test_inverse() -> None:
    model = chain().double()
    cond, noise = torch.randn(2, 5, 80).double(), torch.randn(2, 80).double()
    drawn = model(noise, cond)
    same(model.inverse(drawn.signal, cond), Drawn(noise, drawn.mean, drawn.log_scale), 1e-9)
    near = model.float().inverse(drawn.signal.float(), cond.float())
    torch.testing.assert_close(near.signal, noise.float(), atol=1e-3, rtol=0)


def test_log_scales_are_the_jacobian() -> None:
    model = chain().double()
    cond, noise = torch.randn(1, 5, 24).double(), torch.randn(24).double()

    def signal(z: torch.Tensor) -> torch.Tensor:
        return model(z[None], cond).signal[0]

    jacobian = torch.autograd.functional.jacobian(signal, noise)
    logdet = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(
        model(noise[None], cond).log_scale.sum(), logdet, atol=1e-10, rtol=0
    )


@pytest.mark.parametrize("n", [1, 2047, 4500])
def test_blocks_are_the_whole(n: int) -> None:
    model, noise, cond = chain(), torch.randn(2, n), torch.randn(2, 5, n)
    signal = model(noise, cond).signal
    torch.testing.assert_close(model.draw(noise, cond, [n, n]), signal, atol=1e-5, rtol=1e-5)
    model, noise, cond = model.double(), noise.double(), cond.double()
    torch.testing.assert_close(
        model.draw(noise, cond, [n, n]), model(noise, cond).signal, atol=1e-11, rtol=0
    )


def test_rows_end_where_they_end() -> None:
    model, noise, cond = chain(), torch.randn(2, 90), torch.randn(2, 5, 90)
    made = model.draw(noise, cond, [90, 33])
    assert torch.equal(made[1, :33], model.draw(noise[1:, :33], cond[1:, :, :33], [33])[0])
    assert made[1, 33:].abs().max() == 0


def test_half_precision_keeps_signals_exact() -> None:
    model, noise, cond = chain(), torch.randn(1, 500), torch.randn(1, 5, 500)
    exactly = model(noise, cond).signal
    with autocast("bfloat16", "cpu"):
        for made in (model(noise, cond).signal, model.draw(noise, cond, [500])):
            assert made.dtype == torch.float32
            assert 0 < (made - exactly).square().mean() < 1e-3 * exactly.var()
