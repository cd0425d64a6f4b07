"""Playing through whatever there is."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from tts.audio import io, player
from tts.errors import DataError

PIECES = [np.full(300, 0.25, np.float32), np.full(200, -0.5, np.float32)]
SAMPLES = np.concatenate(PIECES)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where programs are looked for; empty."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(player, "_sounddevice", lambda: None)
    return tmp_path / "bin"


def install(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/bash\nPATH=/usr/bin:/bin\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("name", ["aplay", "paplay", "pw-play", "ffplay"])
def test_samples_go_down_a_pipe(programs: Path, name: str) -> None:
    assert not player.can_play()
    install(programs, name, f'echo "$@" > {programs}/said; cat > {programs}/heard')
    assert player.can_play()
    player.play(iter(PIECES), 22_050)
    assert (programs / "heard").read_bytes() == io.pcm16(SAMPLES).tobytes()
    assert "22050" in (programs / "said").read_text()


def test_a_program_that_takes_files(programs: Path) -> None:
    install(programs, "afplay", f"cp $1 {programs}/heard.wav")
    player.play(PIECES, 22_050)
    heard, rate_hz = io.read(programs / "heard.wav")
    assert rate_hz == 22_050
    np.testing.assert_allclose(heard, SAMPLES, atol=1e-4)


def test_the_package(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    class Stream:
        def __init__(self, rate_hz: int, *, channels: int, dtype: str) -> None:
            assert (rate_hz, channels, dtype) == (22_050, 1, "int16")

        def __enter__(self) -> Stream:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, content: bytes) -> None:
            heard.append(content)

    fake = types.ModuleType("sounddevice")
    fake.RawOutputStream, fake.PortAudioError = Stream, RuntimeError
    monkeypatch.undo()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    assert player.can_play()
    player.play(PIECES, 22_050)
    assert b"".join(heard) == io.pcm16(SAMPLES).tobytes()


def test_nothing_to_play_with(programs: Path) -> None:
    with pytest.raises(DataError, match=r"install one of aplay, .*pip install sounddevice"):
        player.play(PIECES, 22_050)


@pytest.mark.parametrize("reads", ["", "cat > /dev/null;"])
def test_a_program_that_fails(programs: Path, reads: str) -> None:
    install(programs, "aplay", f"{reads} echo 'cannot find card 0' >&2; exit 1")
    with pytest.raises(DataError, match=r"aplay cannot play \(cannot find card 0\); write a file"):
        player.play(PIECES * 2000, 22_050)


def test_what_fails_while_it_is_made_ends_the_sound(programs: Path) -> None:
    install(programs, "aplay", "cat > /dev/null; sleep 60")

    def pieces():
        yield PIECES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        player.play(pieces(), 22_050)
