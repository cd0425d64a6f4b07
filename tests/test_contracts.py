"""Contracts: what joins, what converts, what is refused."""

from __future__ import annotations

import math

import pytest
import torch
from pydantic import ValidationError

from tts.audio.mel import MelSpectrogram
from tts.config import parse, to_tree
from tts.contracts import PRESETS, AcousticBatch, Contract, join
from tts.errors import ConfigError, ContractError


def test_equal_contracts_join_without_a_word() -> None:
    joined = join(Contract(), Contract(), "a", "b")
    frames = torch.randn(1, 80, 3)
    assert joined.note == "" and joined(frames) is frames


@pytest.mark.parametrize(
    "changes",
    [
        {"log": "log10"},
        {"log": "db", "shift": -20.0, "scale": 25.0},
        {"shift": -4.0, "scale": 2.0},
    ],
)
def test_affine_differences_convert_exactly(changes: dict) -> None:
    other = Contract(**changes)
    wav = 0.1 * torch.randn(1, 22_050)
    here, there = (MelSpectrogram(c)(wav) for c in (Contract(), other))
    to = join(Contract(), other, "a", "b")
    back = join(other, Contract(), "b", "a")
    torch.testing.assert_close(to(here), there, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(back(there), here, atol=1e-4, rtol=1e-4)
    assert "log" in to.note or "scale" in to.note


def test_other_padding_joins_with_a_note() -> None:
    joined = join(Contract(preset="tacotron2"), Contract(), "a", "b")
    assert "half a hop" in joined.note and (joined.gain, joined.offset) == (1, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": 100},
        {"hop": 300},
        {"sample_rate_hz": 24_000},
        {"fmax_hz": None},
        {"floor": 1e-10, "log": "log10"},
        {"power": 2},
        {"kind": "latent", "encoder_hash": "abc"},
        {"log": "db", "clip": (0.0, 1.0)},
    ],
)
def test_anything_else_is_refused_with_both_values(changes: dict) -> None:
    with pytest.raises(ContractError) as caught:
        join(Contract(), Contract(**changes), "the model", "the vocoder")
    message = str(caught.value)
    assert "the model and the vocoder" in message and "\n" not in message
    for name, value in changes.items():
        assert f"{name}: {getattr(Contract(), name)!r} against {value!r}" in message


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_are_whole_and_survive_being_written(name: str) -> None:
    contract = Contract(preset=name)
    assert parse(Contract, to_tree(contract), "x") == contract
    frames = MelSpectrogram(contract)(0.1 * torch.randn(1, 4 * contract.n_fft))
    assert frames.shape == (1, contract.channels, contract.n_frames(4 * contract.n_fft))


def test_a_preset_can_be_changed_and_must_exist() -> None:
    assert Contract(preset="tacotron2", hop=128).hop == 128
    with pytest.raises(ConfigError, match="hifigan"):
        parse(Contract, {"preset": "hifigun"}, "x")


@pytest.mark.parametrize(
    "changes",
    [
        {"hop": 0},
        {"win": 4096},
        {"floor": 0},
        {"hop": 255},
        {"hop": 2048},
        {"sample_rate_hz": 8000},
        {"fmin_hz": 9000.0},
        {"clip": (1.0, 0.0)},
        {"preset": ["hifigan"]},
    ],
)
def test_impossible_contracts(changes: dict) -> None:
    with pytest.raises(ValidationError):
        Contract(**changes)


def test_frames_and_their_time() -> None:
    assert Contract().n_frames(256 * 7 + 255) == 7
    assert Contract(padding="centre").n_frames(256 * 7) == 8
    assert math.isclose(Contract().frame_s, 256 / 22_050)


def test_batches_move_their_tensors_and_keep_the_rest() -> None:
    zeros = torch.zeros(1, 2)
    batch = AcousticBatch(("u",), zeros, zeros, zeros, zeros)
    moved = batch.to("meta")
    assert moved.tokens.device.type == "meta" and moved.utterances == ("u",)
    assert moved.speakers is None
