"""Import of FloWaveNet's official checkpoints; every size is read off the tensors.

References:
    https://github.com/ksw0306/FloWaveNet, the files that its train.py leaves.
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
from tts.foreign.reader import State, read_state
from tts.foreign.shapes import Shapes, join_rows

_SLOPE = 0.4  # of the upsampling's leaky ReLU, written in the official code
_NAMED = "a FloWaveNet"


def read(file: str | Path, config: str | Path | None = None) -> Imported:
    """The model of a `checkpoint_step*.pth` file.

    Raises:
        TTSError: the file is missing or damaged, or not a FloWaveNet.
    """
    if config is not None:
        raise ConfigError(f"{config}: FloWaveNet has no config file; leave --config out")
    shapes = Shapes(read_state(file, "state_dict"), str(file), _NAMED)
    section = _section(shapes)
    contract = parse(Contract, _contract(shapes), str(file))
    model = build.build("vocoder", section, contract, source=str(file))
    weights = _weights(shapes, model)
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, weights, n_parameters)


def _rates(shapes: Shapes) -> tuple[int, ...]:
    """Of the upsampling, whose kernels are twice as wide; between them lie activations."""
    n = 0
    while shapes.has(f"upsample_conv.{2 * n}."):
        n += 1
    return tuple(shapes.of(f"upsample_conv.{2 * i}.weight", 4)[3] // 2 for i in range(n))


def _section(shapes: Shapes) -> dict[str, Any]:
    n_blocks, net = shapes.count("blocks."), "blocks.0.flows.0.coupling.net"
    channels, _, _ = shapes.of(f"{net}.front_conv.0.conv.weight", 3)
    priors = [b for b in range(n_blocks) if shapes.has(f"blocks.{b}.prior.")]
    for b in priors[:1]:
        shapes.of(f"blocks.{b}.prior.res_blocks.0.filter_conv.conv.weight", 3)
    rates = _rates(shapes)
    return {
        "name": "flowavenet",
        "n_blocks": n_blocks,
        "n_flows": shapes.count("blocks.0.flows."),
        "blocks_per_split": priors[0] + 1 if priors else n_blocks,
        "channels": channels,
        "n_layers": shapes.count(f"{net}.res_blocks."),
        "prior_layers": shapes.count(f"blocks.{priors[0]}.prior.res_blocks.") if priors else 2,
        "kernel": shapes.of(f"{net}.res_blocks.0.filter_conv.conv.weight", 3)[2],
        "upsampling": {
            "kind": "transposed",
            "rates": list(rates),
            "kernels": [2 * rate for rate in rates],
            "slope": _SLOPE,
        },
    }


def _contract(shapes: Shapes) -> dict[str, Any]:
    """The published front end; the first coupling sees half of twice the channels."""
    seen = "blocks.0.flows.0.coupling.net.res_blocks.0.filter_conv_c.weight"
    n_mels, hop = shapes.of(seen, 3)[1], math.prod(_rates(shapes))
    if n_mels % 2:
        raise CheckpointError(
            f"{shapes.file}: an odd number of mel channels, {n_mels}, whose halves share one; "
            "such a model cannot be brought in"
        )
    return {"preset": "clarinet", "channels": n_mels, "hop": hop}


def _weights(shapes: Shapes, model: nn.Module) -> State:
    state, n_flows = shapes.state, model.config.n_flows
    actnorms, nets = [], []  # where they lie, in ours and in theirs
    for b, scale in enumerate(model.flow.scales):
        ours, theirs = f"flow.scales.{b}.flows", f"blocks.{b}"
        for i in range(n_flows):
            actnorms.append((f"{ours}.{3 * i}", f"{theirs}.flows.{i}.actnorm"))
            net = (f"{ours}.{3 * i + 1}.net", f"{theirs}.flows.{i}.coupling.net")
            nets.append((*net, scale.flows[3 * i + 1].net))
        if len(scale.flows) > 3 * n_flows:
            nets.append((f"{ours}.{3 * n_flows}.net", f"{theirs}.prior", scale.flows[-1].net))
    for _, theirs in actnorms:
        _prepare_actnorm(shapes, theirs)
    for _, theirs, net in nets:
        _prepare_net(shapes, theirs, net, n_flows)
    mover = Mover(state, model, shapes.file)
    for i in range(len(model.upsample.convs)):
        mover.normed(f"upsample.convs.{i}", f"upsample_conv.{2 * i}")
    for ours, theirs in actnorms:
        mover.tensor(f"{ours}.scale", f"{theirs}.scale")
        mover.tensor(f"{ours}.bias", f"{theirs}.bias")
    for ours, theirs, net in nets:
        _move_net(mover, ours, theirs, net)
    return mover.done()


def _prepare_actnorm(shapes: Shapes, theirs: str) -> None:
    """scale * (x + loc) becomes scale * x + bias."""
    for name in ("scale", "loc"):
        shapes.of(f"{theirs}.{name}", 3)
    scale, loc = shapes.state[f"{theirs}.scale"], shapes.state.pop(f"{theirs}.loc")
    if (scale == 0).any():
        raise CheckpointError(
            f"{shapes.file}: {theirs}.scale holds a zero, which has no inverse; "
            "use an earlier checkpoint"
        )
    if scale.shape != loc.shape:
        raise CheckpointError(
            f"{shapes.file}: {theirs}.loc has shape {tuple(loc.shape)}, expected "
            f"{tuple(scale.shape)}, as its scale has"
        )
    shapes.state[f"{theirs}.bias"] = scale * loc


def _prepare_net(shapes: Shapes, theirs: str, net: nn.Module, n_flows: int) -> None:
    """Convolutions that see the same become one; columns and rows go where ours are."""
    state, file, n_layers = shapes.state, shapes.file, net.stack.n_layers
    layers = [f"{theirs}.res_blocks.{i}" for i in range(n_layers)]
    for i, layer in enumerate(layers):
        parts = [f"{layer}.{kind}_conv.conv" for kind in ("filter", "gate")]
        join_rows(state, f"{layer}.dilated", parts, file)
        kinds = ("res", "skip") if i < n_layers - 1 else ("skip",)
        join_rows(state, f"{layer}.res_skip", [f"{layer}.{kind}_conv" for kind in kinds], file)
    for name in [n for n in state if n.startswith(f"{layers[-1]}.res_conv.")]:
        del state[name]  # computed there, and used by nobody
    parts = [f"{layer}.{kind}_conv_c" for layer in layers for kind in ("filter", "gate")]
    join_rows(state, f"{theirs}.cond", parts, file)
    for name in (f"{theirs}.cond.weight", f"{theirs}.cond.weight_v"):
        if name in state and state[name].shape[1] == net.stack.cond.in_channels:
            n_squeezes = int(theirs.split(".")[1]) + 1
            state[name] = _columns(state[name], n_squeezes, net.half, n_squeezes * n_flows % 2)
    if net.half is not None:  # theirs has the log-scale first
        end = f"{theirs}.final_conv.3"
        for name, axis in (
            (f"{end}.conv.weight", 0),
            (f"{end}.conv.bias", 0),
            (f"{end}.scale", 1),
        ):
            if name in state:
                state[name] = torch.cat(state[name].chunk(2, axis)[::-1], axis)


def _columns(
    weight: torch.Tensor, n_squeezes: int, half: int | None, swapped: int
) -> torch.Tensor:
    """The columns that see the conditioning, (O, D, 1), in our order.

    Theirs lie by channel, then by the phase of each squeeze; ours the other way round, and the
    halves of the channels one after the other. In theirs the halves are `swapped` at times.
    """
    n_halves = 2 if half is None else 1
    weight = weight.view(len(weight), n_halves, -1, *[2] * n_squeezes)
    weight = weight.flip(1) if swapped else weight
    return weight.permute(0, 1, *range(n_squeezes + 2, 1, -1)).reshape(len(weight), -1, 1)


def _move_net(mover: Mover, ours: str, theirs: str, net: nn.Module) -> None:
    mover.normed(f"{ours}.front", f"{theirs}.front_conv.0.conv")
    for i in range(net.stack.n_layers):
        mover.normed(f"{ours}.stack.dilated.{i}", f"{theirs}.res_blocks.{i}.dilated")
        mover.normed(f"{ours}.stack.res_skip.{i}", f"{theirs}.res_blocks.{i}.res_skip")
    mover.normed(f"{ours}.stack.cond", f"{theirs}.cond")
    mover.normed(f"{ours}.hidden", f"{theirs}.final_conv.1.conv")
    mover.plain(f"{ours}.end", f"{theirs}.final_conv.3.conv")
    mover.tensor(f"{ours}.end.log_gain", f"{theirs}.final_conv.3.scale")
