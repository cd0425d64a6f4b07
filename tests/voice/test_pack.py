"""Packed voices: what is in them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from tests.tiny import CONTRACT, save_acoustic, save_bridge, save_vocoder
from tts import build, checkpoint
from tts.checkpoint import Checkpoint
from tts.config import to_tree
from tts.errors import CheckpointError, ContractError, DataError, TTSError
from tts.voice import pack
from tts.voice.voice import Voice

FILES = ["README.md", "acoustic.safetensors", "frontend.json", "speakers.txt", "tokens.txt"]


@pytest.fixture
def packed(acoustic: Path, vocoder: Path, tmp_path: Path) -> Path:
    return pack.pack(acoustic, tmp_path / "anna", vocoder)


def test_round_trip(acoustic: Path, vocoder: Path, packed: Path) -> None:
    assert pack.is_packed(packed) and not pack.is_packed(acoustic)
    assert sorted(p.name for p in packed.iterdir()) == sorted(
        [*FILES, "vocoder.safetensors", "voice.json"]
    )
    read = pack.read(packed)
    assert (read.acoustic.contract, read.acoustic.step) == (CONTRACT, 7)
    for ours, source in ((read.acoustic.model, acoustic), (read.vocoder, vocoder)):
        theirs = build.load(source).model.state_dict()
        assert ours.state_dict().keys() == theirs.keys()
        assert all(torch.equal(t, theirs[name]) for name, t in ours.state_dict().items())
        assert not ours.training
    assert not any("discriminator" in name for name in read.vocoder.state_dict())
    assert "| vocoder | hifigan | 9 |" in (packed / "README.md").read_text()


def test_without_a_vocoder(acoustic: Path, tmp_path: Path) -> None:
    packed = pack.pack(acoustic, tmp_path / "anna")
    assert sorted(p.name for p in packed.iterdir()) == sorted([*FILES, "voice.json"])
    assert pack.read(packed).vocoder is None


def test_a_latents_decoder_is_packed_without_its_encoder(tmp_path: Path) -> None:
    bridge = build.load(save_bridge(tmp_path / "bridge"))
    acoustic = save_acoustic(tmp_path / "exp", contract=bridge.contract)
    packed = pack.pack(acoustic, tmp_path / "anna", tmp_path / "bridge")
    names = set(safetensors.torch.load_file(packed / "vocoder.safetensors"))
    assert names and all(name.startswith("decoder.") for name in names)
    card = pack.read_card(packed)
    assert (card.vocoder.role, card.vocoder.contract) == ("bridge", bridge.contract)
    read = pack.read(packed).vocoder
    assert card.vocoder.n_parameters == sum(p.numel() for p in read.parameters())
    frames = torch.randn(1, 6, 9)
    assert torch.equal(read.generate(frames), bridge.model.generate(frames))
    assert f"| vocoder | glow_wavegan | 5 | {card.vocoder.n_parameters} |" in (
        packed / "README.md"
    ).read_text().replace(",", "")


def test_half_precision_is_half_the_size(acoustic: Path, vocoder: Path, packed: Path) -> None:
    half = pack.pack(acoustic, packed.parent / "half", vocoder, dtype="float16")
    stored = safetensors.torch.load_file(half / "acoustic.safetensors")
    assert {t.dtype for t in stored.values()} == {torch.float16}
    whole = safetensors.torch.load_file(packed / "acoustic.safetensors")
    assert all(torch.equal(t, whole[name].half()) for name, t in stored.items())
    assert {p.dtype for p in pack.read(half).acoustic.model.parameters()} == {torch.float32}


def test_averaged_weights_are_packed(acoustic: Path, tmp_path: Path) -> None:
    found = checkpoint.load(checkpoint.newest(acoustic))
    name = "encoder.mean.bias"
    averaged = {**vars(found), "averaged": {name: torch.full((8,), 0.25)}}
    exp = save_acoustic(tmp_path / "exp")
    checkpoint.save(Checkpoint(**averaged), checkpoint.newest(exp))
    read = pack.read(pack.pack(exp, tmp_path / "voice"))
    assert read.acoustic.model.state_dict()[name].tolist() == [0.25] * 8


def test_the_model_card_is_the_users(acoustic: Path, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("# Anna\n")
    packed = pack.pack(acoustic, tmp_path / "anna", readme=tmp_path / "card.md")
    assert (packed / "README.md").read_text() == "# Anna\n"
    with pytest.raises(DataError, match=r"no\.md: cannot be read"):
        pack.pack(acoustic, tmp_path / "b", readme=tmp_path / "no.md")
    assert not (tmp_path / "b").exists()


def test_a_folder_in_use_is_left_alone(acoustic: Path, packed: Path) -> None:
    before = {p: p.read_bytes() for p in packed.iterdir()}
    with pytest.raises(DataError, match="is not empty"):
        pack.pack(acoustic, packed)
    assert {p: p.read_bytes() for p in packed.iterdir()} == before


def test_models_that_do_not_fit_are_not_packed(acoustic: Path, tmp_path: Path) -> None:
    other = save_vocoder(tmp_path / "v", contract=CONTRACT.model_copy(update={"fmin_hz": 50.0}))
    with pytest.raises(ContractError, match=r"fmin_hz: 0\.0 against 50\.0"):
        pack.pack(acoustic, tmp_path / "anna", other)
    assert [p.name for p in tmp_path.iterdir()] == ["v"]


def test_weights_too_large_for_half_precision(tmp_path: Path) -> None:
    exp = save_acoustic(tmp_path / "exp")
    found = checkpoint.load(checkpoint.newest(exp))
    found.weights["encoder.mean.bias"][0] = 1e6
    checkpoint.save(found, checkpoint.newest(exp))
    with pytest.raises(CheckpointError, match=r"encoder\.mean\.bias is not finite in float16"):
        pack.pack(exp, tmp_path / "anna", dtype="float16")
    assert [p.name for p in tmp_path.iterdir()] == ["exp"]


def test_a_full_disk_leaves_nothing(
    acoustic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(pack, "save_file", full)
    with pytest.raises(DataError, match="No space left"):
        pack.pack(acoustic, tmp_path / "anna")
    assert list(tmp_path.iterdir()) == []


def change_card(folder: Path, **over: Any) -> None:
    tree = json.loads((folder / pack.CARD).read_text())
    (folder / pack.CARD).write_text(json.dumps({**tree, **over}))


def test_a_vocoder_of_another_packed_voice(packed: Path, tmp_path: Path) -> None:
    other = save_vocoder(tmp_path / "v")
    state = build.load(other).model.state_dict()
    state.pop("generator.last.bias")
    safetensors.torch.save_file(state, packed / "vocoder.safetensors")
    with pytest.raises(
        CheckpointError, match=r"vocoder\.safetensors: tensor generator\.last\.bias"
    ):
        pack.read(packed)


def test_a_card_of_another_contract_is_refused_on_load(packed: Path) -> None:
    other = CONTRACT.model_copy(update={"fmax_hz": 1500.0})
    part = pack.read_card(packed).vocoder
    change_card(packed, vocoder=to_tree(part.model_copy(update={"contract": other})))
    with pytest.raises(ContractError, match=r"fmax_hz: 2000\.0 against 1500\.0"):
        Voice.load(packed)


@pytest.mark.parametrize("damage", ["truncated", "text", "missing"])
def test_damaged_weights(packed: Path, damage: str) -> None:
    path = packed / "acoustic.safetensors"
    content = {"truncated": path.read_bytes()[:-9], "text": b"hello", "missing": None}[damage]
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"acoustic\.safetensors: cannot be read") as caught:
        pack.read(packed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("{", "not a voice"),
        ("[]", "not a voice"),
        ("{}", "not a voice"),
        ('{"format": 99}', "format 99, this version reads 1"),
        ('{"format": 1}', "key speakers is missing"),
    ],
)
def test_damaged_cards(packed: Path, card: str, message: str) -> None:
    (packed / pack.CARD).write_text(card)
    with pytest.raises(TTSError, match=message) as caught:
        pack.read(packed)
    assert str(packed / pack.CARD) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["acoustic", "speakers", "vocoder"])
def test_cards_with_wrong_parts(packed: Path, part: str) -> None:
    change_card(packed, **{part: 3})
    with pytest.raises(TTSError) as caught:
        pack.read(packed)
    assert str(packed) in str(caught.value)
