"""Import of r9y9's WaveNet checkpoints: its three outputs, and the design of the weights of 2018.

What could not be brought in exactly is refused, but for two things. Mu-law classes are read as
ours, whose middles lie at most half a class off in the design of 2018. And the frames of 2018 were
made by another STFT (lws), of which only the level and the mel scale are in the contract.

References:
    https://github.com/r9y9/wavenet_vocoder, hparams.py, egs/*/conf and, at 2092a64, presets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
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

_PREEMPHASIS = 0.85  # written in the official audio.py
_OUTPUTS = {"Logistic": "logistics", "Normal": "gaussian"}


def read(
    file: str | Path,
    config: str | Path | None = None,
    *,
    statistics: str | Path | None = None,
) -> Imported:
    """The model of a `checkpoint_step*.pth` file, averaged (`_ema`) or not.

    Args:
        config: the JSON of its hyper-parameters.
        statistics: a NumPy file (2, C), mean and standard deviation of each mel bin, which the
            frames were normalised with; without it they must come in normalised.
    Raises:
        TTSError: a file is missing or damaged, config and weights do not fit together, or the
            model has a part that ours has not.
    """
    tree, path = read_json(file, config)
    fields = Fields(tree, str(path))
    shapes = Shapes(read_state(file, "state_dict"), str(file), "r9y9's WaveNet")
    is_old = shapes.has("upsample_conv.")
    section = _section(fields, is_old)
    contract = parse(Contract, _contract(fields, is_old), str(path))
    model = build.build("vocoder", section, contract, source=str(path))
    weights = _weights(shapes, model, is_old)
    weights |= _statistics(statistics, section["gain"], model)
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, weights, n_parameters)


def _section(fields: Fields, is_old: bool) -> dict[str, Any]:
    n_speakers = fields["n_speakers"] if fields["gin_channels"] > 0 else 1
    return {
        "name": "wavenet",
        **_output(fields),
        "channels": fields["residual_channels"],
        "gate_channels": fields["gate_channels"],
        "skip_channels": fields["skip_out_channels"],
        "n_layers": fields["layers"],
        "cycle": _cycle(fields),
        "kernel": fields["kernel_size"],
        "skip": "running" if is_old else "root",
        "upsampling": _old_upsampling(fields) if is_old else _upsampling(fields),
        "normalise": not is_old,
        "n_speakers": n_speakers,
        "speaker_channels": max(1, fields["gin_channels"]),
        "gain": 1.0 if is_old else fields["global_gain_scale"],
        "preemphasis": 0.0 if is_old else _preemphasis(fields),
        "dropout": fields["dropout"],
    }


def _cycle(fields: Fields) -> int:
    n_layers, n_stacks = fields["layers"], fields["stacks"]
    if n_stacks < 1 or n_layers % n_stacks:
        raise ConfigError(f"{fields.source}: layers {n_layers} must divide by stacks {n_stacks}")
    return n_layers // n_stacks


def _output(fields: Fields) -> dict[str, Any]:
    n_out, kind = fields["out_channels"], fields["input_type"]
    if kind == "mulaw-quantize":
        return {"output": "mulaw", "n_classes": n_out}
    named = fields.get("output_distribution", "Logistic")
    fits = {"Logistic": n_out >= 3 and n_out % 3 == 0, "Normal": n_out == 2}
    if kind != "raw" or not fits.get(named, False):
        raise ConfigError(
            f"{fields.source}: input_type {kind!r} with {n_out} channels of {named!r}: expected "
            "raw with logistics or one Gaussian, or mulaw-quantize; no other is brought in"
        )
    section = {"output": _OUTPUTS[named], "min_log_scale": fields["log_scale_min"]}
    if named == "Logistic":
        section |= {"n_mixtures": n_out // 3, "n_levels": fields["quantize_channels"]}
    return section


def _upsampling(fields: Fields) -> dict[str, Any]:
    net = fields["upsample_net"] if fields["upsample_conditional_features"] else None
    inner = fields.section("upsample_params")
    plain = {"freq_axis_kernel_size": 1, "upsample_activation": "none", "mode": "nearest"}
    different = [name for name, value in plain.items() if inner.get(name, value) != value]
    if net != "ConvInUpsampleNetwork" or different:
        raise ConfigError(
            f"{fields.source}: upsample_net {net} with {', '.join(different) or 'its defaults'}: "
            "only ConvInUpsampleNetwork with nearest stretching and no activation is brought in"
        )
    rates = inner["upsample_scales"]
    return {"kind": "stretch", "rates": rates, "context": fields["cin_pad"]}


def _old_upsampling(fields: Fields) -> dict[str, Any]:
    if fields["freq_axis_kernel_size"] != 3:
        raise ConfigError(
            f"{fields.source}: freq_axis_kernel_size {fields['freq_axis_kernel_size']}: only 3 is "
            "brought in"
        )
    rates = fields["upsample_scales"]
    return {"kind": "transposed", "rates": rates, "kernels": rates, "slope": 0.0}


def _preemphasis(fields: Fields) -> float:
    done, undone = fields["preprocess"], fields["postprocess"]
    if (done, undone) == ("preemphasis", "inv_preemphasis"):
        return _PREEMPHASIS
    if (done or "", undone or "") == ("", ""):
        return 0.0
    raise ConfigError(
        f"{fields.source}: preprocess {done!r} and postprocess {undone!r}: only preemphasis and "
        "inv_preemphasis, or nothing, are brought in"
    )


def _contract(fields: Fields, is_old: bool) -> dict[str, Any]:
    if fields["cin_channels"] != fields["num_mels"]:
        raise ConfigError(
            f"{fields.source}: cin_channels {fields['cin_channels']} must be num_mels, "
            f"{fields['num_mels']}; a model without a mel is not brought in"
        )
    tree = {
        "sample_rate_hz": fields["sample_rate"],
        "hop": fields["hop_size"],
        "channels": fields["num_mels"],
        "n_fft": fields["fft_size"],
        "win": fields.get("win_length", fields["fft_size"]),
        "fmin_hz": fields["fmin"],
        "fmax_hz": fields["fmax"],
        "padding": "centre",
        "magnitude_eps": 0.0,
    }
    if not is_old:
        return {**tree, "log": "log10", "floor": 1e-10}
    lowest = fields["min_level_db"]
    return {
        **tree,
        "log": "db",
        "floor": 10 ** (lowest / 20),
        "shift": lowest + fields["ref_level_db"],
        "scale": -lowest,
        "clip": (0.0, 1.0),
    }


def _weights(shapes: Shapes, model: nn.Module, is_old: bool) -> State:
    state, n_layers = shapes.state, model.config.n_layers
    own = {"front.weight": _table(shapes)} if model.config.output == "mulaw" else {}
    _join_layers(shapes, n_layers, model.speakers is not None)
    mover = Mover(state, model, shapes.file)
    if not own:
        mover.normed("front", "first_conv")
    for layer in range(n_layers):
        mover.normed(f"stack.dilated.{layer}", f"conv_layers.{layer}.conv")
        out = "res_skip" if layer < n_layers - 1 else "conv1x1_skip"
        mover.normed(f"stack.res_skip.{layer}", f"conv_layers.{layer}.{out}")
    move_without_bias(mover, "stack.cond", "cond")
    mover.normed("hidden", "last_conv_layers.1")
    mover.normed("last", "last_conv_layers.3")
    if is_old:
        for i in range(len(model.upsampler.convs)):
            mover.normed(f"upsampler.convs.{i}", f"upsample_conv.{2 * i}")
    else:
        mover.tensor("upsampler.first.weight", "upsample_net.conv_in.weight")
        for i in range(len(model.upsampler.smooth)):
            theirs = f"upsample_net.upsample.up_layers.{2 * i + 1}"
            move_without_bias(mover, f"upsampler.smooth.{i}", theirs)
    if model.speakers is not None:
        mover.tensor("speakers.weight", "embed_speakers.weight")
    return {**own, **mover.done()}


def move_without_bias(mover: Mover, ours: str, theirs: str) -> None:
    """The weight of a layer with weight norm, which the source may have folded away."""
    folded = mover.source.pop(f"{theirs}.weight", None)
    if folded is not None and f"{theirs}.weight_v" not in mover.source:
        length = folded.flatten(1).norm(dim=1).view(-1, *[1] * (folded.dim() - 1))
        mover.source |= {f"{theirs}.weight_g": length, f"{theirs}.weight_v": folded}
    inside = f"{ours}.parametrizations.weight"
    mover.tensor(f"{inside}.original0", f"{theirs}.weight_g")
    mover.tensor(f"{inside}.original1", f"{theirs}.weight_v")


def _join_layers(shapes: Shapes, n_layers: int, speaks: bool) -> None:
    """Residual and skip become one layer, all conditioning another, without biases of its own."""
    state, file = shapes.state, shapes.file
    conditioning = []
    for layer in range(n_layers):
        here = f"conv_layers.{layer}"
        shapes.of(f"{here}.conv1x1_out.weight", 3)
        if layer < n_layers - 1:
            parts = [f"{here}.conv1x1_out", f"{here}.conv1x1_skip"]
            join_rows(state, f"{here}.res_skip", parts, file)
        else:  # the last layer's residual goes nowhere
            for name in [name for name in state if name.startswith(f"{here}.conv1x1_out.")]:
                del state[name]
        for kind in ("conv1x1c", "conv1x1g")[: 1 + speaks]:
            bias = state.pop(f"{here}.{kind}.bias", None)
            if bias is not None:
                state[f"{here}.conv.bias"] = taken(shapes, f"{here}.conv.bias") + bias
        if speaks:
            both = [_folded(shapes, f"{here}.{kind}") for kind in ("conv1x1c", "conv1x1g")]
            state[f"{here}.conv1x1c.weight"] = torch.cat(both, 1)
        conditioning.append(f"{here}.conv1x1c")
    join_rows(state, "cond", conditioning, file)


def taken(shapes: Shapes, name: str) -> torch.Tensor:
    """A tensor, taken out of the state.

    Raises:
        CheckpointError: it is not there.
    """
    if name not in shapes.state:
        raise CheckpointError(
            f"{shapes.file}: tensor {name} is missing; use an undamaged checkpoint"
        )
    return shapes.state.pop(name)


def _folded(shapes: Shapes, layer: str) -> torch.Tensor:
    """A layer's weight, taken out of the state; rows scaled to their lengths."""
    shapes.of(f"{layer}.weight", 3)
    if f"{layer}.weight" in shapes.state:
        return taken(shapes, f"{layer}.weight")
    direction, length = (taken(shapes, f"{layer}.weight_{part}") for part in "vg")
    return direction * (length / direction.flatten(1).norm(dim=1).view(length.shape))


def _table(shapes: Shapes) -> torch.Tensor:
    """What a 1x1 convolution makes of one-hot classes, class by class."""
    bias = taken(shapes, "first_conv.bias")
    return _folded(shapes, "first_conv").squeeze(2).T + bias


def _statistics(file: str | Path | None, gain: float, model: nn.Module) -> State:
    """Mean and scale of frames of speech that was not scaled by the gain yet."""
    buffers = {name: t.clone() for name, t in model.named_buffers() if name.startswith("frame_")}
    if file is None:
        return buffers
    try:
        numbers = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CheckpointError(f"{file}: no NumPy file of numbers ({error})") from None
    wanted = (2, len(buffers["frame_mean"]))
    if numbers.shape != wanted or not np.isfinite(numbers).all() or (numbers[1] <= 0).any():
        raise CheckpointError(
            f"{file}: shape {numbers.shape}; expected {wanted}, means and positive deviations"
        )
    mean, scale = torch.from_numpy(numbers).float().unsqueeze(2)
    return {"frame_mean": mean - float(np.log10(gain)), "frame_scale": scale}
