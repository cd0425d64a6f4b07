"""Vector code against NumPy in float64."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from tts.kernels.wavenet_vector import (
    LANES,
    PANEL,
    exp_vector,
    gate_vector,
    padded,
    tile_1,
    tile_2,
    tile_4,
)


@numba.njit
def exp_all(y):  # type: ignore[no-untyped-def]
    for i in range(0, len(y), LANES):
        exp_vector(y, i)


@numba.njit
def gate_all(a, c, h):  # type: ignore[no-untyped-def]
    for i in range(0, len(h), LANES):
        gate_vector(a, i, c, i, len(h), h, i)


@numba.njit
def tile_rows(n_rows, w, x, y):  # type: ignore[no-untyped-def]
    n_in, x_step, y_step = x.shape[1] - 1, x.shape[1], y.shape[1]
    flat_x, flat_y = x.reshape(-1), y.reshape(-1)
    if n_rows == 1:
        tile_1(w, 3, n_in, flat_x, 1, x_step, flat_y, 2, y_step)
    elif n_rows == 2:
        tile_2(w, 3, n_in, flat_x, 1, x_step, flat_y, 2, y_step)
    else:
        tile_4(w, 3, n_in, flat_x, 1, x_step, flat_y, 2, y_step)


def test_exponential() -> None:
    x = np.linspace(-87, 87, 16 * 4096, dtype=np.float32)
    y = x.copy()
    exp_all(y)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(y / exact - 1).max() < 2.5e-7
    ends = np.array([-1e9, -np.inf, 0, -200] * 4, np.float32)
    exp_all(ends)
    assert (ends[2::4] == 1).all() and (ends[[0, 1, 3]] < 1e-37).all()


def test_gate() -> None:
    n = 16 * 2048
    a = np.random.default_rng(0).normal(0, 4, 2 * n).astype(np.float32)
    a[:64] = np.linspace(-60, 60, 64)
    c = np.random.default_rng(1).normal(0, 1, 2 * n).astype(np.float32)
    h = np.zeros(n, np.float32)
    gate_all(a, c, h)
    x = (a + c).astype(np.float64)
    exact = np.tanh(x[:n]) / (1 + np.exp(-x[n:]))
    assert np.abs(h - exact).max() < 3e-7
    small = np.full(2 * LANES, 1e-4, np.float32)
    near = np.zeros(LANES, np.float32)
    gate_all(small, np.zeros_like(small), near)
    np.testing.assert_allclose(near, np.tanh(1e-4) / (1 + np.exp(-1e-4)), rtol=3e-7)


@pytest.mark.parametrize("n_rows", [1, 2, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_products(n_rows: int, dtype: type) -> None:
    random = np.random.default_rng(0)
    n_in = 37
    w = random.normal(size=3 + n_in * PANEL).astype(dtype)
    x = random.normal(size=(n_rows, 1 + n_in)).astype(np.float32)
    y = random.normal(size=(n_rows, 5 + PANEL)).astype(np.float32)
    matrix = w[3:].astype(np.float64).reshape(n_in, PANEL)
    expected = y.astype(np.float64)
    expected[:, 2 : 2 + PANEL] += x[:, 1:].astype(np.float64) @ matrix
    stored = w.view(np.uint16) if dtype is np.float16 else w
    tile_rows(n_rows, stored, x, y)
    np.testing.assert_allclose(y, expected, atol=3e-6)


def test_padding() -> None:
    assert [padded(n) for n in (0, 1, 64, 65)] == [0, 64, 64, 128]
