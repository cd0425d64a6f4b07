"""Import of ClariNet's public checkpoints: the Gaussian WaveNet, and the student it taught.

Sizes are read off the tensors. How many layers a block has cannot be: the public scripts say ten;
another number stands in the arguments that they write first into their log, which a JSON file may
give.

References:
    https://github.com/ksw0306/ClariNet, the files that train.py and train_student.py leave.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tts import build
from tts.config import parse
from tts.contracts import Contract
from tts.errors import CheckpointError, ConfigError
from tts.foreign.mover import Mover
from tts.foreign.parts import Imported
from tts.foreign.reader import Fields, State, read_json, read_state
from tts.foreign.shapes import Shapes, join_rows

_BLOCK_LAYERS = 10  # unless a config says otherwise
_SLOPE = 0.4  # of the upsampling's leaky ReLU, written in the public code
_MIN_LOG_SCALE = -9.0  # of its teacher's loss
_UPSAMPLING = "upsample_conv."


def read(
    file: str | Path, config: str | Path | None = None, *, teacher: str | Path | None = None
) -> Imported:
    """The teacher or the student of a `checkpoint_step*.pth` file, whichever it holds.

    Args:
        config: JSON with `num_layers` of a teacher, or `num_layers_s` of a student.
        teacher: of a student: the file of its teacher, whose upsampling it uses.
    Raises:
        TTSError: a file is missing or damaged, or they do not belong together.
    """
    fields = Fields({} if config is None else read_json(file, config)[0], str(config))
    state = read_state(file, "state_dict")
    if any(name.startswith("iafs.") for name in state):
        return _student(Shapes(state, str(file), "a ClariNet student"), fields, teacher)
    if teacher is not None:
        raise ConfigError(f"{file}: holds no student; leave --teacher out")
    return _teacher(Shapes(state, str(file), "ClariNet's teacher"), fields)


def _teacher(shapes: Shapes, fields: Fields) -> Imported:
    n_layers = shapes.count("res_blocks.")
    block = _block_layers(fields, "num_layers", n_layers)
    sizes = _sizes(shapes, "")
    if sizes["kernel"] != 2 and block > 1:
        raise CheckpointError(
            f"{shapes.file}: a teacher of kernel {sizes['kernel']}, whose dilations grow by that "
            "factor; only a kernel of 2 can be brought in"
        )
    section = {
        "name": "wavenet",
        "output": "gaussian",
        "min_log_scale": _MIN_LOG_SCALE,
        **sizes,
        "n_layers": n_layers,
        "cycle": block,
        "front_relu": True,
        "skip": "sum",
        "upsampling": _upsampling(shapes),
        "normalise": False,
    }
    contract = _contract(shapes, "")
    model = build.build("vocoder", section, contract, source=shapes.file)
    _join_layers(shapes, "", model)
    mover = Mover(shapes.state, model, shapes.file)
    for i in range(len(model.upsampler.convs)):
        mover.normed(f"upsampler.convs.{i}", f"{_UPSAMPLING}{2 * i}")
    _move_net(mover, "", "", model)
    weights = {**_buffers(model), **mover.done()}
    return _imported(section, contract, weights, model)


def _student(shapes: Shapes, fields: Fields, teacher: str | Path | None) -> Imported:
    if teacher is None:
        raise ConfigError(
            f"{shapes.file}: a student has no upsampling of its own; give the file of its "
            "teacher with --teacher FILE"
        )
    state = read_state(teacher, "state_dict")
    above = Shapes(
        {name: t for name, t in state.items() if name.startswith(_UPSAMPLING)},
        str(teacher),
        "ClariNet's teacher",
    )
    layers = [shapes.count(f"iafs.{i}.res_blocks.") for i in range(shapes.count("iafs."))]
    section = {
        "name": "parallel_wavenet",
        "distribution": "gaussian",
        "layers": layers,
        "cycle": _block_layers(fields, "num_layers_s", max(layers, default=0)),
        **_sizes(shapes, "iafs.0."),
        "upsampling": _upsampling(above),
        "power_weight": 0.0,
        "magnitude_weight": 1.0,
        "contrastive_weight": 0.0,
    }
    contract = _contract(shapes, "iafs.0.", above)
    model = build.build("vocoder", section, contract, source=shapes.file)
    for i, flow in enumerate(model.student.flows):
        _join_layers(shapes, f"iafs.{i}.", flow)
    mover = Mover(shapes.state, model, shapes.file)
    for i, flow in enumerate(model.student.flows):
        _move_net(mover, f"student.flows.{i}.", f"iafs.{i}.", flow)
    weights = {**_buffers(model), **mover.done(), **_folded_upsampling(above, model)}
    return _imported(section, contract, weights, model)


def _imported(
    section: dict[str, Any], contract: Contract, weights: State, model: nn.Module
) -> Imported:
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, weights, n_parameters)


def _block_layers(fields: Fields, key: str, n_layers: int) -> int:
    """After how many layers the dilation starts anew."""
    block = fields.get(key, min(_BLOCK_LAYERS, max(1, n_layers)))
    if not isinstance(block, int) or block < 1:
        raise ConfigError(f"{fields.source}: {key} = {block!r}; expected a number of layers")
    return block


def _sizes(shapes: Shapes, net: str) -> dict[str, int]:
    """Of the network whose names begin with `net`, in the words of our configurations."""
    channels, _, front_kernel = shapes.of(f"{net}front_conv.0.conv.weight", 3)
    half_gate, _, kernel = shapes.of(f"{net}res_blocks.0.filter_conv.conv.weight", 3)
    skip_channels, _, _ = shapes.of(f"{net}res_blocks.0.skip_conv.weight", 3)
    return {
        "channels": channels,
        "gate_channels": 2 * half_gate,
        "skip_channels": skip_channels,
        "kernel": kernel,
        "front_kernel": front_kernel,
    }


def _rates(shapes: Shapes) -> list[int]:
    """Of the upsampling, whose kernels are twice as wide; between them lie activations."""
    n = 0
    while shapes.has(f"{_UPSAMPLING}{2 * n}."):
        n += 1
    if n == 0:
        shapes.of(f"{_UPSAMPLING}0.weight", 4)
    return [shapes.of(f"{_UPSAMPLING}{2 * i}.weight", 4)[3] // 2 for i in range(n)]


def _upsampling(shapes: Shapes) -> dict[str, Any]:
    rates = _rates(shapes)
    kernels = [2 * rate for rate in rates]
    return {"kind": "transposed", "rates": rates, "kernels": kernels, "slope": _SLOPE}


def _contract(shapes: Shapes, net: str, above: Shapes | None = None) -> Contract:
    """The published front end, with the hop of the upsampling and as many mels as are seen."""
    n_mels = shapes.of(f"{net}res_blocks.0.filter_conv_c.weight", 3)[1]
    tree = {"preset": "clarinet", "channels": n_mels, "hop": math.prod(_rates(above or shapes))}
    return parse(Contract, tree, shapes.file)


def _join_layers(shapes: Shapes, net: str, model: nn.Module) -> None:
    """Convolutions that see the same become one; the conditioning's bias joins the dilated one."""
    state, file, n_layers = shapes.state, shapes.file, model.stack.n_layers
    for i in range(n_layers):
        layer = f"{net}res_blocks.{i}"
        dilated = [f"{layer}.{kind}_conv.conv" for kind in ("filter", "gate")]
        join_rows(state, f"{layer}.dilated", dilated, file)
        cond = [f"{layer}.{kind}_conv_c" for kind in ("filter", "gate")]
        join_rows(state, f"{layer}.cond", cond, file)
        _add_bias(shapes, f"{layer}.dilated", f"{layer}.cond")
        kinds = ("res", "skip") if i < n_layers - 1 else ("skip",)
        join_rows(state, f"{layer}.res_skip", [f"{layer}.{kind}_conv" for kind in kinds], file)
    unused = f"{net}res_blocks.{n_layers - 1}.res_conv."  # computed there, and used by nobody
    for name in [n for n in state if n.startswith(unused)]:
        del state[name]
    join_rows(state, f"{net}cond", [f"{net}res_blocks.{i}.cond" for i in range(n_layers)], file)
    if f"{net}cond.weight_v" not in state:  # weight norm was removed before it was saved
        weight = state.pop(f"{net}cond.weight")
        state[f"{net}cond.weight_g"] = weight.flatten(1).norm(dim=1).view(-1, 1, 1)
        state[f"{net}cond.weight_v"] = weight


def _add_bias(shapes: Shapes, to: str, of: str) -> None:
    """Move a bias that is added to the same sum."""
    here, there = f"{to}.bias", f"{of}.bias"
    if shapes.of(here, 1) != shapes.of(there, 1):
        raise CheckpointError(
            f"{shapes.file}: tensor {there} has another length than {here}; "
            "use an undamaged checkpoint"
        )
    shapes.state[here] = shapes.state[here] + shapes.state.pop(there)


def _move_net(mover: Mover, ours: str, theirs: str, model: nn.Module) -> None:
    mover.normed(f"{ours}front", f"{theirs}front_conv.0.conv")
    for i in range(model.stack.n_layers):
        mover.normed(f"{ours}stack.dilated.{i}", f"{theirs}res_blocks.{i}.dilated")
        mover.normed(f"{ours}stack.res_skip.{i}", f"{theirs}res_blocks.{i}.res_skip")
    weight = f"{ours}stack.cond.parametrizations.weight"
    mover.tensor(f"{weight}.original0", f"{theirs}cond.weight_g")
    mover.tensor(f"{weight}.original1", f"{theirs}cond.weight_v")
    mover.normed(f"{ours}hidden", f"{theirs}final_conv.1.conv")
    mover.normed(f"{ours}last", f"{theirs}final_conv.3.conv")


def _folded_upsampling(shapes: Shapes, model: nn.Module) -> State:
    """A student's upsampling is not learnt, so it comes without weight norm."""
    folded: State = {}
    for name, tensor in shapes.state.items():
        if name.endswith(".weight_v"):
            length = shapes.state.get(name.removesuffix("_v") + "_g", torch.ones(1))
            folded[name.removesuffix("_v")] = torch._weight_norm(tensor, length, 0)
        elif not name.endswith(".weight_g"):
            folded[name] = tensor
    mover = Mover(folded, model, shapes.file)
    for i in range(len(model.upsampler.convs)):
        mover.plain(f"upsampler.convs.{i}", f"{_UPSAMPLING}{2 * i}")
    return mover.done()


def _buffers(model: nn.Module) -> State:
    """Statistics of frames, which the public code does not have."""
    return dict(model.named_buffers())
