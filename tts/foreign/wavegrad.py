"""Import of WaveGrad checkpoints of both public implementations; the tensors' names tell which.

lmnt's files need no config. One that is given may hold a fork's `sample_rate`, `hop_samples`,
`factors` and `dilations`, and fields of our contract under `audio`: for the released 24 kHz
weights, which were trained with librosa's mel, `{"audio": {"mel_scale": "slaney", "mel_norm":
"slaney", "window_norm": false}}`. ivanvovk's files need the JSON config that his code writes.

References:
    https://github.com/lmnt-com/wavegrad, and its issue 7 on the mel of the released weights.
    https://github.com/ivanvovk/WaveGrad
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from tts import build, checkpoint
from tts.config import parse
from tts.contracts import Contract
from tts.errors import CheckpointError, ConfigError
from tts.foreign.mover import Mover
from tts.foreign.parts import Imported
from tts.foreign.reader import Fields, State, read_json, read_state

# Of both implementations; the paper has 1 2 4 8 in the first three blocks, not in the last three.
_DILATIONS = ((1, 2, 1, 2),) * 2 + ((1, 2, 4, 8),) * 3
_NETWORK = "nn."  # ivanvovk's network within his diffusion, beside buffers of its schedule

Names = Iterator[tuple[str, str]]  # ours and theirs, of convolutions


def read(file: str | Path, config: str | Path | None = None) -> Imported:
    """The network of a checkpoint, with the mel it was trained on.

    Raises:
        TTSError: a file is missing or damaged, or config and weights do not fit together.
    """
    state = read_state(file, "model")
    if "first_conv.weight" in state:
        given, source = read_json(file, config) if config else ({}, Path(file))
        fields = Fields({**_params(file), **given}, str(source))
        section = _lmnt_section(state, fields, file)
        contract = parse(Contract, _lmnt_contract(state, fields), f"{source}: audio")
        names = _lmnt_names(section)
    elif f"{_NETWORK}ublock_preconv.conv1d.weight" in state:
        given, source = read_json(file, config)
        fields = Fields(given, str(source))
        section = _ivanvovk_section(fields)
        contract = parse(Contract, _ivanvovk_contract(fields.section("data_config")), str(source))
        state = _joined({n: t for n, t in state.items() if n.startswith(_NETWORK)})
        names = _ivanvovk_names(section)
    else:
        raise CheckpointError(
            f"{file}: neither lmnt's WaveGrad (first_conv) nor ivanvovk's (nn.ublock_preconv): it "
            f"begins with {next(iter(state), 'nothing')}; give another file"
        )
    model = build.build("vocoder", section, contract, source=str(source))
    mover = Mover(state, model, str(file))
    for ours, theirs in names:
        mover.plain(f"network.{ours}", theirs)
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, mover.done(), n_parameters)


# lmnt


def _params(file: str | Path) -> dict[str, Any]:
    """The settings that a whole checkpoint of lmnt's holds."""
    tree = checkpoint.read_tensors(file)
    params = tree.get("params") if isinstance(tree, Mapping) else None
    return dict(params) if isinstance(params, Mapping) else {}


def _lmnt_section(state: State, fields: Fields, file: str | Path) -> dict[str, Any]:
    """Widths are those of the weights; what these do not show is the official code's."""
    n_blocks = len({m[1] for n in state if (m := re.match(r"upsample\.(\d+)\.", n))})

    def width(name: str) -> int:
        if f"{name}.weight" not in state:
            raise CheckpointError(f"{file}: tensor {name}.weight is missing; copy the file again")
        return state[f"{name}.weight"].shape[0]

    return {
        "name": "wavegrad",
        "factors": fields.get("factors", None),
        "frame_channels": width("first_conv"),
        "channels": [width(f"upsample.{i}.block1") for i in range(n_blocks)],
        "dilations": fields.get("dilations", _DILATIONS),
        "wave_channels": width("downsample.0"),
        "down_channels": [width(f"downsample.{i}.residual_dense") for i in range(1, n_blocks)],
        "down_dilations": [[1, 2, 4]] * (n_blocks - 1),
        "level_scale": 1.0,
        "clamp": "sample",
        **_lmnt_training(fields),
    }


def _lmnt_training(fields: Fields) -> dict[str, Any]:
    """The schedule of training, where the checkpoint tells it, taken for a linear one."""
    betas = fields.get("noise_schedule", None)
    if not isinstance(betas, list) or not betas:
        return {}
    return {"training_steps": len(betas), "first_beta": betas[0], "last_beta": betas[-1]}


def _lmnt_contract(state: State, fields: Fields) -> dict[str, Any]:
    hop = fields.get("hop_samples", 300)
    if not isinstance(hop, int) or hop < 1:
        raise ConfigError(f"{fields.source}: hop_samples = {hop!r}: expected a number of samples")
    return {
        "preset": "wavegrad_lmnt",
        "sample_rate_hz": fields.get("sample_rate", 22_050),
        "hop": hop,
        "win": 4 * hop,
        "n_fft": 1 << (4 * hop - 1).bit_length(),
        "channels": state["first_conv.weight"].shape[1],
        **fields.get("audio", {}),
    }


def _lmnt_names(section: dict[str, Any]) -> Names:
    n_blocks = len(section["channels"])
    yield from (("first", "first_conv"), ("last", "last_conv"), ("wave", "downsample.0"))
    for i in range(n_blocks):
        yield f"up.{i}.blocks.0.residual", f"upsample.{i}.block1"
        for k, name in enumerate(("block2.0", "block2.1", "block3.0", "block3.1")):
            yield f"up.{i}.blocks.0.convs.{k}", f"upsample.{i}.{name}"
        film = n_blocks - 1 - i  # numbered from the waveform
        yield f"up.{i}.film.first", f"film.{film}.input_conv"
        yield f"up.{i}.film.out", f"film.{film}.output_conv"
    for i in range(n_blocks - 1):
        yield f"down.{i}.0.residual", f"downsample.{i + 1}.residual_dense"
        for k in range(3):
            yield f"down.{i}.0.convs.{k}", f"downsample.{i + 1}.conv.{k}"


# ivanvovk


def _ivanvovk_section(fields: Fields) -> dict[str, Any]:
    shape = fields.section("model_config")
    diffusion = fields.section("training_config").section("training_noise_schedule")
    betas = diffusion["betas_range"]
    if not isinstance(betas, list) or len(betas) != 2:
        raise ConfigError(f"{diffusion.source}: betas_range = {betas!r}: expected two numbers")
    return {
        "name": "wavegrad",
        "factors": shape["factors"],
        "frame_channels": shape["upsampling_preconv_out_channels"],
        "channels": shape["upsampling_out_channels"],
        "dilations": shape["upsampling_dilations"],
        "wave_channels": shape["downsampling_preconv_out_channels"],
        "down_channels": shape["downsampling_out_channels"],
        "down_dilations": shape["downsampling_dilations"],
        "resampling": "linear",
        "training_steps": diffusion["n_iter"],
        "first_beta": betas[0],
        "last_beta": betas[1],
        "schedule_precision": "float32",
    }


def _ivanvovk_contract(data: Fields) -> dict[str, Any]:
    """The floor is ours: there, exactly no energy has the logarithm 0, and speech about -4."""
    return {
        "sample_rate_hz": data["sample_rate"],
        "n_fft": data["n_fft"],
        "win": data["win_length"],
        "hop": data["hop_length"],
        "channels": data["n_mels"],
        "fmin_hz": data["f_min"],
        "fmax_hz": data["f_max"],
        "mel_scale": "htk",
        "mel_norm": "none",
        "power": 2,
        "magnitude_eps": 0.0,
        "log": "log10",
        "floor": 1e-10,
        "padding": "centre",
    }


def _joined(state: State) -> State:
    """Each FiLM's two last convolutions as one: shift, then scale."""
    joined = dict(state)
    for name in state:
        if ".shift_conv." not in name:
            continue
        scale = name.replace(".shift_conv.", ".scale_conv.")
        if scale in state:
            parts = [joined.pop(name), joined.pop(scale)]
            joined[name.replace(".shift_conv.", ".shift_conv+scale_conv.")] = torch.cat(parts)
    return joined


def _ivanvovk_names(section: dict[str, Any]) -> Names:
    for ours, theirs in _ivanvovk_bare_names(section):
        yield ours, f"{_NETWORK}{theirs}.conv1d"


def _ivanvovk_bare_names(section: dict[str, Any]) -> Names:
    n_blocks = len(section["channels"])
    yield from (("first", "ublock_preconv"), ("last", "ublock_postconv"))
    yield "wave", "dblock_preconv"
    branches = (
        "first_block_main_branch.upsampling.2",
        "first_block_main_branch.modulation.convolution",
        "second_block_main_branch.modulation_0.convolution",
        "second_block_main_branch.modulation_1.convolution",
    )
    for i in range(n_blocks):
        yield f"up.{i}.blocks.0.residual", f"ublocks.{i}.first_block_residual_branch.0"
        for k, branch in enumerate(branches):
            yield f"up.{i}.blocks.0.convs.{k}", f"ublocks.{i}.{branch}"
        film = n_blocks - 1 - i  # numbered from the waveform
        yield f"up.{i}.film.first", f"films.{film}.signal_conv.0"
        yield f"up.{i}.film.out", f"films.{film}.shift_conv+scale_conv"
    for i, dilations in enumerate(section["down_dilations"]):
        yield f"down.{i}.0.residual", f"dblocks.{i}.residual_branch.0"
        for k in range(len(dilations)):
            yield f"down.{i}.0.convs.{k}", f"dblocks.{i}.main_branch.{k + 1}.convolution"
