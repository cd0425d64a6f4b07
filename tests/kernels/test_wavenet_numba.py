"""The compiled loop: equal to the oracle, whatever rows run beside a row and however it is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.kernels.networks import COND, KINDS, inputs, network, sampler, sampling
from tts.audio import mulaw
from tts.kernels import wavenet_numba, wavenet_reference
from tts.kernels.wavenet import Network
from tts.kernels.wavenet_numba import NumbaGenerator
from tts.kernels.wavenet_vector import has_halves

SHAPES = {
    "odd widths": {},
    "kernel 2, no scale, a ReLU in front": {
        "kernel": 2, "dilations": (1, 2, 4, 8, 16, 32), "residual_scale": 1.0, "front_relu": True,
    },
    "kernel 4, one sample in front": {"kernel": 4, "dilations": (1, 8, 1), "front": 1},
    "whole vectors and panels": {
        "channels": 64, "gate_channels": 128, "skip_channels": 128, "head_channels": 64,
    },
    "more than a panel": {"channels": 70, "gate_channels": 150, "skip_channels": 65},
}  # fmt: skip


def oracle(net: Network, kind: str, cond: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
    """Parameters (N, P) of each sample of a signal (N,) given those before it, in float64."""
    numbers = {n: t.double() for n, t in vars(net).items() if isinstance(t, torch.Tensor)}
    classes = mulaw.encode(signal, max(1, net.n_parameters - 1))

    def given(now: int, _: torch.Tensor) -> tuple[float, int]:
        return float(signal[now]), int(classes[now])

    return wavenet_reference.generate(replace(net, **numbers), cond.double(), given).float()


def emphasised(wav: torch.Tensor) -> torch.Tensor:
    """The signal (R, N) under a wav, by `sampling`'s gain and pre-emphasis."""
    rule = sampling("gaussian")
    before = torch.nn.functional.pad(wav[:, :-1], (1, 0))
    return rule.gain * (wav - rule.preemphasis * before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_it_equals_the_oracle(kind: str, shape: str) -> None:
    net = network(kind, **SHAPES[shape])
    cond, draws = inputs(kind, 1, 150)
    seen = torch.zeros(1, 150, net.n_parameters)
    wav = NumbaGenerator(net, sampling(kind), 1).run(cond, draws, seen)
    signal = emphasised(wav)[0]
    drawn, _ = sampler(kind)(seen[0], draws[0])
    torch.testing.assert_close(signal, drawn, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(seen[0], oracle(net, kind, cond[0], signal), atol=1e-4, rtol=1e-4)
    assert signal.unique().numel() > 10, "the samples must differ for this to show anything"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", [2, 3, 5, 8])
def test_a_row_of_many_is_the_row_alone(kind: str, n_rows: int) -> None:
    net = network(kind)
    cond, draws = inputs(kind, n_rows, 60)
    together = NumbaGenerator(net, sampling(kind), n_rows).run(cond, draws)
    for row in range(n_rows):
        one = slice(row, row + 1)
        alone = NumbaGenerator(net, sampling(kind), 1).run(cond[one], draws[one])
        assert torch.equal(together[one], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_are_the_whole(kind: str) -> None:
    net = network(kind)
    cond, draws = inputs(kind, 2, 120)
    whole = NumbaGenerator(net, sampling(kind), 2).run(cond, draws)
    generator, pieces = NumbaGenerator(net, sampling(kind), 2), []
    for start, end in ((0, 1), (1, 12), (12, 12), (12, 77), (77, 120)):
        pieces.append(generator.run(cond[:, start:end], draws[:, start:end]))
    assert torch.equal(torch.cat(pieces, 1), whole)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_rows_go_on_when_others_end(n_threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    net = network("gaussian")
    cond, draws = inputs("gaussian", 5, 60)
    whole = NumbaGenerator(net, sampling("gaussian"), 5).run(cond, draws)
    generator = NumbaGenerator(net, sampling("gaussian"), 5)
    start, first = 0, [0, 1, 2, 3, 4]
    for rows, end in ((first, 13), ([0, 2, 3], 31), ([3], 60)):
        if rows != first:
            generator.keep([first.index(row) for row in rows])
        part, first = slice(start, end), rows
        assert generator.n_rows == len(rows)
        assert torch.equal(generator.run(cond[rows, part], draws[rows, part]), whole[rows, part])
        start = end


@pytest.mark.parametrize("kind", KINDS)
def test_temperature_zero_needs_no_luck(kind: str) -> None:
    net, rule = network(kind), sampling(kind, temperature=0.0)
    cond, draws = inputs(kind, 1, 40)
    seen = torch.zeros(1, 40, net.n_parameters)
    wav = NumbaGenerator(net, rule, 1).run(cond, draws, seen)
    assert torch.equal(wav, NumbaGenerator(net, rule, 1).run(cond, draws.flip(1)))
    signal, _ = sampler(kind, 0.0)(seen[0], draws[0])
    torch.testing.assert_close(emphasised(wav)[0], signal, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_log_scales_have_a_floor_and_samples_bounds(kind: str) -> None:
    net = network(kind)
    net = replace(net, last=net.last * 0, last_bias=torch.full_like(net.last_bias, -40.0))
    cond, draws = inputs(kind, 1, 30)
    wav = NumbaGenerator(net, sampling(kind, gain=1.0, preemphasis=0.0), 1).run(cond, draws)
    assert wav.isfinite().all()
    if kind == "mulaw":
        assert wav.unique().numel() > 10, "all classes are equally likely"
    else:
        assert (wav == -1).all()


@pytest.mark.skipif(not has_halves(), reason="this processor does not convert half precision")
@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_is_that_of_the_weights_only(kind: str) -> None:
    net = network(kind)
    matrices = {
        n: t.half().float() for n, t in vars(net).items()
        if isinstance(t, torch.Tensor) and t.dim() > 1 and n not in ("gate_bias", "residual_bias")
    }  # fmt: skip
    if kind == "mulaw":
        matrices["front"] = net.front  # a table is looked up, not multiplied
    scale = net.residual_scale
    matrices["residual"] = (net.residual * scale).half().float() / scale
    cond, draws = inputs(kind, 3, 50)
    seen, expected = (torch.zeros(3, 50, net.n_parameters) for _ in range(2))
    NumbaGenerator(net, sampling(kind), 3, halves=True).run(cond, draws, seen)
    NumbaGenerator(replace(net, **matrices), sampling(kind), 3).run(cond, draws, expected)
    torch.testing.assert_close(seen, expected, atol=1e-4, rtol=1e-4)
    exact = torch.zeros_like(seen)
    NumbaGenerator(net, sampling(kind), 3).run(cond, draws, exact)
    assert not torch.equal(seen, exact)


def test_without_halves_it_falls_back_to_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    net, (cond, draws) = network("gaussian"), inputs("gaussian", 1, 20)
    whole = NumbaGenerator(net, sampling("gaussian"), 1).run(cond, draws)
    monkeypatch.setattr(wavenet_numba, "has_halves", lambda: False)
    generator = NumbaGenerator(net, sampling("gaussian"), 1, halves=True)
    assert torch.equal(generator.run(cond, draws), whole)


def test_memory_does_not_grow() -> None:
    generator = NumbaGenerator(network("gaussian"), sampling("gaussian"), 1)
    n_bytes = [a.nbytes for a in generator._groups[0][1]]
    generator.run(*inputs("gaussian", 1, 3000))
    assert [a.nbytes for a in generator._groups[0][1]] == n_bytes


def test_rows_must_fit() -> None:
    generator = NumbaGenerator(network("gaussian"), sampling("gaussian"), 2)
    with pytest.raises(AssertionError, match="for each row"):
        generator.run(torch.zeros(1, 3, COND), torch.zeros(1, 3, 1))


def test_matrices_are_aligned() -> None:
    generator = NumbaGenerator(network("gaussian"), sampling("gaussian"), 1)
    arrays = [generator._weights.packed, *generator._groups[0][1]]
    assert all(a.ctypes.data % 64 == 0 for a in arrays if a.dtype == np.float32 and a.size > 8)
