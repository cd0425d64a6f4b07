"""Vector code that numba's own vectoriser does not make: matrix products, exponentials, gates.

Written as LLVM instructions on vectors of 16 numbers. Every output is one chain of fused
multiply-adds over the inputs, in order, whatever tile computes it: so a row's numbers depend
neither on the rows beside it nor on how many steps are computed together.

Matrices are packed in panels of `PANEL` outputs: for each input, that panel's weights lie side by
side, so that a product streams through memory. Weights of 16 bits are IEEE half precision, and
become float32 as they are read.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 16
PANEL = 64  # outputs of a panel: four vectors, enough chains to hide the latency of an addition

_FLOAT, _INT = ir.FloatType(), ir.IntType(64)
_VECTOR, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(ir.IntType(32), LANES)
_HALVES = ir.VectorType(ir.HalfType(), LANES)
_UNDEFINED = ir.Constant(_VECTOR, ir.Undefined)
_LN2_HIGH = 355 / 512  # nine bits, so that its product with a power is exact
_LN2_LOW = math.log(2) - _LN2_HIGH


def has_halves() -> bool:
    """Whether this processor converts half precision by an instruction."""
    features = binding.get_host_cpu_features()
    return bool(features.get("f16c")) or binding.get_default_triple().startswith("aarch64")


def has_wide_registers() -> bool:
    """Whether there are 32 registers that hold a vector each."""
    return bool(binding.get_host_cpu_features().get("avx512f"))


def padded(n: int, multiple: int = PANEL) -> int:
    """The next multiple."""
    return -(-n // multiple) * multiple


def _data(context: Any, builder: Any, kind: Any, array: Any, start: Any) -> Any:
    """The address of array[start]."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [start])


def _load(builder: Any, address: Any) -> Any:
    return builder.load(builder.bitcast(address, _VECTOR.as_pointer()), align=4)


def _load_weights(builder: Any, kind: Any, address: Any) -> Any:
    """A vector of float32, from memory of float32 or of half precision (for numba uint16)."""
    if kind.dtype == types.float32:
        return _load(builder, address)
    halves = builder.load(builder.bitcast(address, _HALVES.as_pointer()), align=2)
    return builder.fpext(halves, _VECTOR)


def _store(builder: Any, value: Any, address: Any) -> None:
    builder.store(value, builder.bitcast(address, _VECTOR.as_pointer()), align=4)


def _everywhere(builder: Any, number: Any) -> Any:
    """A vector with one number in all lanes."""
    first = builder.insert_element(_UNDEFINED, number, ir.IntType(32)(0))
    return builder.shuffle_vector(first, _UNDEFINED, ir.Constant(_INTS, [0] * LANES))


def _constant(number: float) -> Any:
    return ir.Constant(_VECTOR, [number] * LANES)


def _call(builder: Any, name: str, *args: Any) -> Any:
    """An LLVM intrinsic on vectors."""
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(args))
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f32")
    return builder.call(function, args)


@intrinsic
def stay_apart(_context):  # type: ignore[no-untyped-def]
    """Keep the function that says this from being copied into its callers; spares compile time."""

    def emit(context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), emit


def _tile(n_rows: int) -> Callable[..., None]:
    """y[r] += W x[r] for some rows and one panel, all sums in registers.

    The function takes (w, w_at, n_in, x, x_at, x_step, y, y_at, y_step): arrays, where in them to
    start, and how far one row is from the next.
    """
    cells = [(r, v) for r in range(n_rows) for v in range(PANEL // LANES)]

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        w, w_at, n_in, x, x_at, x_step, y, y_at, y_step = args
        kinds = signature.args
        w = _data(context, builder, kinds[0], w, w_at)
        x = _data(context, builder, kinds[3], x, x_at)
        y = _data(context, builder, kinds[6], y, y_at)
        rows = [builder.gep(x, [builder.mul(x_step, _INT(r))]) for r in range(n_rows)]
        outs, sums = {}, {}
        for r, v in cells:
            place = builder.add(builder.mul(y_step, _INT(r)), _INT(v * LANES))
            outs[r, v] = builder.gep(y, [place])
            sums[r, v] = cgutils.alloca_once_value(builder, _load(builder, outs[r, v]))
        with cgutils.for_range(builder, n_in) as loop:
            numbers = [
                _everywhere(builder, builder.load(builder.gep(row, [loop.index]))) for row in rows
            ]
            line = builder.gep(w, [builder.mul(loop.index, _INT(PANEL))])
            for v in range(PANEL // LANES):
                weights = _load_weights(builder, kinds[0], builder.gep(line, [_INT(v * LANES)]))
                for r in range(n_rows):
                    total = sums[r, v]
                    new = _call(builder, "fma", numbers[r], weights, builder.load(total))
                    builder.store(new, total)
        for cell in cells:
            _store(builder, builder.load(sums[cell]), outs[cell])
        return context.get_dummy_value()

    @intrinsic
    def tile(_context, w, w_at, n_in, x, x_at, x_step, y, y_at, y_step):  # type: ignore[no-untyped-def]  # noqa: ARG001
        n = types.intp
        return types.void(w, n, n, x, n, n, y, n, n), emit

    return tile


tile_1, tile_2, tile_4 = _tile(1), _tile(2), _tile(4)


def _expm1_parts(builder: Any, x: Any) -> tuple[Any, Any]:
    """s and q with exp(x) = s (1 + q): a power of two, and exp - 1 of the rest.

    The rest is within ln(2) / 2 of zero, where eight terms of the series are exact to float32.
    """
    power = _call(builder, "rint", builder.fmul(x, _constant(1 / math.log(2))))
    rest = _call(builder, "fma", power, _constant(-_LN2_HIGH), x)
    rest = _call(builder, "fma", power, _constant(-_LN2_LOW), rest)
    q = _constant(1 / math.factorial(8))
    for n in range(7, 0, -1):
        q = _call(builder, "fma", q, rest, _constant(1 / math.factorial(n)))
    q = builder.fmul(q, rest)
    exponent = builder.add(builder.fptosi(power, _INTS), ir.Constant(_INTS, [127] * LANES))
    bits = builder.shl(exponent, ir.Constant(_INTS, [23] * LANES))
    return builder.bitcast(bits, _VECTOR), q


def _clipped(builder: Any, x: Any, bound: float) -> Any:
    low = _call(builder, "maxnum", x, _constant(-bound))
    return _call(builder, "minnum", low, _constant(bound))


@intrinsic
def exp_vector(_context, y, at):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """The exponential of 16 numbers, in place; of less than -87 it is that of -87."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _data(context, builder, signature.args[0], args[0], args[1])
        s, q = _expm1_parts(builder, _clipped(builder, _load(builder, address), 87.0))
        _store(builder, _call(builder, "fma", s, q, s), address)
        return context.get_dummy_value()

    return types.void(y, types.intp), emit


@intrinsic
def gate_vector(_context, a, a_at, c, c_at, half, h, h_at):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """h = tanh(a + c) sigmoid(a' + c') for 16 channels; the sigmoid's lie `half` further on.

    With m = exp(2 a) - 1 that is m / ((m + 2) (1 + exp(-a'))).
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args

        def summed(shift: Any) -> Any:
            own = _data(context, builder, kinds[0], args[0], builder.add(args[1], shift))
            cond = _data(context, builder, kinds[2], args[2], builder.add(args[3], shift))
            return builder.fadd(_load(builder, own), _load(builder, cond))

        filtered = builder.fmul(_clipped(builder, summed(_INT(0)), 15.0), _constant(2.0))
        s, q = _expm1_parts(builder, filtered)
        m = _call(builder, "fma", s, q, builder.fsub(s, _constant(1.0)))
        gated = builder.fneg(_clipped(builder, summed(args[4]), 30.0))
        s, q = _expm1_parts(builder, gated)
        below = builder.fadd(_call(builder, "fma", s, q, s), _constant(1.0))
        below = builder.fmul(builder.fadd(m, _constant(2.0)), below)
        _store(
            builder,
            builder.fdiv(m, below),
            _data(context, builder, kinds[5], args[5], args[6]),
        )
        return context.get_dummy_value()

    n = types.intp
    return types.void(a, n, c, n, n, h, n), emit
