"""A packed voice as experiments again, which speak as it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import tiny
from tests.cli.runner import tts
from tts.errors import TTSError
from tts.voice.pack import pack
from tts.voice.unpack import unpack
from tts.voice.voice import Voice


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    acoustic = tiny.save_acoustic(tmp_path / "acoustic", speakers=["anna", "bert"])
    return pack(acoustic, tmp_path / "voice", tiny.save_vocoder(tmp_path / "vocoder"))


def test_the_experiments_speak_as_the_voice(packed: Path, tmp_path: Path) -> None:
    made = unpack(packed, tmp_path / "out")
    assert made.acoustic == tmp_path / "out" / "acoustic" and made.vocoder is not None
    again = Voice.load(made.acoustic, made.vocoder)
    before = Voice.load(packed)
    assert again.speakers == before.speakers == ("anna", "bert")
    said = [voice.say("abba", speaker="bert").samples for voice in (before, again)]
    assert (said[0] == said[1]).all()


def test_they_can_be_packed_again(packed: Path, tmp_path: Path) -> None:
    made = unpack(packed, tmp_path / "out")
    pack(made.acoustic, tmp_path / "again", made.vocoder)
    for name in ("acoustic.safetensors", "vocoder.safetensors", "tokens.txt", "speakers.txt"):
        assert (packed / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_eight_bits_can_be_unpacked_too(packed: Path, tmp_path: Path) -> None:
    small = pack(tmp_path / "acoustic", tmp_path / "small", dtype="int8")
    made = unpack(small, tmp_path / "out")
    assert made.vocoder is None and Voice.load(made.acoustic).say("abba").samples.any()


def test_refusals(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(TTSError, match=r"acoustic/voice\.json: not a voice"):
        unpack(tmp_path / "acoustic", tmp_path / "out")
    with pytest.raises(TTSError, match="is not empty"):
        unpack(packed, packed)
    assert not (tmp_path / "out").exists()


def test_the_verb(packed: Path, tmp_path: Path) -> None:
    ended = tts("unpack", packed, "-o", tmp_path / "out")
    assert ended.status == 0 and "out/acoustic and" in ended.out
