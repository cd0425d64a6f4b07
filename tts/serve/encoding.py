"""Samples to bytes of a format, piece by piece: what is sent while the rest is being made."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soundfile
import soxr

from tts.serve.problems import Problem

_CHUNK = 1 << 15  # samples at once: libsndfile's encoders keep them on the stack
_UNKNOWN = 0xFFFF_FFFF  # a length in a wav header that nobody knows yet
_INT16_STEPS = 32_768


@dataclass(frozen=True)
class Format:
    """A format of audio.

    Attributes:
        container, subtype: libsndfile's words for it; none for bare samples.
        rates_hz: the only rates it has; empty for any.
        rate_hz: the one it has unless another is asked for; None is the voice's own.
        options: of `soundfile.SoundFile`.
    """

    media_type: str
    container: str | None = None
    subtype: str = "PCM_16"
    rates_hz: tuple[int, ...] = ()
    rate_hz: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


# Clients of OpenAI's API take bare samples for 24 kHz, since nothing in them says otherwise.
FORMATS = {
    "mp3": Format(
        "audio/mpeg",
        "MP3",
        "MPEG_LAYER_III",
        (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
        # Of one bit rate: readers take the length of a stream from its size. 64 kbit/s at 22 kHz.
        options={"bitrate_mode": "CONSTANT", "compression_level": 0.6},
    ),
    "opus": Format("audio/ogg", "OGG", "OPUS", (8000, 12_000, 16_000, 24_000, 48_000)),
    "flac": Format("audio/flac", "FLAC"),
    "wav": Format("audio/wav"),
    "pcm": Format("audio/pcm", rate_hz=24_000),
}


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        Problem: it cannot be made here.
    """
    if name not in FORMATS:
        message = f"response_format {name}: cannot be made here; ask for {', '.join(FORMATS)}"
        raise Problem(400, message, param="response_format", code="unsupported_format")
    return FORMATS[name]


def choose_rate(format: Format, own_hz: int, asked_hz: int | None) -> int:
    """The rate to send: what was asked for, else the voice's own or the next above it.

    Raises:
        Problem: the format does not have the rate that was asked for.
    """
    if asked_hz is not None:
        if format.rates_hz and asked_hz not in format.rates_hz:
            listed = ", ".join(map(str, format.rates_hz))
            message = f"sample_rate_hz {asked_hz}: this format has {listed}"
            raise Problem(400, message, param="sample_rate_hz", code="invalid_value")
        return asked_hz
    if format.rate_hz is not None:
        return format.rate_hz
    above = [rate for rate in format.rates_hz if rate >= own_hz]
    return min(above, default=max(format.rates_hz)) if format.rates_hz else own_hz


def to_int16(samples: np.ndarray) -> np.ndarray:
    """float32 in [-1, 1] to the nearest of 16 bits, little endian."""
    steps = np.rint(np.clip(samples, -1.0, 1.0) * _INT16_STEPS)
    return np.minimum(steps, _INT16_STEPS - 1).astype("<i2")


class Encoder:
    """The bytes of one answer.

    Args:
        own_hz: rate of the samples that come; rate_hz: of what is sent.
        streamed: bytes leave as they are made, and a header cannot know what follows; else all of
            them come at the end.
    """

    def __init__(self, format: Format, own_hz: int, rate_hz: int, *, streamed: bool) -> None:
        self._resampler = None
        if own_hz != rate_hz:
            self._resampler = soxr.ResampleStream(own_hz, rate_hz, 1, dtype="float32")
        self._writer = (
            _Bare(rate_hz, format.media_type == "audio/wav", streamed)
            if format.container is None
            else _Coded(format, rate_hz, streamed)
        )

    def push(self, samples: np.ndarray) -> bytes:
        """The bytes that samples (n,) float32 add; there may be none yet."""
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        return self._writer.push(samples)

    def finish(self) -> bytes:
        """The bytes that end it."""
        last = b""
        if self._resampler is not None:
            rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            last = self._writer.push(rest)
        return last + self._writer.finish()


class _Bare:
    """16-bit samples, behind a wav header if one is wanted."""

    def __init__(self, rate_hz: int, with_header: bool, streamed: bool) -> None:
        self._rate_hz, self._with_header, self._streamed = rate_hz, with_header, streamed
        self._kept = bytearray(self._header(None)) if streamed else bytearray()

    def push(self, samples: np.ndarray) -> bytes:
        self._kept += to_int16(samples).tobytes()
        return self._take() if self._streamed else b""

    def finish(self) -> bytes:
        content = self._take()
        return content if self._streamed else self._header(len(content)) + content

    def _take(self) -> bytes:
        content = bytes(self._kept)
        self._kept.clear()
        return content

    def _header(self, n_bytes: int | None) -> bytes:
        if not self._with_header:
            return b""
        layout = struct.pack("<HHIIHH", 1, 1, self._rate_hz, 2 * self._rate_hz, 2, 16)
        whole = _UNKNOWN if n_bytes is None else 36 + n_bytes
        data = _UNKNOWN if n_bytes is None else n_bytes
        return (
            b"RIFF" + struct.pack("<I", whole) + b"WAVEfmt " + struct.pack("<I", len(layout))
            + layout + b"data" + struct.pack("<I", data)
        )  # fmt: skip


class _Coded:
    """What libsndfile encodes."""

    def __init__(self, format: Format, rate_hz: int, streamed: bool) -> None:
        self._sink = _Sink(format.media_type == "audio/mpeg") if streamed else io.BytesIO()
        self._file = soundfile.SoundFile(
            self._sink, "w", rate_hz, 1, format.subtype, format=format.container, **format.options
        )
        self._is_exact = format.subtype == "PCM_16"

    def push(self, samples: np.ndarray) -> bytes:
        content = to_int16(samples) if self._is_exact else np.clip(samples, -1.0, 1.0)
        for start in range(0, len(content), _CHUNK):
            self._file.write(content[start : start + _CHUNK])
        return self._sink.take() if isinstance(self._sink, _Sink) else b""

    def finish(self) -> bytes:
        self._file.close()
        return self._sink.take() if isinstance(self._sink, _Sink) else self._sink.getvalue()


class _Sink:
    """A file that only grows: what has left cannot be patched, so that is not tried.

    Args:
        skips_head: leave out what is written first: of an mp3, a silent frame that only holds the
            place of a summary of the whole.
    """

    def __init__(self, skips_head: bool) -> None:
        self._place = self._end = 0
        self._fresh = bytearray()
        self._skips = skips_head

    def take(self) -> bytes:
        """What was written since the last time."""
        content = bytes(self._fresh)
        self._fresh.clear()
        return content

    def write(self, content: bytes) -> int:
        if self._place == self._end:
            self._fresh += b"" if self._skips else content
            self._end += len(content)
            self._skips = False
        self._place += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._end}[whence]
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place
