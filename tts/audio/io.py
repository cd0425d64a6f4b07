"""Audio files in and out: one channel, float32 in [-1, 1], and one clear line when that fails."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from tts.errors import DataError
from tts.files import replacing, write_bytes

# What libsndfile calls each kind of file that can be written: (format, subtype).
_FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
WRITABLE = (*_FORMATS, ".npy")
_CHUNK = 1 << 16  # samples at once: libsndfile's Vorbis encoder overflows its stack on more
_WAV_BYTES = 2**32  # its head counts them in 32 bits
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


def pcm16(samples: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1], clipped to that, as the nearest of 16 bits."""
    clipped = np.clip(samples, -1.0, 1.0)
    return np.minimum(np.rint(clipped * _INT16_STEPS), _INT16_STEPS - 1).astype("<i2")


def sample_dtype(path: str | Path) -> np.dtype:
    """What the samples of such a file are made from: of 16 bits, or float32."""
    _, subtype = _FORMATS.get(Path(path).suffix.lower(), ("", ""))
    return np.dtype("<i2" if subtype == "PCM_16" else "<f4")


def write_long(
    path: str | Path, pieces: Iterable[np.ndarray], n_samples: int, rate_hz: int
) -> None:
    """Write pieces of one channel one after the other, in bounded memory; never half a file.

    Args:
        pieces: (n,) each, of the path's `sample_dtype`; `n_samples` together.
    Raises:
        DataError: as `write`, or more than the format holds.
    """
    path = Path(path)
    check_target(path)
    if n_samples == 0:
        raise DataError(f"{path}: there are no samples to write; make the audio longer")
    if path.suffix.lower() == ".wav" and n_samples * 2 + 44 >= _WAV_BYTES:
        hours = n_samples / rate_hz / 3600
        raise DataError(
            f"{path}: {hours:.0f} hours are more than a wav holds; write .flac instead"
        )
    with replacing(path) as temporary, temporary.open("wb+") as file:
        if path.suffix.lower() == ".npy":
            head = {"descr": "<f4", "fortran_order": False, "shape": (n_samples,)}
            np.lib.format.write_array_header_1_0(file, head)
            for piece in pieces:
                file.write(piece.tobytes())
        else:
            _encode_to(_Guarded(file), pieces, rate_hz, path)


class _Guarded(io.RawIOBase):
    """A file for libsndfile, which does not tell its caller of a full disk: this one does."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, content: Any) -> int:
        try:
            self._file.write(content)
        except OSError as error:
            self.error = error
        return len(content)

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)  # type: ignore[attr-defined]

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()


def _encode(samples: np.ndarray, rate_hz: int, path: Path) -> bytes:
    """The content of the file. Made in memory, since libsndfile does not tell a full disk."""
    content = io.BytesIO()
    if path.suffix.lower() == ".npy":
        np.save(content, samples)
        return content.getvalue()
    whole = pcm16(samples) if sample_dtype(path).kind == "i" else np.clip(samples, -1.0, 1.0)
    _encode_to(content, [whole], rate_hz, path)
    return content.getvalue()


def _encode_to(
    target: io.BytesIO | _Guarded, pieces: Iterable[np.ndarray], rate_hz: int, path: Path
) -> None:
    kind, subtype = _FORMATS[path.suffix.lower()]
    try:
        with soundfile.SoundFile(target, "w", rate_hz, 1, subtype, format=kind) as file:
            for piece in pieces:
                for start in range(0, len(piece), _CHUNK):
                    file.write(piece[start : start + _CHUNK])
                if isinstance(target, _Guarded) and target.error:
                    break
    except (soundfile.LibsndfileError, ValueError) as error:
        raise DataError(
            f"{path}: {kind} cannot hold {rate_hz} Hz ({_reason(error)}); write .wav instead"
        ) from None
    if isinstance(target, _Guarded) and target.error:
        raise target.error


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
