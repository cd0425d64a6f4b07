"""Weights of an ONNX graph in eight bits: a scale for each row, and nodes that multiply them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tts.export.packages import need

LEVELS = 127
FROM_NUMBERS = 1024  # in fewer, the scales and the node weigh more than is won

_LAYERS = ("Conv", "ConvTranspose", "MatMul", "Gemm")  # their second input is the weight


def convert(path: Path, out: Path) -> None:
    """Write the graph with the weights of its layers as `scale * int8`.

    A runtime multiplies them once, as it loads the graph: constants are folded then.

    Matrices that stand on the left of a product stay as they are: those are inverses of a flow's
    mixing, which must undo what it did.
    """
    onnx = need("onnx")
    model = onnx.load(path)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes, make = [], onnx.helper.make_node
    for name, axis in _weights(model.graph, constants).items():
        weight = onnx.numpy_helper.to_array(constants[name])
        if weight.dtype != np.float32 or weight.size < FROM_NUMBERS:
            continue
        levels, scale = _quantised(weight, axis)
        model.graph.initializer.remove(constants[name])
        for suffix, array in (("levels", levels), ("scale", scale)):
            tensor = onnx.numpy_helper.from_array(array, f"{name}.{suffix}")
            model.graph.initializer.append(tensor)
        nodes += [
            make("Cast", [f"{name}.levels"], [f"{name}.cast"], to=onnx.TensorProto.FLOAT),
            make("Mul", [f"{name}.cast", f"{name}.scale"], [name]),
        ]
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    onnx.save(model, out)


def _weights(graph: Any, constants: dict[str, Any]) -> dict[str, int]:
    """The names of weights, and the axis along which each has its rows.

    A weight may get an axis of length 1 on the way to its layer, behind the one of its rows.
    """
    widened = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Unsqueeze"}
    axes = {}
    for node in graph.node:
        if node.op_type not in _LAYERS:
            continue
        name = widened.get(node.input[1], node.input[1])
        if name in constants and len(constants[name].dims) > 1:
            turned = any(a.name == "transB" and a.i for a in node.attribute)
            by_columns = node.op_type == "MatMul" or (node.op_type == "Gemm" and not turned)
            axes[name] = len(constants[name].dims) - 1 if by_columns else 0
    return axes


def _quantised(weight: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Eight-bit numbers of the weight's shape, and a scale for each row, of as many axes."""
    others = tuple(place for place in range(weight.ndim) if place != axis)
    scale = np.abs(weight).max(others, keepdims=True) / LEVELS
    scale[scale == 0] = 1
    levels = np.rint(weight / scale).clip(-LEVELS, LEVELS)
    return levels.astype(np.int8), scale.astype(np.float32)
