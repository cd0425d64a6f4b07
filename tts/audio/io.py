"""Audio files in and out: one channel, float32 in [-1, 1], and one clear line when that fails."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from tts.errors import DataError
from tts.files import write_bytes

# What libsndfile calls each kind of file that can be written: (format, subtype).
_FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
WRITABLE = (*_FORMATS, ".npy")
_CHUNK = 1 << 16  # samples at once: libsndfile's Vorbis encoder overflows its stack on more
_INT16_STEPS = 32_768  # reading divides by this, so that writing what was read changes no bit


def read(path: str | Path, rate_hz: int | None = None) -> tuple[np.ndarray, int]:
    """The samples of a file with one channel, (N,) float32, and its rate in Hz.

    Args:
        rate_hz: the rate the file must have; None takes any.
    Raises:
        DataError: missing, unreadable, empty, several channels, NaN or infinite, another rate.
    """
    with _opened(path) as file:
        return _read_all(file, str(path), rate_hz)


def decode(content: bytes, name: str, rate_hz: int | None = None) -> tuple[np.ndarray, int]:
    """As `read`, of a file's content; `name` is what messages call it."""
    with _decoding(io.BytesIO(content), name) as file:
        return _read_all(file, name, rate_hz)


def _read_all(file: soundfile.SoundFile, name: str, rate_hz: int | None) -> tuple[np.ndarray, int]:
    _check_layout(file, name, rate_hz)
    samples = file.read(dtype="float32")
    if samples.size == 0:
        raise DataError(f"{name}: holds no samples; record it again or drop the utterance")
    _check_finite(samples, name)
    return samples, file.samplerate


def read_segment(path: str | Path, start: int, n: int, rate_hz: int | None = None) -> np.ndarray:
    """`n` samples from sample `start` on, (n,) float32, zeros past the end of the file.

    Raises:
        DataError: as `read`.
    """
    assert start >= 0 and n > 0, f"segment of {n} samples from {start}"
    with _opened(path) as file:
        _check_layout(file, path, rate_hz)
        there = min(n, max(0, file.frames - start))
        segment = np.zeros(n, dtype=np.float32)
        if there:
            file.seek(start)
            samples = file.read(there, dtype="float32")
            segment[: len(samples)] = samples
    _check_finite(segment, path)
    return segment


def measure(path: str | Path, rate_hz: int | None = None) -> tuple[int, int]:
    """Number of samples and rate in Hz, from the file's head alone.

    Raises:
        DataError: as `read`, except that samples are not looked at.
    """
    with _opened(path) as file:
        _check_layout(file, path, rate_hz)
        return file.frames, file.samplerate


def write(path: str | Path, samples: np.ndarray, rate_hz: int) -> None:
    """Write one channel, in the format that the extension names; never half a file.

    Args:
        path: .wav and .flac hold 16 bits, clipped to [-1, 1]; .ogg and .mp3 are lossy; .npy holds
            the float32 samples themselves, and no rate.
        samples: (N,).
    Raises:
        DataError: an unknown extension, no samples, NaN, or a file that cannot be written.
    """
    path, samples = Path(path), np.asarray(samples, dtype=np.float32)
    assert samples.ndim == 1, f"write wants one channel (N,), got shape {samples.shape}"
    check_target(path)
    if samples.size == 0:
        raise DataError(f"{path}: there are no samples to write; make the audio longer")
    _check_finite(samples, path)
    write_bytes(path, _encode(samples, rate_hz, path))


def check_target(path: str | Path) -> None:
    """Nothing, for a path that `write` can write to; worth asking before long work.

    Raises:
        DataError: an unknown extension, or a folder that is not there.
    """
    path = Path(path)
    if path.suffix.lower() not in WRITABLE:
        what = f"cannot write {path.suffix}" if path.suffix else "has no extension"
        raise DataError(f"{path}: {what}; use one of {', '.join(WRITABLE)}")
    if not path.parent.is_dir():
        raise DataError(f"{path}: no such folder; make the folder {path.parent} first")


def _encode(samples: np.ndarray, rate_hz: int, path: Path) -> bytes:
    """The content of the file. Made in memory, since libsndfile does not tell a full disk."""
    content = io.BytesIO()
    if path.suffix.lower() == ".npy":
        np.save(content, samples)
        return content.getvalue()
    kind, subtype = _FORMATS[path.suffix.lower()]
    clipped = np.clip(samples, -1.0, 1.0)
    if subtype == "PCM_16":
        clipped = np.minimum(np.rint(clipped * _INT16_STEPS), _INT16_STEPS - 1).astype(np.int16)
    try:
        with soundfile.SoundFile(content, "w", rate_hz, 1, subtype, format=kind) as file:
            for start in range(0, len(clipped), _CHUNK):
                file.write(clipped[start : start + _CHUNK])
    except (soundfile.LibsndfileError, ValueError) as error:
        raise DataError(
            f"{path}: {kind} cannot hold {rate_hz} Hz ({_reason(error)}); write .wav instead"
        ) from None
    return content.getvalue()


@contextmanager
def _opened(path: str | Path) -> Iterator[soundfile.SoundFile]:
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise DataError(f"{path}: {what}; give an audio file (paths are relative to {Path.cwd()})")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: an empty file; record or copy it again")
    with _decoding(str(path), str(path)) as file:
        yield file


@contextmanager
def _decoding(source: str | io.BytesIO, name: str) -> Iterator[soundfile.SoundFile]:
    try:
        with soundfile.SoundFile(source) as file:
            yield file
    except (soundfile.LibsndfileError, OSError) as error:
        raise DataError(
            f"{name}: not readable as audio ({_reason(error)}); give a whole wav, flac, ogg or mp3"
        ) from None


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return " ".join(text.split()).rstrip(".")


def _check_layout(file: soundfile.SoundFile, path: str | Path, rate_hz: int | None) -> None:
    if file.channels != 1:
        raise DataError(
            f"{path}: {file.channels} channels where one is wanted; mix it down with "
            f"`sox {path} OUT.wav remix -` or `ffmpeg -i {path} -ac 1 OUT.wav`"
        )
    if rate_hz is not None and file.samplerate != rate_hz:
        raise DataError(
            f"{path}: {file.samplerate} Hz where {rate_hz} Hz is wanted; resample it, a "
            f"whole data dir with `tts data wav IN OUT --rate {rate_hz}`"
        )


def _check_finite(samples: np.ndarray, path: str | Path) -> None:
    if not np.isfinite(samples).all():
        first = int(np.argmin(np.isfinite(samples)))
        raise DataError(
            f"{path}: sample {first} is {samples[first]}, not a finite number; "
            "make the file again or drop the utterance"
        )
