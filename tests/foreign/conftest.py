"""Checkpoints in the layouts of the official code, written from tiny models of ours.

The names are spelled out here a second time, apart from the importers' own tables, as rules that
rewrite our names; no file and no line of the official code is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.checks import perturb
from tts import build
from tts.contracts import Contract
from tts.text.tokens import glow_tts_symbols

Rules = Sequence[tuple[str, Any]]  # a pattern, and what re.sub puts in its place

AUDIO = {"sample_rate_hz": 4000, "hop": 16, "channels": 8, "n_fft": 64, "win": 64}
HIFIGAN_AUDIO = Contract(**AUDIO, fmax_hz=2000.0)
GLOW_AUDIO = Contract(**AUDIO, fmax_hz=2000.0, padding="centre", magnitude_eps=0.0)

NORMED: Rules = (
    (r"\.parametrizations\.weight\.original0$", ".weight_g"),
    (r"\.parametrizations\.weight\.original1$", ".weight_v"),
)
SPECTRAL: Rules = (
    (r"\.parametrizations\.weight\.original$", ".weight_orig"),
    (r"\.parametrizations\.weight\.0\.([uv])$", r".weight_\1"),
)
GLOW: Rules = (
    (r"^speakers\.", "emb_g."),
    (r"\.embedding\.", ".emb."),
    (r"\.prenet\.convs\.", ".pre.conv_layers."),
    (r"\.prenet\.norms\.", ".pre.norm_layers."),
    (r"\.prenet\.out\.", ".pre.proj."),
    (r"\.blocks\.(\d+)\.attention\.query\.", r".encoder.attn_layers.\1.conv_q."),
    (r"\.blocks\.(\d+)\.attention\.key\.", r".encoder.attn_layers.\1.conv_k."),
    (r"\.blocks\.(\d+)\.attention\.value\.", r".encoder.attn_layers.\1.conv_v."),
    (r"\.blocks\.(\d+)\.attention\.out\.", r".encoder.attn_layers.\1.conv_o."),
    (r"\.blocks\.(\d+)\.attention\.relative_key$", r".encoder.attn_layers.\1.emb_rel_k"),
    (r"\.blocks\.(\d+)\.attention\.relative_value$", r".encoder.attn_layers.\1.emb_rel_v"),
    (r"\.blocks\.(\d+)\.attention_norm\.", r".encoder.norm_layers_1.\1."),
    (r"\.blocks\.(\d+)\.feed_forward_norm\.", r".encoder.norm_layers_2.\1."),
    (r"\.blocks\.(\d+)\.widen\.", r".encoder.ffn_layers.\1.conv_1."),
    (r"\.blocks\.(\d+)\.narrow\.", r".encoder.ffn_layers.\1.conv_2."),
    (r"^encoder\.mean\.", "encoder.proj_m."),
    (r"^encoder\.log_scale\.", "encoder.proj_s."),
    (r"\.durations\.convs\.0\.", ".proj_w.conv_1."),
    (r"\.durations\.convs\.1\.", ".proj_w.conv_2."),
    (r"\.durations\.norms\.0\.", ".proj_w.norm_1."),
    (r"\.durations\.norms\.1\.", ".proj_w.norm_2."),
    (r"\.durations\.out\.", ".proj_w.proj."),
    (r"^decoder\.flows\.(\d+)\.log_scale$", r"decoder.flows.\1.logs"),
    (r"\.net\.stack\.dilated\.", ".wn.in_layers."),
    (r"\.net\.stack\.res_skip\.", ".wn.res_skip_layers."),
    (r"\.net\.stack\.cond\.", ".wn.cond_layer."),
    (r"\.net\.(start|end)\.", r".\1."),
    *NORMED,
)


def rename(state: dict[str, torch.Tensor], rules: Rules) -> dict[str, torch.Tensor]:
    """Every name rewritten by all the rules that match it."""
    renamed = {}
    for name, tensor in state.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        renamed[name] = tensor.clone()
    assert len(renamed) == len(state)
    return renamed


def hifigan_rules(block: int, n_kernels: int) -> Rules:
    """Names of a generator; its residual blocks lie in one flat list."""

    def flat(match: re.Match[str]) -> str:
        stage, kernel, kind, i = (match[1], match[2], match[3], match[4])
        convs = {"dilated": "convs1" if block == 1 else "convs", "plain": "convs2"}[kind]
        return f"resblocks.{int(stage) * n_kernels + int(kernel)}.{convs}.{i}."

    stages = r"^generator\.stages\.(\d+)\."
    return (
        (stages + r"blocks\.(\d+)\.(dilated|plain)\.(\d+)\.", flat),
        (stages + r"upsample\.", r"ups.\1."),
        (r"^generator\.first\.", "conv_pre."),
        (r"^generator\.last\.", "conv_post."),
        *NORMED,
    )


def new_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As newer torch versions call the parts of a weight norm."""
    return rename(
        state,
        (
            (r"\.weight_g$", ".parametrizations.weight.original0"),
            (r"\.weight_v$", ".parametrizations.weight.original1"),
        ),
    )


def folded(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As the official code saves a model whose weight norm it has removed."""
    plain = {n: t for n, t in state.items() if not n.endswith((".weight_g", ".weight_v"))}
    for name in state:
        if name.endswith(".weight_g"):
            stem = name.removesuffix("_g")
            direction = state[f"{stem}_v"]
            norm = direction.flatten(1).norm(dim=1).view(state[name].shape)
            plain[stem] = direction * (state[name] / norm)
    return plain


def prefixed(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As DataParallel saves it."""
    return {f"module.{name}": tensor for name, tensor in state.items()}


class Official:
    """A tiny model of ours, and the files the official code would have left of it.

    Attributes:
        model: ours; state: its weights by the official names; config: the official JSON.
        kind: of `tts import`; wrapper: the key of the weights; name: of the file.
    """

    def __init__(
        self,
        kind: str,
        model: nn.Module,
        rules: Rules,
        config: dict[str, Any],
        wrapper: str,
        name: str,
    ) -> None:
        self.kind, self.model, self.config = kind, model.eval(), config
        self.wrapper, self.name = wrapper, name
        self.state = rename(model.state_dict(), rules)

    def write(self, folder: Path, tree: Any = None, **save: Any) -> Path:
        """The checkpoint, with `config.json` beside it; `tree` replaces the usual content."""
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(self.config))
        content = {self.wrapper: self.state, "iteration": 3} if tree is None else tree
        torch.save(content, folder / self.name, **save)
        return folder / self.name


def hifigan(block: int = 1) -> Official:
    """A generator with the residual blocks of V1 (`block` 1) or V3."""
    section = {
        "name": "hifigan",
        "channels": 8,
        "rates": [4, 4],
        "rate_kernels": [8, 8],
        "kernels": [3, 5],
        "dilations": [[1, 2], [1, 3]],
        "block": block,
    }
    config = {
        "resblock": str(block),
        "upsample_rates": section["rates"],
        "upsample_kernel_sizes": section["rate_kernels"],
        "upsample_initial_channel": section["channels"],
        "resblock_kernel_sizes": section["kernels"],
        "resblock_dilation_sizes": section["dilations"],
        "num_mels": 8,
        "n_fft": 64,
        "hop_size": 16,
        "win_size": 64,
        "sampling_rate": 4000,
        "fmin": 0,
        "fmax": 2000,
        "fmax_for_loss": None,
        "batch_size": 16,
        "dist_config": {"world_size": 1},
    }
    model = build.build("vocoder", section, HIFIGAN_AUDIO)
    perturb(model)
    return Official("hifigan", model, hifigan_rules(block, 2), config, "generator", "g_02500000")


def glow_tts(blank: bool = True, n_speakers: int = 1, **over: Any) -> Official:
    """A Glow-TTS; `over` changes keys of the official config's model section."""
    model_keys = {
        "hidden_channels": 8,
        "filter_channels": 8,
        "filter_channels_dp": 8,
        "kernel_size": 3,
        "n_layers_enc": 2,
        "n_heads": 2,
        "n_blocks_dec": 2,
        "n_block_layers": 2,
        "kernel_size_dec": 3,
        "dilation_rate": 1,
        "n_sqz": 2,
        "prenet": True,
        "mean_only": True,
        "hidden_channels_enc": 8,
        "hidden_channels_dec": 12,
        "window_size": 4,
        **over,
    }
    if n_speakers > 1:
        model_keys |= {"n_speakers": n_speakers, "gin_channels": 4}
    data_keys = {
        "text_cleaners": ["english_cleaners"],
        "sampling_rate": 4000,
        "filter_length": 64,
        "hop_length": 16,
        "win_length": 64,
        "n_mel_channels": 8,
        "mel_fmin": 0.0,
        "mel_fmax": 2000.0,
        "add_blank": blank,
    }
    section = {
        "name": "glow_tts",
        "channels": 8,
        "feed_forward_channels": 8,
        "duration_channels": 8,
        "n_blocks": 2,
        "n_flow_blocks": 2,
        "n_flow_layers": 2,
        "flow_kernel": 3,
        "flow_channels": 12,
        "n_squeeze": 2,
        "speaker_channels": 4,
        "prenet": model_keys["prenet"],
        "mean_only": model_keys["mean_only"],
        "attention_window": model_keys["window_size"],
    }
    sizes = {"n_tokens": len(glow_tts_symbols(blank)), "n_speakers": n_speakers}
    model = build.build("acoustic", section, GLOW_AUDIO, sizes)
    perturb(model)
    config = {"train": {"epochs": 1}, "data": data_keys, "model": model_keys}
    return Official("glow_tts", model, GLOW, config, "model", "G_340.pth")
