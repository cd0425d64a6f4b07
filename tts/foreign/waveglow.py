"""Import of WaveGlow's official checkpoints, of NVIDIA's two repositories and all their layouts.

Every size is read off the tensors; a config.json only tells of the audio.

References:
    https://github.com/NVIDIA/waveglow, what its convert_model.py knows, and glow_old.py.
    https://github.com/NVIDIA/DeepLearningExamples, PyTorch/SpeechSynthesis/Tacotron2.
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
from tts.foreign.shapes import Shapes, join_rows

MODULES = ("glow.WaveGlow", "glow.WN", "glow.Invertible1x1Conv")
OLD_MODULES = ("glow_old.WaveGlow", "glow_old.WN")
_NAMED = "a WaveGlow"


def read(
    file: str | Path, config: str | Path | None = None, *, glow_old: bool = False
) -> Imported:
    """The model of a checkpoint, which may be a whole pickled module or a state dict.

    Args:
        config: the training's config.json, for another front end than the published one.
        glow_old: the model has the maths of glow_old.py, in which odd flows exchange the roles of
            the two halves. Its tensors look the same, so only the user can know.
    Raises:
        TTSError: the file is missing or damaged, or not a WaveGlow.
    """
    modules = MODULES + OLD_MODULES if glow_old else MODULES
    state = _bare(read_state(file, "model", "state_dict", modules=modules))
    shapes = Shapes(state, str(file), _NAMED)
    _join_layers(shapes)
    section = {**_section(shapes), "exchanged": glow_old}
    n_mels, _, _ = shapes.of("upsample.weight", 3)
    contract, source = _contract(file, config, n_mels)
    model = build.build("vocoder", section, contract, source=source)
    weights = _weights(shapes, model, section["group"])
    n_parameters = sum(p.numel() for p in model.parameters())
    return Imported("vocoder", section, contract, {}, weights, n_parameters)


def _bare(state: State) -> State:
    """Without the prefix that two wrappers at once leave behind `module.`."""
    wrapped = bool(state) and all(name.startswith("1.") for name in state)
    return {name.removeprefix("1."): t for name, t in state.items()} if wrapped else state


def _join_layers(shapes: Shapes) -> None:
    """Older layouts into today's: one convolution for conditioning, one for residual and skip."""
    state, file = shapes.state, shapes.file
    for k in range(shapes.count("WN.")):
        net, n_layers = f"WN.{k}", shapes.count(f"WN.{k}.in_layers.")
        if shapes.has(f"{net}.cond_layers.0."):
            parts = [f"{net}.cond_layers.{i}" for i in range(n_layers)]
            join_rows(state, f"{net}.cond_layer", parts, file)
        if shapes.has(f"{net}.skip_layers.0."):
            for i in range(n_layers):
                kinds = ("res", "skip") if i < n_layers - 1 else ("skip",)
                parts = [f"{net}.{kind}_layers.{i}" for kind in kinds]
                join_rows(state, f"{net}.res_skip_layers.{i}", parts, file)


def _section(shapes: Shapes) -> dict[str, Any]:
    n_flows = shapes.count("convinv.")
    widths = [shapes.of(f"convinv.{k}.conv.weight", 3)[0] for k in range(max(1, n_flows))]
    every = next((k for k in range(1, n_flows) if widths[k] != widths[0]), n_flows)
    channels, _, kernel = shapes.of("WN.0.in_layers.0.weight", 3)
    section = {
        "name": "waveglow",
        "n_flows": n_flows,
        "group": widths[0],
        "early_every": every,
        "channels": channels // 2,
        "n_layers": shapes.count("WN.0.in_layers."),
        "kernel": kernel,
        "upsample_kernel": shapes.of("upsample.weight", 3)[2],
    }
    if every < n_flows:
        section["early_channels"] = widths[0] - widths[every]
    return section


def _contract(file: str | Path, config: str | Path | None, n_mels: int) -> tuple[Contract, str]:
    """The published front end, or that of a training config; and what to call its source."""
    published = {"preset": "tacotron2", "channels": n_mels}
    if config is None and not (Path(file).parent / "config.json").is_file():
        return parse(Contract, published, str(file)), str(file)
    tree, path = read_json(file, config)
    data = Fields(tree, str(path)).section("data_config")
    told = {
        "sample_rate_hz": data["sampling_rate"],
        "hop": data["hop_length"],
        "n_fft": data["filter_length"],
        "win": data["win_length"],
        "fmin_hz": data["mel_fmin"],
        "fmax_hz": data["mel_fmax"],
    }
    return parse(Contract, published | told, str(path)), f"{file} with {path}"


def _weights(shapes: Shapes, model: nn.Module, group: int) -> State:
    state = shapes.state
    for name in list(state):
        if name.endswith((".cond_layer.weight", ".cond_layer.weight_v")):
            # Channel c of sample s is theirs at c * group + s, ours at s * C + c.
            weight = state[name]
            if weight.shape[1] % group == 0:
                state[name] = weight.unflatten(1, (-1, group)).transpose(1, 2).flatten(1, 2)
    mover = Mover(state, model, shapes.file)
    mover.plain("upsample.conv", "upsample")
    k = 0
    for s, scale in enumerate(model.flow.scales):
        for step in range(len(scale.flows) // 2):
            ours = f"flow.scales.{s}.flows.{2 * step}"
            shapes.check_invertible(f"convinv.{k}.conv.weight")
            mover.tensor(f"{ours}.weight", f"convinv.{k}.conv.weight")
            _move_net(mover, scale.flows[2 * step + 1].net, s, 2 * step + 1, k)
            k += 1
    return mover.done()


def _move_net(mover: Mover, net: nn.Module, scale: int, place: int, k: int) -> None:
    ours, theirs = f"flow.scales.{scale}.flows.{place}.net", f"WN.{k}"
    mover.normed(f"{ours}.start", f"{theirs}.start")
    for i in range(net.stack.n_layers):
        mover.normed(f"{ours}.stack.dilated.{i}", f"{theirs}.in_layers.{i}")
        mover.normed(f"{ours}.stack.res_skip.{i}", f"{theirs}.res_skip_layers.{i}")
    mover.normed(f"{ours}.stack.cond", f"{theirs}.cond_layer")
    mover.plain(f"{ours}.end", f"{theirs}.end")
