"""Weights in eight bits: how near they are, how small, and that they still speak."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from tts.errors import CheckpointError
from tts.nn.conv import same_conv, weight_norm
from tts.voice import int8, pack
from tts.voice.voice import Voice


class Mixed(nn.Module):
    """One layer of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = weight_norm(same_conv(6, 8, 3))
        self.up = nn.ConvTranspose1d(8, 4, 4, 2)
        self.linear = nn.Linear(8, 5, bias=False)
        self.embedding = nn.Embedding(9, 8)
        self.norm = nn.LayerNorm(8)
        self.mixing = nn.Parameter(torch.eye(4))
        self.register_buffer("steps", torch.arange(3))


def test_only_weights_of_layers_are_in_eight_bits() -> None:
    names = int8.layer_weights(Mixed())
    assert names == {"conv.parametrizations.weight.original1", "up.weight", "linear.weight"}


def test_every_number_is_within_half_a_step() -> None:
    model = Mixed()
    with torch.no_grad():
        model.linear.weight[2] = 0.0
        model.linear.weight[3] *= 1e-6
    state = model.state_dict()
    layers = int8.layer_weights(model)
    stored = int8.packed(state, layers)
    again = int8.unpacked(stored, "test")
    assert again.keys() == state.keys()
    for name, tensor in state.items():
        if name in layers:
            assert stored[name].dtype == torch.int8
            largest = tensor.flatten(1).abs().amax(1)
            apart = (again[name] - tensor).flatten(1).abs().amax(1)
            assert (apart <= largest / 254 * 1.0001).all()
            assert torch.equal(again[name].flatten(1).abs().amax(1) > 0, largest > 0)
        elif tensor.is_floating_point():
            assert torch.equal(stored[name], tensor.half())
        else:
            assert torch.equal(again[name], tensor)


def test_a_voice_in_eight_bits(acoustic: Path, vocoder: Path, tmp_path: Path) -> None:
    whole = pack.pack(acoustic, tmp_path / "whole", vocoder)
    small = pack.pack(acoustic, tmp_path / "small", vocoder, dtype="int8")
    assert json.loads((small / pack.CARD).read_text())["dtype"] == "int8"
    assert pack.read_card(whole).dtype == "float32"
    read, exact = pack.read(small), pack.read(whole)
    for ours, theirs in (
        (read.acoustic.model, exact.acoustic.model),
        (read.vocoder, exact.vocoder),
    ):
        for name, tensor in theirs.state_dict().items():
            assert ours.state_dict()[name].dtype == tensor.dtype
            apart = (ours.state_dict()[name] - tensor).abs().max()
            assert apart <= tensor.abs().max() / 250
    options = {"precision": "float32", "device": "cpu"}
    said = [Voice.load(folder, **options).say("a bad cab", seed=1) for folder in (whole, small)]
    assert abs(len(said[0].samples) - len(said[1].samples)) <= 0.1 * len(said[0].samples)


def test_about_a_byte_for_each_parameter(tmp_path: Path) -> None:
    layer = nn.Conv1d(256, 256, 7)
    stored = int8.packed(layer.state_dict(), int8.layer_weights(layer))
    safetensors.torch.save_file(stored, tmp_path / "a.safetensors")
    n_parameters = sum(p.numel() for p in layer.parameters())
    assert (tmp_path / "a.safetensors").stat().st_size < 1.01 * n_parameters


def test_scales_without_their_weights_are_refused(
    acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    small = pack.pack(acoustic, tmp_path / "small", vocoder, dtype="int8")
    file = small / "vocoder.safetensors"
    stored = safetensors.torch.load_file(file)
    name = next(n for n in stored if n.endswith(int8.SCALE))
    for change in ({name: torch.ones(99)}, {"nobody" + int8.SCALE: torch.ones(3)}):
        safetensors.torch.save_file({**stored, **change}, file)
        with pytest.raises(CheckpointError, match="belongs to no weights in int8"):
            pack.read(small)
