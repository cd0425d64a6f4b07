"""Import of Vocos's published checkpoints: pytorch_model.bin and its config.yaml.

References:
    https://github.com/gemelo-ai/vocos, layout of the released vocos-mel-24khz.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from tts import build
from tts.audio.mel import mel_filters
from tts.config import load_yaml, parse
from tts.contracts import Contract
from tts.errors import CheckpointError, ConfigError
from tts.foreign.mover import Mover
from tts.foreign.parts import Imported
from tts.foreign.reader import Fields, State, read_state

_PARTS = {  # of the config, with the only class of each that a mel vocoder is made of
    "feature_extractor": "MelSpectrogramFeatures",
    "backbone": "VocosBackbone",
    "head": "ISTFTHead",
}
_TRAINING = ("multiperioddisc.", "multiresddisc.", "melspec_loss.")  # in files that train.py left
_FILTERS = "feature_extractor.mel_spec.mel_scale.fb"
_FILTER_TOLERANCE = 1e-4  # another library's filters differ in the last digits


def read(file: str | Path, config: str | Path | None = None) -> Imported:
    """The generator of a checkpoint, with its mel.

    Args:
        config: its YAML config, by default `config.yaml` beside it.
    Raises:
        TTSError: a file is missing or damaged, or config and weights do not fit together.
    """
    path = Path(config) if config else Path(file).parent / "config.yaml"
    sections = _sections(path)
    contract = parse(Contract, _contract(sections["feature_extractor"]), str(path))
    section = _section(sections, contract)
    state = read_state(file, "state_dict")
    state = {n: t for n, t in state.items() if not n.startswith(_TRAINING)}
    _check_filters(state, contract, str(file))
    model = build.build("vocoder", section, contract, source=str(path))
    weights = _generator(state, model, str(file))
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, weights, n_parameters)


def _sections(path: Path) -> dict[str, Fields]:
    """The arguments of each part; a training config keeps them two levels deeper."""
    tree = load_yaml(path)
    if "model" in tree:
        tree = Fields(tree, str(path)).section("model").section("init_args").tree
    sections = {}
    for name, wanted in _PARTS.items():
        part = Fields(tree, str(path)).section(name)
        found = str(part["class_path"]).rsplit(".", 1)[-1]
        if found != wanted:
            raise ConfigError(
                f"{path}: {name} is a {found}, expected {wanted}: only the Vocos of mels is a "
                "vocoder of ours"
            )
        sections[name] = part.section("init_args")
    return sections


def _contract(fields: Fields) -> dict[str, Any]:
    padding = {"center": "centre", "same": "half"}
    given = fields.get("padding", "center")
    return {
        "preset": "vocos",
        "sample_rate_hz": fields.get("sample_rate", 24_000),
        "hop": fields.get("hop_length", 256),
        "channels": fields.get("n_mels", 100),
        "n_fft": fields.get("n_fft", 1024),
        "win": fields.get("n_fft", 1024),
        "padding": padding.get(str(given), given),
    }


def _section(sections: dict[str, Fields], contract: Contract) -> dict[str, Any]:
    backbone, head = sections["backbone"], sections["head"]
    mine = {"hop_length": contract.hop, "padding": {"centre": "center"}.get(contract.padding)}
    theirs = {
        "hop_length": head["hop_length"],
        "padding": {"center": "center"}.get(str(head.get("padding", "same"))),
    }
    if mine != theirs:
        raise ConfigError(f"{head.source}: hop_length and padding differ from those of the mel")
    if backbone.get("adanorm_num_embeddings", None) is not None:
        raise ConfigError(
            f"{backbone.source}: adanorm_num_embeddings: only the Vocos of codecs has them"
        )
    return {
        "name": "vocos",
        "channels": backbone["dim"],
        "hidden_channels": backbone["intermediate_dim"],
        "n_blocks": backbone["num_layers"],
        "n_fft": head["n_fft"],
    }


def _check_filters(state: State, contract: Contract, file: str) -> None:
    """The mel it was trained on is the one we make; nothing else tells of it."""
    filters = state.pop(_FILTERS, None)
    if filters is None:
        return
    ours = torch.from_numpy(mel_filters(contract)).T
    if filters.shape != ours.shape or (filters - ours).abs().max() > _FILTER_TOLERANCE:
        raise CheckpointError(
            f"{file}: {_FILTERS} is not the mel that the config describes; use its own config"
        )


def _generator(state: State, model: nn.Module, file: str) -> State:
    unused = ("feature_extractor.mel_spec.spectrogram.window", "head.istft.window")
    state = {name: tensor for name, tensor in state.items() if name not in unused}
    mover = Mover(state, model, file)
    mover.plain("generator.embed", "backbone.embed")
    mover.plain("generator.norm", "backbone.norm")
    for i in range(len(model.generator.blocks)):
        ours, theirs = f"generator.blocks.{i}", f"backbone.convnext.{i}"
        mover.plain(f"{ours}.depthwise", f"{theirs}.dwconv")
        mover.plain(f"{ours}.norm", f"{theirs}.norm")
        mover.plain(f"{ours}.widen", f"{theirs}.pwconv1")
        mover.plain(f"{ours}.narrow", f"{theirs}.pwconv2")
        mover.tensor(f"{ours}.scale", f"{theirs}.gamma")
    mover.plain("generator.last_norm", "backbone.final_layer_norm")
    mover.plain("generator.head", "head.out")
    return mover.done()
