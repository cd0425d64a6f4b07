"""The GPU kernel: its maths in Triton's interpreter, and that it compiles for a GPU.

Both run in a process of their own: Triton decides when it is imported whether it interprets.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from tts.kernels import mas_numba

pytestmark = pytest.mark.skipif(
    find_spec("triton") is None, reason="triton is not installed; CUDA builds of torch bring it"
)

SEARCH = """
import sys, torch
from tts.kernels.mas_triton import search
batches = torch.load(sys.argv[1], weights_only=True)
torch.save([search(*batch) for batch in batches], sys.argv[2])
"""
COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from tts.kernels.mas_triton import _search
kinds = {"scores": "*fp32", "token_lens": "*i64", "frame_lens": "*i64", "came": "*i32",
         "found": "*i64", "refused": "*i1", "WORD": "constexpr", "BLOCK": "constexpr"}
signature = {name: kinds.get(name, "i32") for name in _search.arg_names}
source = ASTSource(_search, signature, constexprs={"WORD": 32, "BLOCK": 256})
kernel = triton.compile(source, GPUTarget("cuda", 80, 32), {"num_warps": 4})
assert "bar.sync" in kernel.asm["ptx"], "warps exchange scores without a barrier"
"""


def run(program: str, folder: Path, *args: Path, interpret: bool) -> None:
    """Run a program, and show what it said if it failed."""
    env = {**os.environ, "TRITON_INTERPRET": str(int(interpret)), "TRITON_CACHE_DIR": str(folder)}
    child = subprocess.run(
        [sys.executable, "-c", program, *args], env=env, capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr


@pytest.fixture
def search(tmp_path: Path):
    """What the interpreted kernel makes of a list of batches: pairs of durations and refusals."""

    def call(batches):
        torch.save(batches, tmp_path / "batches.pt")
        run(SEARCH, tmp_path, tmp_path / "batches.pt", tmp_path / "found.pt", interpret=True)
        return torch.load(tmp_path / "found.pt", weights_only=True)

    return call


def test_it_agrees_with_the_cpu_and_reads_no_padding(search, make_scores) -> None:
    rng = np.random.default_rng(13)
    batches = [make_scores(rng, ties=i % 2 == 1) for i in range(24)]
    batches = [(batch.scores, batch.token_lens, batch.frame_lens) for batch in batches]
    for batch, (found, refused) in zip(batches, search(batches), strict=True):
        assert not refused.any() and found.equal(mas_numba.search(*batch)[0])


def test_it_refuses_what_the_cpu_refuses(search) -> None:
    scores = torch.zeros(5, 10, 6)
    scores[2, 4, 2] = torch.nan
    scores[3, 4, 2] = torch.inf
    lens = torch.tensor([6, 6, 6, 6, 0]), torch.tensor([10, 5, 10, 10, 10])
    [(found, refused)] = search([(scores, *lens)])
    assert refused.tolist() == [False, True, True, True, True]
    assert found[0].tolist() == [1, 1, 1, 1, 1, 5]


def test_it_takes_transposed_scores(search) -> None:
    scores = torch.randn(2, 5, 30, generator=torch.Generator().manual_seed(0)).transpose(1, 2)
    batch = scores, torch.tensor([5, 3]), torch.tensor([30, 30])
    assert search([batch])[0][0].equal(mas_numba.search(*batch)[0])


def test_it_compiles_for_a_gpu_with_barriers_between_warps(tmp_path: Path) -> None:
    run(COMPILE, tmp_path, interpret=False)
