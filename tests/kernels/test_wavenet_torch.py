"""The generator for GPUs, step by step on a CPU and, where there is one, as a graph on a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.kernels.networks import KINDS, inputs, network, sampler, sampling
from tts.kernels.wavenet import Network
from tts.kernels.wavenet_numba import NumbaGenerator
from tts.kernels.wavenet_torch import STEPS, TorchGenerator

N = STEPS + 20  # a whole graph, and a rest


def on_gpu(net: Network) -> Network:
    moved = {n: t.cuda() for n, t in vars(net).items() if isinstance(t, torch.Tensor)}
    return replace(net, **moved)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kernel", [2, 3])
def test_it_equals_the_compiled_loop(kind: str, kernel: int) -> None:
    net = network(kind, kernel=kernel, front_relu=kernel == 2)
    cond, draws = inputs(kind, 3, N)
    seen, expected = (torch.zeros(3, N, net.n_parameters) for _ in range(2))
    wav = TorchGenerator(net, sampling(kind), 3, sampler(kind)).run(cond, draws, seen)
    by_loop = NumbaGenerator(net, sampling(kind), 3).run(cond, draws, expected)
    torch.testing.assert_close(seen, expected, atol=2e-4, rtol=1e-4)
    torch.testing.assert_close(wav, by_loop, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_and_rows_that_end(kind: str) -> None:
    net = network(kind)
    cond, draws = inputs(kind, 3, N)
    whole = TorchGenerator(net, sampling(kind), 3, sampler(kind)).run(cond, draws)
    generator = TorchGenerator(net, sampling(kind), 3, sampler(kind))
    first = generator.run(cond[:, :41], draws[:, :41])
    generator.keep([0, 2])
    rest = generator.run(cond[[0, 2], 41:], draws[[0, 2], 41:])
    torch.testing.assert_close(first, whole[:, :41], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(rest, whole[[0, 2], 41:], atol=1e-4, rtol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_equals_its_steps(kind: str) -> None:
    net, (cond, draws) = network(kind), inputs(kind, 2, 3 * STEPS + 5)
    expected = NumbaGenerator(net, sampling(kind), 2).run(cond, draws)
    generator = TorchGenerator(on_gpu(net), sampling(kind), 2, sampler(kind))
    wav = generator.run(cond.cuda(), draws.cuda())
    assert generator._graph is not None
    torch.testing.assert_close(wav.cpu(), expected, atol=1e-3, rtol=1e-3)
