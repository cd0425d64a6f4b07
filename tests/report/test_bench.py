"""Benchmarks give the numbers they promise."""

from importlib.util import find_spec

import pytest
import torch

from tts.report.bench import bench_mas


@pytest.mark.parametrize("peer", ["kernel", "call"])
def test_bench_mas_names_shape_times_and_ratio(peer) -> None:
    n_threads = torch.get_num_threads()
    result = bench_mas((2, 20, 50), repeats=3, threads=n_threads + 1, peer=peer)
    assert torch.get_num_threads() == n_threads
    assert list(result) == ["shape", "ours_ms", "peer_ms", "ratio"]
    assert result["shape"] == [2, 20, 50] and result["ours_ms"] > 0
    if find_spec("monotonic_align") is None:
        assert result["peer_ms"] is None and result["ratio"] is None
    else:
        assert result["peer_ms"] > 0 and result["ratio"] > 0
