"""Import of HiFi-GAN's official checkpoints: `g_*`, and `do_*` for the discriminators.

References:
    https://github.com/jik876/hifi-gan, layout of the released LJ_V1, V2, V3 and UNIVERSAL_V1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from tts import build
from tts.config import parse
from tts.contracts import Contract
from tts.foreign.mover import Mover
from tts.foreign.parts import Imported
from tts.foreign.reader import Fields, State, read_json, read_state

_BLOCKS = {"1": 1, "2": 2}  # the official configs write the number as a string


def read(
    file: str | Path, config: str | Path | None = None, *, discriminator: str | Path | None = None
) -> Imported:
    """The generator of a `g_` file, and the discriminators of a `do_` file if one is given.

    Raises:
        TTSError: a file is missing or damaged, or config and weights do not fit together.
    """
    tree, path = read_json(file, config)
    fields = Fields(tree, str(path))
    contract = parse(Contract, _contract(fields), str(path))
    section = _section(fields)
    for_training = discriminator is not None
    model = build.build("vocoder", section, contract, for_training=for_training, source=str(path))
    weights = _generator(read_state(file, "generator"), model, str(file))
    if discriminator is not None:
        weights |= _discriminators(discriminator, model)
    return Imported("vocoder", section, contract, {}, weights, _n_parameters(model, weights))


def _contract(fields: Fields) -> dict[str, Any]:
    return {
        "sample_rate_hz": fields["sampling_rate"],
        "hop": fields["hop_size"],
        "channels": fields["num_mels"],
        "n_fft": fields["n_fft"],
        "win": fields["win_size"],
        "fmin_hz": fields["fmin"],
        "fmax_hz": fields["fmax"],
    }


def _section(fields: Fields) -> dict[str, Any]:
    return {
        "name": "hifigan",
        "channels": fields["upsample_initial_channel"],
        "rates": fields["upsample_rates"],
        "rate_kernels": fields["upsample_kernel_sizes"],
        "kernels": fields["resblock_kernel_sizes"],
        "dilations": fields["resblock_dilation_sizes"],
        "block": _BLOCKS.get(str(fields["resblock"]), fields["resblock"]),
        "loss_fmax_hz": fields.get("fmax_for_loss", None),
    }


def _generator(state: State, model: nn.Module, file: str) -> State:
    mover, generator = Mover(state, model, file), model.generator
    mover.normed("generator.first", "conv_pre")
    for i, stage in enumerate(generator.stages):
        mover.normed(f"generator.stages.{i}.upsample", f"ups.{i}")
        for j, block in enumerate(stage.blocks):
            ours = f"generator.stages.{i}.blocks.{j}"
            theirs = f"resblocks.{i * len(stage.blocks) + j}"
            dilated = "convs1" if block.plain else "convs"
            for k in range(len(block.dilated)):
                mover.normed(f"{ours}.dilated.{k}", f"{theirs}.{dilated}.{k}")
            for k in range(len(block.plain)):
                mover.normed(f"{ours}.plain.{k}", f"{theirs}.convs2.{k}")
    mover.normed("generator.last", "conv_post")
    return mover.done()


def _discriminators(file: str | Path, model: nn.Module) -> State:
    moved: State = {}
    for place, wrapper in enumerate(("mpd", "msd")):
        mover = Mover(read_state(file, wrapper), model, f"{file}: {wrapper}")
        for i, part in enumerate(model.discriminators[place].parts):
            ours, theirs = f"discriminators.{place}.parts.{i}", f"discriminators.{i}"
            move = mover.normed if part.batches_alike else mover.spectral
            for k in range(len(part.convs)):
                move(f"{ours}.convs.{k}", f"{theirs}.convs.{k}")
            move(f"{ours}.last", f"{theirs}.conv_post")
        moved |= mover.done()
    return moved


def _n_parameters(model: nn.Module, weights: State) -> int:
    return sum(p.numel() for name, p in model.named_parameters() if name in weights)
