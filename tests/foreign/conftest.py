"""Checkpoints in the layouts of the official code, written from tiny models of ours.

The names are spelled out here a second time, apart from the importers' own tables, as rules that
rewrite our names; no file and no line of the official code is used.
"""

from __future__ import annotations

import copy
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
from tts.nn.conv import fold
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


# ClariNet

CLARINET_AUDIO = Contract(preset="clarinet", channels=8, hop=16)
CLARINET_UPSAMPLING = {"kind": "transposed", "rates": [4, 4], "kernels": [8, 8], "slope": 0.4}
CLARINET: Rules = (
    (r"^student\.flows\.(\d+)\.", r"iafs.\1."),
    (r"\bfront\.", "front_conv.0.conv."),
    (r"\bhidden\.", "final_conv.1.conv."),
    (r"\blast\.", "final_conv.3.conv."),
    (r"^upsampler\.convs\.0\.", "upsample_conv.0."),
    (r"^upsampler\.convs\.1\.", "upsample_conv.2."),
    *NORMED,
)


def clarinet_layers(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rows of our joined layers as the official code's layers of their own.

    It gives the conditioning a bias, and its last layer a residual that nobody uses.
    """
    split = {n: t for n, t in state.items() if ".stack." not in f".{n}"}
    for net in {n.split("stack.")[0] for n in state if "stack." in n}:
        n_layers = len({n for n in state if n.startswith(f"{net}stack.dilated.")}) // 3
        for i in range(n_layers):
            layer, here = f"{net}stack.dilated.{i}", f"{net}res_blocks.{i}"
            for kind in ("weight_g", "weight_v", "bias"):
                rows = state[f"{layer}.{kind}"].chunk(2)
                conditioning = (
                    [torch.full_like(row, 0.01 * i) for row in rows]
                    if kind == "bias"
                    else state[f"{net}stack.cond.{kind}"].chunk(n_layers)[i].chunk(2)
                )
                for name, row, cond in zip(("filter", "gate"), rows, conditioning):
                    own = row - cond if kind == "bias" else row
                    split[f"{here}.{name}_conv.conv.{kind}"] = own
                    split[f"{here}.{name}_conv_c.{kind}"] = cond
                both = state[f"{net}stack.res_skip.{i}.{kind}"]
                if i == n_layers - 1:
                    split[f"{here}.skip_conv.{kind}"] = both
                    split[f"{here}.res_conv.{kind}"] = torch.ones_like(both)
                else:
                    n_channels = len(state[f"{net}front_conv.0.conv.bias"])
                    split[f"{here}.res_conv.{kind}"] = both[:n_channels]
                    split[f"{here}.skip_conv.{kind}"] = both[n_channels:]
    return {n: t.clone() for n, t in split.items()}


def clarinet_teacher(n_layers: int = 4, cycle: int = 2, kernel: int = 2) -> Official:
    """A Gaussian WaveNet and the file that train.py leaves."""
    section = {
        "name": "wavenet",
        "output": "gaussian",
        "min_log_scale": -9.0,
        "channels": 5,
        "gate_channels": 6,
        "skip_channels": 7,
        "kernel": kernel,
        "front_kernel": 4,
        "front_relu": True,
        "n_layers": n_layers,
        "cycle": cycle,
        "skip": "sum",
        "upsampling": CLARINET_UPSAMPLING,
        "normalise": False,
    }
    model = build.build("vocoder", section, CLARINET_AUDIO)
    perturb(model)
    config = {"num_blocks": n_layers // cycle, "num_layers": cycle}
    name = "checkpoint_step000000003.pth"
    official = Official("clarinet", model, CLARINET, config, "state_dict", name)
    without = {n: t for n, t in official.state.items() if not n.startswith("frame_")}
    official.state = clarinet_layers(without)
    return official


def clarinet_student(teacher: Official, layers: Sequence[int] = (3, 2)) -> Official:
    """A student with the upsampling of a teacher, and the file that train_student.py leaves."""
    section = {
        "name": "parallel_wavenet",
        "distribution": "gaussian",
        "layers": layers,
        "channels": 5,
        "gate_channels": 6,
        "skip_channels": 7,
        "front_kernel": 4,
        "upsampling": CLARINET_UPSAMPLING,
    }
    model = build.build("vocoder", section, CLARINET_AUDIO)
    perturb(model)
    model.learn_from(fold(copy.deepcopy(teacher.model)))
    config, name = {"num_layers_s": 10}, "checkpoint_step000000005.pth"
    official = Official("clarinet", model, CLARINET, config, "state_dict", name)
    official.state = clarinet_layers(
        {n: t for n, t in official.state.items() if n.startswith("iafs.")}
    )
    return official


# WaveGlow

WAVEGLOW_SECTION = {
    "name": "waveglow",
    "n_flows": 5,
    "group": 8,
    "early_every": 2,
    "early_channels": 2,
    "channels": 6,
    "n_layers": 3,
    "upsample_kernel": 64,
}
WAVEGLOW: Rules = (
    (r"^upsample\.conv\.", "upsample."),
    (r"^flow\.scales\.(\d+)\.flows\.(\d+)\.weight$", lambda m: f"{_step(m)}.conv.weight"),
    (r"^flow\.scales\.(\d+)\.flows\.(\d+)\.net\.", lambda m: f"WN.{_step(m).split('.')[1]}."),
    (r"\.stack\.dilated\.", ".in_layers."),
    (r"\.stack\.res_skip\.", ".res_skip_layers."),
    (r"\.stack\.cond\.", ".cond_layer."),
    *NORMED,
)


def _step(match: re.Match[str]) -> str:
    """Mixing and coupling alternate in ours; theirs lie in two lists."""
    return f"convinv.{int(match[1]) * WAVEGLOW_SECTION['early_every'] + int(match[2]) // 2}"


def waveglow(contract: Contract = GLOW_AUDIO, **over: Any) -> Official:
    """A WaveGlow with two early outputs, one after every second flow."""
    model = build.build("vocoder", {**WAVEGLOW_SECTION, **over}, contract)
    perturb(model)
    data = {
        "sampling_rate": 4000,
        "filter_length": 64,
        "hop_length": 16,
        "win_length": 64,
        "mel_fmin": 0.0,
        "mel_fmax": 2000.0,
    }
    config = {"train_config": {"sigma": 1.0}, "data_config": data, "waveglow_config": {}}
    official = Official("waveglow", model, WAVEGLOW, config, "model", "waveglow_2000")
    for name, tensor in official.state.items():
        if name.startswith("convinv."):
            official.state[name] = tensor[:, :, None]
        if name.endswith("cond_layer.weight_v"):  # theirs counts the samples within a channel
            columns = tensor.unflatten(1, (8, -1)).transpose(1, 2)
            official.state[name] = columns.flatten(1, 2).clone()
    return official


def waveglow_older(state: dict[str, torch.Tensor], split: bool) -> dict[str, torch.Tensor]:
    """With a conditioning convolution for each layer; `split`: residual and skip apart, too."""
    older, n_layers = {}, WAVEGLOW_SECTION["n_layers"]
    for name, tensor in state.items():
        stem, _, kind = name.rpartition(".")
        net, _, layer = stem.partition(".cond_layer")
        if ".cond_layer." in name:
            for i, rows in enumerate(tensor.chunk(n_layers)):
                older[f"{net}.cond_layers.{i}.{kind}"] = rows.clone()
        elif split and ".res_skip_layers." in name:
            net, layer = stem.split(".res_skip_layers.")
            halves = tensor.chunk(2) if int(layer) < n_layers - 1 else (tensor,)
            for part, rows in zip(("skip", "res"), reversed(halves)):
                older[f"{net}.{part}_layers.{layer}.{kind}"] = rows.clone()
        else:
            older[name] = tensor
    return older


# FloWaveNet

FLOWAVENET_AUDIO = Contract(preset="clarinet", channels=6, hop=16)
FLOWAVENET_SECTION = {
    "name": "flowavenet",
    "n_blocks": 3,
    "n_flows": 2,
    "blocks_per_split": 2,
    "channels": 6,
    "n_layers": 3,
    "upsampling": {"kind": "transposed", "rates": [4, 4], "kernels": [8, 8], "slope": 0.4},
}


def flowavenet(**over: Any) -> Official:
    """A FloWaveNet that splits after its second block, with a scale below zero."""
    model = build.build("vocoder", {**FLOWAVENET_SECTION, **over}, FLOWAVENET_AUDIO)
    perturb(model)
    with torch.no_grad():
        model.flow.scales[1].flows[0].scale[::2].neg_()
    rules = (
        (r"^upsample\.convs\.(\d)\.", lambda m: f"upsample_conv.{2 * int(m[1])}."),
        (r"^flow\.scales\.(\d+)\.flows\.", r"blocks.\1.flows."),
        *NORMED,
    )
    official = Official("flowavenet", model, rules, {}, "state_dict", "checkpoint_step000000003")
    n_flows = {**FLOWAVENET_SECTION, **over}["n_flows"]
    official.state = _flowavenet_state(official.state, n_flows)
    return official


def _flowavenet_state(ours: dict[str, torch.Tensor], n_flows: int) -> dict[str, torch.Tensor]:
    theirs = {}
    for name, tensor in ours.items():
        found = re.match(r"(blocks\.(\d+))\.flows\.(\d+)\.(.*)$", name)
        if found is None:
            theirs[name] = tensor
            continue
        block, number, place, rest = found[1], int(found[2]), int(found[3]), found[4]
        if place % 3 == 0 and place < 3 * n_flows:
            actnorm = f"{block}.flows.{place // 3}.actnorm"
            scale = ours[f"{block}.flows.{place}.scale"]
            value = tensor if rest == "scale" else tensor / scale
            theirs[f"{actnorm}.{'scale' if rest == 'scale' else 'loc'}"] = value[None, :, None]
        else:
            prior = place == 3 * n_flows
            net = f"{block}.prior" if prior else f"{block}.flows.{place // 3}.coupling.net"
            swapped = prior and (number + 1) * n_flows % 2 == 1
            _flowavenet_net(theirs, net, rest.removeprefix("net."), tensor, number + 1, swapped)
    return theirs


def _flowavenet_net(
    theirs: dict[str, torch.Tensor],
    net: str,
    name: str,
    tensor: torch.Tensor,
    n_squeezes: int,
    swapped: bool,
) -> None:
    """One tensor of a coupling or prior, as their tensors."""
    prior, (stem, _, kind) = net.endswith("prior"), name.rpartition(".")
    if stem == "front":
        theirs[f"{net}.front_conv.0.conv.{kind}"] = tensor
    elif stem == "hidden":
        theirs[f"{net}.final_conv.1.conv.{kind}"] = tensor
    elif stem == "end":
        rows = tensor if prior else torch.cat(tensor.chunk(2)[::-1])  # log-scale first
        own = {"log_gain": "scale"}.get(kind, f"conv.{kind}")
        theirs[f"{net}.final_conv.3.{own}"] = rows[None, :, None] if own == "scale" else rows
    elif stem.startswith("stack.dilated"):
        for part, rows in zip(("filter", "gate"), tensor.chunk(2)):
            block = stem.replace("stack.dilated", "res_blocks")
            theirs[f"{net}.{block}.{part}_conv.conv.{kind}"] = rows
    elif stem.startswith("stack.res_skip"):
        block, last = stem.replace("stack.res_skip", "res_blocks"), len(tensor) == 6
        for part, rows in zip(
            ("skip", "res"), (tensor, tensor) if last else tensor.chunk(2)[::-1]
        ):
            theirs[f"{net}.{block}.{part}_conv.{kind}"] = rows  # of the last, res is unused
    else:
        if kind == "weight_v":  # by channel, then by the phase of each squeeze, the first coarsest
            halves = tensor.unflatten(1, (2 if prior else 1, *[2] * n_squeezes, -1))
            halves = halves.flip(1) if swapped else halves
            order = (0, 1, n_squeezes + 2, *range(n_squeezes + 1, 1, -1), n_squeezes + 3)
            tensor = halves.permute(order).flatten(1, -2)
        n_layers = 2 if prior else FLOWAVENET_SECTION["n_layers"]
        for i, rows in enumerate(tensor.chunk(n_layers)):
            for part, own in zip(("filter", "gate"), rows.chunk(2)):
                theirs[f"{net}.res_blocks.{i}.{part}_conv_c.{kind}"] = own
