"""Sound to the loudspeaker, while it is made: through a program of the system, or sounddevice."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tts.audio import io
from tts.errors import DataError

# What each program is called with to play raw samples of 16 bits from its stdin.
_PROGRAMS = {
    "aplay": "-q -t raw -f S16_LE -c 1 -r {rate_hz} -",
    "paplay": "--raw --format=s16le --channels=1 --rate={rate_hz}",
    "pw-play": "--raw --format=s16 --channels=1 --rate={rate_hz} -",
    "ffplay": "-nodisp -autoexit -loglevel error -f s16le -ar {rate_hz} -i -",
}


def play(pieces: Iterable[np.ndarray], rate_hz: int) -> None:
    """Play samples (n,) in [-1, 1], piece after piece, and wait for the end.

    Raises:
        DataError: nothing here can play, or what can does not.
    """
    for program, arguments in _PROGRAMS.items():
        path = shutil.which(program)
        if path is not None:
            _pipe([path, *arguments.format(rate_hz=rate_hz).split()], pieces)
            return
    if (afplay := shutil.which("afplay")) is not None:
        _play_file(afplay, pieces, rate_hz)
    elif _sounddevice() is not None:
        _play_by_sounddevice(pieces, rate_hz)
    else:
        raise DataError(missing())


def missing() -> str:
    """What to do where nothing can play."""
    names = ", ".join((*_PROGRAMS, "afplay"))
    return f"nothing here can play sound; install one of {names}, or: pip install sounddevice"


def can_play() -> bool:
    """Whether there is a program or a package to play with."""
    there = any(shutil.which(program) for program in (*_PROGRAMS, "afplay"))
    return there or _sounddevice() is not None


def _sounddevice() -> Any:
    """The package, where it is installed and finds its library."""
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError):
        return None


def _pipe(command: list[str], pieces: Iterable[np.ndarray]) -> None:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stdin is not None and process.stderr is not None, "both are pipes"
    try:
        with suppress(BrokenPipeError):  # it has ended; why, its status says
            for piece in pieces:
                process.stdin.write(io.pcm16(piece).tobytes())
                process.stdin.flush()
            process.stdin.close()
        message = process.stderr.read().decode(errors="replace")
        status = process.wait()
    except BaseException:  # an interrupt, or no more samples: be silent at once
        process.kill()
        process.wait()
        raise
    if status:
        reason = " ".join(message.split()) or f"exit status {status}"
        raise DataError(
            f"{Path(command[0]).name} cannot play ({reason}); write a file: -o OUT.wav"
        )


def _play_file(program: str, pieces: Iterable[np.ndarray], rate_hz: int) -> None:
    """By a program that takes files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        io.write(path, np.concatenate(list(pieces)), rate_hz)
        _pipe([program, str(path)], ())


def _play_by_sounddevice(pieces: Iterable[np.ndarray], rate_hz: int) -> None:
    sounddevice = _sounddevice()
    try:
        with sounddevice.RawOutputStream(rate_hz, channels=1, dtype="int16") as stream:
            for piece in _blocks(pieces, rate_hz):
                stream.write(io.pcm16(piece).tobytes())
    except sounddevice.PortAudioError as error:
        reason = " ".join(str(error).split())
        raise DataError(f"sounddevice cannot play ({reason}); write a file: -o OUT.wav") from None


def _blocks(pieces: Iterable[np.ndarray], n: int) -> Iterator[np.ndarray]:
    for piece in pieces:
        for start in range(0, len(piece), n):
            yield piece[start : start + n]
