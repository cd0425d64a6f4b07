"""r9y9's and nv-wavenet's checkpoints, written from tiny models of ours."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from tests.checks import perturb
from tests.foreign.conftest import Official
from tts import build
from tts.contracts import Contract
from tts.nn.conv import fold

State = dict[str, torch.Tensor]

SIZES = {
    "channels": 7,
    "gate_channels": 10,
    "skip_channels": 6,
    "n_layers": 4,
    "cycle": 2,
    "kernel": 3,
}
MEL = {"sample_rate_hz": 4000, "hop": 16, "channels": 8, "n_fft": 64, "win": 64}
R9Y9_AUDIO = Contract(
    **MEL, fmin_hz=50.0, fmax_hz=1900.0, padding="centre", magnitude_eps=0.0, log="log10",
    floor=1e-10,
)  # fmt: skip
OLD_AUDIO = R9Y9_AUDIO.model_copy(
    update={"log": "db", "floor": 1e-5, "shift": -80.0, "scale": 100.0, "clip": (0.0, 1.0)}
)
NV_AUDIO = Contract(preset="nv_wavenet", **MEL, fmax_hz=2000.0)


def layer(weight: torch.Tensor, bias: torch.Tensor | None = None) -> State:
    """A layer with weight norm; its direction has another length than its weight."""
    length = weight.flatten(1).norm(dim=1).view(-1, *[1] * (weight.dim() - 1))
    state = {"weight_g": length, "weight_v": 1.7 * weight}
    return state if bias is None else {**state, "bias": bias}


def _folded(model: Any) -> nn.Module:
    """The same model with plain weights."""
    again = type(model)(model.config, model.contract)
    again.load_state_dict(model.state_dict())
    return fold(again)


def put(state: State, name: str, content: State) -> None:
    state.update({f"{name}.{kind}": tensor.clone() for kind, tensor in content.items()})


def r9y9_section(output: str, is_old: bool, n_speakers: int) -> dict[str, Any]:
    """Our settings."""
    stretched = {"kind": "stretch", "rates": [4, 4], "context": 1}
    transposed = {"kind": "transposed", "rates": [4, 4], "kernels": [4, 4], "slope": 0.0}
    floor = {} if output == "mulaw" else {"min_log_scale": -9.0}
    return {
        "name": "wavenet",
        "output": output,
        **SIZES,
        **floor,
        "n_mixtures": 2,
        "n_classes": 32,
        "skip": "running" if is_old else "root",
        "upsampling": transposed if is_old else stretched,
        "normalise": not is_old,
        "n_speakers": n_speakers,
        "speaker_channels": 3,
        "gain": 1.0 if is_old else 0.5,
        "preemphasis": 0.0 if is_old else 0.85,
        "dropout": 0.1,
    }


def r9y9_config(output: str, is_old: bool, n_speakers: int) -> dict[str, Any]:
    """The official hyper-parameters that say the same, and some that nobody needs."""
    tree = {
        "name": "wavenet_vocoder",
        "input_type": "mulaw-quantize" if output == "mulaw" else "raw",
        "quantize_channels": 32 if output == "mulaw" else 65_536,
        "out_channels": {"logistics": 6, "gaussian": 2, "mulaw": 32}[output],
        "log_scale_min": -9.0,
        "sample_rate": 4000,
        "num_mels": 8,
        "fmin": 50,
        "fmax": 1900,
        "fft_size": 64,
        "hop_size": 16,
        "layers": 4,
        "stacks": 2,
        "residual_channels": 7,
        "gate_channels": 10,
        "skip_out_channels": 6,
        "kernel_size": 3,
        "dropout": 0.1,
        "cin_channels": 8,
        "gin_channels": 3 if n_speakers > 1 else -1,
        "n_speakers": max(7, n_speakers) if n_speakers == 1 else n_speakers,
        "upsample_conditional_features": True,
        "batch_size": 2,
    }
    if is_old:
        own = {"upsample_scales": [4, 4], "freq_axis_kernel_size": 3}
        return {**tree, **own, "min_level_db": -100, "ref_level_db": 20}
    return {
        **tree,
        "output_distribution": "Normal" if output == "gaussian" else "Logistic",
        "preprocess": "preemphasis",
        "postprocess": "inv_preemphasis",
        "global_gain_scale": 0.5,
        "win_length": 64,
        "cin_pad": 1,
        "upsample_net": "ConvInUpsampleNetwork",
        "upsample_params": {"upsample_scales": [4, 4]},
    }


def r9y9(output: str = "logistics", is_old: bool = False, n_speakers: int = 1) -> Official:
    """A model of master, or of 2018."""
    section = r9y9_section(output, is_old, n_speakers)
    model = build.build("vocoder", section, OLD_AUDIO if is_old else R9Y9_AUDIO)
    perturb(model)
    config = r9y9_config(output, is_old, n_speakers)
    name = "checkpoint_step000000003_ema.pth"
    official = Official("wavenet", model, (), config, "state_dict", name)
    official.state = _r9y9_state(model, is_old)
    return official


def _r9y9_state(model: nn.Module, is_old: bool) -> State:
    plain, state = _folded(model), {}
    stack, config = plain.stack, model.config
    front = plain.front.weight.detach()
    if config.output == "mulaw":
        bias = torch.linspace(-0.1, 0.1, config.channels)
        put(state, "first_conv", layer((front - bias).T.unsqueeze(2), bias))
    else:
        put(state, "first_conv", layer(front, plain.front.bias.detach()))
    conditioning = stack.cond.weight.detach().chunk(config.n_layers)
    for i in range(config.n_layers):
        here, extra = f"conv_layers.{i}", torch.zeros(config.gate_channels)
        parts = {"conv1x1c": conditioning[i][:, :8], "conv1x1g": conditioning[i][:, 8:]}
        for n, (kind, weight) in enumerate(parts.items()):
            if weight.shape[1]:
                own = torch.full((config.gate_channels,), 0.1 * (i + n)) if is_old else None
                extra = extra if own is None else extra + own
                put(state, f"{here}.{kind}", layer(weight, own))
        dilated, both = stack.dilated[i], stack.res_skip[i]
        put(state, f"{here}.conv", layer(dilated.weight.detach(), dilated.bias.detach() - extra))
        rows = both.weight.detach(), both.bias.detach()
        n_residual = len(rows[1]) - config.skip_channels
        idle = torch.ones(config.channels, config.gate_channels // 2, 1), torch.ones(7)
        residual = tuple(t[:n_residual] for t in rows) if n_residual else idle
        put(state, f"{here}.conv1x1_out", layer(*residual))
        put(state, f"{here}.conv1x1_skip", layer(*(t[n_residual:] for t in rows)))
    for i, own in ((1, plain.hidden), (3, plain.last)):
        put(state, f"last_conv_layers.{i}", layer(own.weight.detach(), own.bias.detach()))
    if plain.speakers is not None:
        state["embed_speakers.weight"] = plain.speakers.weight.detach().clone()
    if is_old:
        for i, own in enumerate(plain.upsampler.convs):
            put(state, f"upsample_conv.{2 * i}", layer(own.weight.detach(), own.bias.detach()))
        return state
    state["upsample_net.conv_in.weight"] = plain.upsampler.first.weight.detach().clone()
    for i, own in enumerate(plain.upsampler.smooth):
        put(state, f"upsample_net.upsample.up_layers.{2 * i + 1}", layer(own.weight.detach()))
    return state


# nv-wavenet: the whole module is pickled, by the names of its classes


@contextmanager
def official_classes() -> Iterator[tuple[type[nn.Module], type[nn.Module]]]:
    """Classes of the official names, which can be pickled as long as this lasts."""
    wavenet = ModuleType("wavenet")
    conv = type("Conv", (nn.Module,), {"__module__": "wavenet"})
    whole = type("WaveNet", (nn.Module,), {"__module__": "wavenet"})
    wavenet.Conv, wavenet.WaveNet = conv, whole
    sys.modules["wavenet"] = wavenet
    try:
        yield conv, whole
    finally:
        del sys.modules["wavenet"]


class NvWavenet:
    """A tiny model of ours, and the checkpoint that nv-wavenet's training would have left."""

    def __init__(self, cycle: int = 2) -> None:
        section = {
            "name": "wavenet",
            "output": "mulaw",
            "n_classes": 32,
            **{**SIZES, "gate_channels": 14, "kernel": 2, "cycle": cycle},
            "head_channels": 9,
            "residual_scale": 1.0,
            "skip": "sum",
            "upsampling": {"kind": "direct", "kernels": [40]},
            "normalise": False,
        }
        self.model = build.build("vocoder", section, NV_AUDIO).eval()
        perturb(self.model)
        with torch.no_grad():
            for own in (self.model.hidden, self.model.last):
                own.bias.zero_()  # the official layers have none
        self.config = {
            "wavenet_config": {"max_dilation": 2 ** (cycle - 1) + (cycle > 1)},
            "data_config": {
                "sampling_rate": 4000, "hop_length": 16, "filter_length": 64, "win_length": 64,
            },
        }  # fmt: skip

    def write(self, file: Path, **save: Any) -> Path:
        with official_classes() as classes, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is no source code to put beside them
            torch.save({"model": self._module(*classes), "iteration": 3}, file, **save)
        return file

    def state(self) -> State:
        """The module's tensors by their names."""
        with official_classes() as classes:
            return self._module(*classes).state_dict()

    def _module(self, conv: type[nn.Module], whole: type[nn.Module]) -> nn.Module:
        plain, module = _folded(self.model), whole()
        stack, n_layers = plain.stack, self.model.config.n_layers

        def layered(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Module:
            inner = nn.Conv1d(weight.shape[1], len(weight), weight.shape[2], bias=bias is not None)
            inner.weight = nn.Parameter(weight.detach().clone())
            if bias is not None:
                inner.bias = nn.Parameter(bias.detach().clone())
            made = conv()
            made.conv = inner
            return made

        extra = torch.linspace(-0.2, 0.2, len(stack.cond.weight))
        module.upsample, module.embed = plain.upsampler.conv, plain.front
        module.cond_layers = layered(stack.cond.weight, extra)
        lists = {"dilate": nn.ModuleList(), "res": nn.ModuleList(), "skip": nn.ModuleList()}
        for i, dilated in enumerate(stack.dilated):
            own = extra.chunk(n_layers)[i]
            lists["dilate"].append(layered(dilated.weight, dilated.bias - own))
            weight, bias = stack.res_skip[i].weight, stack.res_skip[i].bias
            n_residual = len(bias) - stack.skip_channels
            if n_residual:
                lists["res"].append(layered(weight[:n_residual], bias[:n_residual]))
            lists["skip"].append(layered(weight[n_residual:], bias[n_residual:]))
        for name, layers in lists.items():
            setattr(module, f"{name}_layers", layers)
        module.conv_out = layered(plain.hidden.weight, None)
        module.conv_end = layered(plain.last.weight, None)
        return module
