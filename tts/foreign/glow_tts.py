"""Import of Glow-TTS's official checkpoints, with their symbol table and text cleaners.

References:
    https://github.com/jaywalnut310/glow-tts, configs/base.json and base_blank.json.
"""

from __future__ import annotations

import logging
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
from tts.text.frontend import Frontend, FrontendConfig
from tts.text.tokens import TokenTable, glow_tts_symbols

logger = logging.getLogger(__name__)

CLEANERS = {
    "english_cleaners": "tacotron",
    "basic_cleaners": "basic",
    "transliteration_cleaners": "transliteration",
}


def read(
    file: str | Path, config: str | Path | None = None, *, cmudict: str | Path | None = None
) -> Imported:
    """The model of a `G_*.pth` file.

    Args:
        cmudict: the dictionary it was trained with; by default the one its config names, if it is
            there. Without it all words are spelled.
    Raises:
        TTSError: a file is missing or damaged, or config and weights do not fit together.
    """
    tree, path = read_json(file, config)
    fields = Fields(tree, str(path))
    state = read_state(file, "model")
    data, section = fields.section("data"), _section(fields.section("model"))
    table = _table(state, bool(data.get("add_blank", False)), str(file))
    sizes = {"n_tokens": len(table), "n_speakers": 1}
    if "emb_g.weight" in state:
        shape = _table_shape(state, "emb_g.weight", str(file))
        sizes["n_speakers"], section["speaker_channels"] = shape
    contract = parse(Contract, _contract(data), str(path))
    model = build.build("acoustic", section, contract, sizes, source=str(path))
    weights = _weights(state, model, str(file))
    frontend = _frontend(data, table, path, cmudict)
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("acoustic", section, contract, sizes, weights, n_parameters, frontend)


def _section(model: Fields) -> dict[str, Any]:
    """Settings; where the config is silent, what the official constructor assumes."""
    width = model["hidden_channels"]
    return {
        "name": "glow_tts",
        "channels": model.get("hidden_channels_enc", None) or width,
        "feed_forward_channels": model["filter_channels"],
        "n_heads": model.get("n_heads", 2),
        "n_blocks": model.get("n_layers_enc", 6),
        "kernel": model.get("kernel_size", 3),
        "dropout": model.get("p_dropout", 0.0),
        "attention_window": model.get("window_size", None),
        "attention_block": model.get("block_length", None),
        "prenet": model.get("prenet", False),
        "mean_only": model.get("mean_only", False),
        "duration_channels": model["filter_channels_dp"],
        "flow_channels": model.get("hidden_channels_dec", None) or width,
        "flow_kernel": model.get("kernel_size_dec", 5),
        "flow_dilation_base": model.get("dilation_rate", 5),
        "n_flow_blocks": model.get("n_blocks_dec", 12),
        "n_flow_layers": model.get("n_block_layers", 4),
        "flow_dropout": model.get("p_dropout_dec", 0.0),
        "mixing_group": model.get("n_split", 4),
        "n_squeeze": model.get("n_sqz", 1),
        "sigmoid_scale": model.get("sigmoid_scale", False),
    }


def _contract(data: Fields) -> dict[str, Any]:
    return {
        "preset": "tacotron2",
        "sample_rate_hz": data["sampling_rate"],
        "hop": data["hop_length"],
        "channels": data["n_mel_channels"],
        "n_fft": data["filter_length"],
        "win": data["win_length"],
        "fmin_hz": data["mel_fmin"],
        "fmax_hz": data["mel_fmax"],
    }


def _table_shape(state: State, name: str, file: str) -> tuple[int, int]:
    """Rows and columns of an embedding."""
    if name not in state or state[name].dim() != 2:
        raise CheckpointError(
            f"{file}: holds no table {name}; give the checkpoint of a Glow-TTS model"
        )
    n_rows, n_columns = state[name].shape
    return n_rows, n_columns


def _table(state: State, blank: bool, file: str) -> TokenTable:
    table = TokenTable(glow_tts_symbols(blank))
    n_symbols, _ = _table_shape(state, "encoder.emb.weight", file)
    if n_symbols != len(table):
        raise CheckpointError(
            f"{file}: encoder.emb.weight has {n_symbols} rows, the published symbol table "
            f"{'with' if blank else 'without'} blank has {len(table)}; check data.add_blank"
        )
    return table


def _frontend(
    data: Fields, table: TokenTable, config: Path, cmudict: str | Path | None
) -> Frontend:
    cleaners = data.get("text_cleaners", ["english_cleaners"])
    if cleaners not in [[name] for name in CLEANERS]:
        known = ", ".join(CLEANERS)
        raise ConfigError(f"{config}: text_cleaners {cleaners}: expected a list of one of {known}")
    settings = {
        "normaliser": CLEANERS[cleaners[0]],
        "phonemiser": "cmudict",
        "blank": bool(data.get("add_blank", False)),
        "cmudict_file": _dictionary(data, config, cmudict),
    }
    return Frontend(parse(FrontendConfig, settings, str(config)), table)


def _dictionary(data: Fields, config: Path, given: str | Path | None) -> str | None:
    if given is not None:
        return str(given)
    named = data.get("cmudict_path", None)
    if named is None:
        return None
    for folder in (Path(), config.parent, config.parent.parent):
        if (folder / str(named)).is_file():
            return str(folder / str(named))
    logger.warning(
        "%s: no dictionary %s there, so all words are spelled; give it with --cmudict FILE",
        config,
        named,
    )
    return None


def _weights(state: State, model: nn.Module, file: str) -> State:
    mover = Mover(state, model, file)
    _move_encoder(mover, model)
    for i in range(len(model.decoder.flows) // 3):
        _move_flow_block(mover, model, 3 * i, file)
    if model.speakers is not None:
        mover.tensor("speakers.weight", "emb_g.weight")
    return mover.done()


def _move_encoder(mover: Mover, model: nn.Module) -> None:
    encoder = model.encoder
    mover.tensor("encoder.embedding.weight", "encoder.emb.weight")
    if encoder.prenet is not None:
        for i in range(len(encoder.prenet.convs)):
            mover.plain(f"encoder.prenet.convs.{i}", f"encoder.pre.conv_layers.{i}")
            _move_norm(mover, f"encoder.prenet.norms.{i}", f"encoder.pre.norm_layers.{i}")
        mover.plain("encoder.prenet.out", "encoder.pre.proj")
    for i in range(len(encoder.blocks)):
        ours, theirs = f"encoder.blocks.{i}", "encoder.encoder"
        for name, letter in (("query", "q"), ("key", "k"), ("value", "v"), ("out", "o")):
            mover.plain(f"{ours}.attention.{name}", f"{theirs}.attn_layers.{i}.conv_{letter}")
        if encoder.blocks[i].attention.window is not None:
            mover.tensor(f"{ours}.attention.relative_key", f"{theirs}.attn_layers.{i}.emb_rel_k")
            mover.tensor(f"{ours}.attention.relative_value", f"{theirs}.attn_layers.{i}.emb_rel_v")
        _move_norm(mover, f"{ours}.attention_norm", f"{theirs}.norm_layers_1.{i}")
        mover.plain(f"{ours}.widen", f"{theirs}.ffn_layers.{i}.conv_1")
        mover.plain(f"{ours}.narrow", f"{theirs}.ffn_layers.{i}.conv_2")
        _move_norm(mover, f"{ours}.feed_forward_norm", f"{theirs}.norm_layers_2.{i}")
    mover.plain("encoder.mean", "encoder.proj_m")
    if encoder.log_scale is not None:
        mover.plain("encoder.log_scale", "encoder.proj_s")
    for i in range(2):
        mover.plain(f"encoder.durations.convs.{i}", f"encoder.proj_w.conv_{i + 1}")
        _move_norm(mover, f"encoder.durations.norms.{i}", f"encoder.proj_w.norm_{i + 1}")
    mover.plain("encoder.durations.out", "encoder.proj_w.proj")


def _move_norm(mover: Mover, ours: str, theirs: str) -> None:
    mover.tensor(f"{ours}.gamma", f"{theirs}.gamma")
    mover.tensor(f"{ours}.beta", f"{theirs}.beta")


def _move_flow_block(mover: Mover, model: nn.Module, first: int, file: str) -> None:
    """ActNorm, mixing and coupling lie flat in the official list, three to a block, as in ours."""
    ours, theirs = "decoder.flows", "decoder.flows"
    mover.tensor(f"{ours}.{first}.log_scale", f"{theirs}.{first}.logs")
    mover.tensor(f"{ours}.{first}.bias", f"{theirs}.{first}.bias")
    mover.tensor(f"{ours}.{first + 1}.weight", f"{theirs}.{first + 1}.weight")
    matrix = mover.moved[f"{ours}.{first + 1}.weight"]
    if torch.linalg.cond(matrix.double()) > 1e6:
        raise CheckpointError(
            f"{file}: {theirs}.{first + 1}.weight has no usable inverse, so this flow cannot speak"
        )
    net, coupling = f"{ours}.{first + 2}.net", f"{theirs}.{first + 2}"
    stack = model.decoder.flows[first + 2].net.stack
    mover.normed(f"{net}.start", f"{coupling}.start")
    for i in range(stack.n_layers):
        mover.normed(f"{net}.stack.dilated.{i}", f"{coupling}.wn.in_layers.{i}")
        mover.normed(f"{net}.stack.res_skip.{i}", f"{coupling}.wn.res_skip_layers.{i}")
    if model.speakers is not None:
        mover.normed(f"{net}.stack.cond", f"{coupling}.wn.cond_layer")
    mover.plain(f"{net}.end", f"{coupling}.end")
