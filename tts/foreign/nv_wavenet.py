"""Import of nv-wavenet's checkpoints: a whole pickled module, read without running its code.

Sizes are read off the tensors; only how far the dilation grows is not among them.

References:
    https://github.com/NVIDIA/nv-wavenet, pytorch/wavenet.py and config.json.
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
from tts.errors import ConfigError
from tts.foreign.mover import Mover
from tts.foreign.parts import Imported
from tts.foreign.reader import Fields, State, read_json, read_state
from tts.foreign.shapes import Shapes, join_rows
from tts.foreign.wavenet import move_without_bias, taken

MODULES = ("wavenet.WaveNet", "wavenet.Conv")
_MAX_DILATION = 128  # of the published config.json


def read(file: str | Path, config: str | Path | None = None) -> Imported:
    """The model of a checkpoint.

    Args:
        config: the training's config.json, for another audio or dilation than the published.
    Raises:
        TTSError: the file is missing or damaged, or not nv-wavenet's.
    """
    state = read_state(file, "model", modules=MODULES)
    shapes = Shapes(state, str(file), "nv-wavenet")
    fields = _fields(file, config)
    contract = parse(Contract, _contract(shapes, fields), fields.source)
    section = _section(shapes, fields)
    (window,) = section["upsampling"]["kernels"]
    if window < contract.hop:
        raise ConfigError(
            f"{fields.source}: the upsampling covers {window} samples, less than the hop of "
            f"{contract.hop}; give the training's own config.json with --config FILE"
        )
    model = build.build("vocoder", section, contract, source=fields.source)
    weights = {**_buffers(model), **_weights(shapes, model)}
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, weights, n_parameters)


def _fields(file: str | Path, config: str | Path | None) -> Fields:
    if config is None and not (Path(file).parent / "config.json").is_file():
        return Fields({}, str(file))
    tree, path = read_json(file, config)
    return Fields(tree, str(path))


def _part(fields: Fields, name: str) -> Fields:
    return fields.section(name) if name in fields.tree else Fields({}, fields.source)


def _contract(shapes: Shapes, fields: Fields) -> dict[str, Any]:
    data, wavenet = _part(fields, "data_config"), _part(fields, "wavenet_config")
    _, n_mels, _ = shapes.of("upsample.weight", 3)
    rate_hz = data.get("sampling_rate", 16_000)
    return {
        "preset": "nv_wavenet",
        "sample_rate_hz": rate_hz,
        "fmax_hz": rate_hz / 2 if isinstance(rate_hz, int) else None,
        "hop": data.get("hop_length", wavenet.get("upsamp_stride", 200)),
        "n_fft": data.get("filter_length", 800),
        "win": data.get("win_length", 800),
        "channels": n_mels,
    }


def _section(shapes: Shapes, fields: Fields) -> dict[str, Any]:
    n_classes, channels = shapes.of("embed.weight", 2)
    n_layers = shapes.count("dilate_layers.")
    gate_channels, _, kernel = shapes.of("dilate_layers.0.conv.weight", 3)
    head_channels, skip_channels, _ = shapes.of("conv_out.conv.weight", 3)
    _, _, window = shapes.of("upsample.weight", 3)
    return {
        "name": "wavenet",
        "output": "mulaw",
        "n_classes": n_classes,
        "channels": channels,
        "gate_channels": gate_channels,
        "skip_channels": skip_channels,
        "head_channels": head_channels,
        "n_layers": n_layers,
        "cycle": _cycle(fields),
        "kernel": kernel,
        "residual_scale": 1.0,
        "skip": "sum",
        "upsampling": {"kind": "direct", "kernels": [window]},
        "normalise": False,
    }


def _cycle(fields: Fields) -> int:
    """After how many layers the dilation starts anew."""
    highest = _part(fields, "wavenet_config").get("max_dilation", _MAX_DILATION)
    if not isinstance(highest, int) or highest < 1:
        raise ConfigError(f"{fields.source}: max_dilation = {highest!r}; expected 1 or more")
    return int(math.log2(highest)) + 1


def _weights(shapes: Shapes, model: nn.Module) -> State:
    state, n_layers = shapes.state, model.config.n_layers
    biases = taken(shapes, "cond_layers.conv.bias").chunk(n_layers)
    for layer in range(n_layers):
        if layer < n_layers - 1:
            parts = [f"res_layers.{layer}.conv", f"skip_layers.{layer}.conv"]
            join_rows(state, f"res_skip.{layer}", parts, shapes.file)
        own = f"dilate_layers.{layer}.conv.bias"
        state[own] = taken(shapes, own) + biases[layer]
    for name in ("conv_out.conv", "conv_end.conv"):  # which have no bias
        state[f"{name}.bias"] = torch.zeros(shapes.of(f"{name}.weight", 3)[0])
    mover = Mover(state, model, shapes.file)
    mover.tensor("front.weight", "embed.weight")
    mover.plain("upsampler.conv", "upsample")
    for layer in range(n_layers):
        mover.normed(f"stack.dilated.{layer}", f"dilate_layers.{layer}.conv")
        out = f"res_skip.{layer}" if layer < n_layers - 1 else f"skip_layers.{layer}.conv"
        mover.normed(f"stack.res_skip.{layer}", out)
    move_without_bias(mover, "stack.cond", "cond_layers.conv")
    mover.normed("hidden", "conv_out.conv")
    mover.normed("last", "conv_end.conv")
    return mover.done()


def _buffers(model: nn.Module) -> State:
    return {name: t.clone() for name, t in model.named_buffers() if name.startswith("frame_")}
