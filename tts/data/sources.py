"""The audio behind an entry of `wav.scp`: a path, or a command which ends in `|`."""

from __future__ import annotations

import subprocess

import numpy as np

from tts.audio import io
from tts.errors import DataError


def is_pipe(source: str) -> bool:
    """Whether the entry is a command."""
    return source.rstrip().endswith("|")


def read_source(
    source: str, where: str, *, allow_pipes: bool = False, rate_hz: int | None = None
) -> tuple[np.ndarray, int]:
    """The audio, (N,) float32, and its rate in Hz.

    Args:
        source: a path relative to the current directory, or a command for the shell.
        where: file and key that messages name.
        allow_pipes: run commands.
        rate_hz: the rate wanted, or None for any.
    Raises:
        DataError: the audio is not good, or the entry is a command and may not run, or fails.
    """
    if is_pipe(source):
        content = _run(source, where, allow_pipes)
        return io.decode(content, f"{where}: output of {source!r}", rate_hz)
    try:
        return io.read(source, rate_hz)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def refuse_pipe(source: str, where: str, allow_pipes: bool = False) -> None:
    """Check that the entry may be used.

    Raises:
        DataError: it is a command, and commands may not run.
    """
    if is_pipe(source) and not allow_pipes:
        raise DataError(
            f"{where}: {source!r} is a command; let it run: `tts data wav IN OUT --allow-pipes`"
        )


def _run(source: str, where: str, allow_pipes: bool) -> bytes:
    """What the command writes to its standard output."""
    refuse_pipe(source, where, allow_pipes)
    command = source.rstrip().removesuffix("|")
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise DataError(
            f"{where}: the command {source!r} ends with status {done.returncode} "
            f"({' '.join(said) or 'no message'}); run it by hand to see why"
        )
    return done.stdout
