"""Formats: their rates, and bytes that come as the samples do."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")

from tts.serve.encoding import FORMATS, Encoder, choose_rate, find_format, to_int16
from tts.serve.problems import Problem

RATE_HZ = 22_050


def tone(seconds: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * 440 * times_s)).astype(np.float32)


def encoded(name: str, samples: np.ndarray, rate_hz: int, n: int, streamed: bool) -> list[bytes]:
    encoder = Encoder(FORMATS[name], RATE_HZ, rate_hz, streamed=streamed)
    pieces = [encoder.push(samples[at : at + n]) for at in range(0, len(samples), n)]
    return [*pieces, encoder.finish()]


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_do_not_depend_on_how_samples_come(name: str) -> None:
    samples = tone(3.0)
    rate_hz = choose_rate(FORMATS[name], RATE_HZ, None)
    contents = [b"".join(encoded(name, samples, rate_hz, n, True)) for n in (3000, 50_000)]
    assert contents[0] == contents[1] or name == "opus"  # whose stream has a number drawn for it
    assert len(contents[0]) == len(contents[1])


@pytest.mark.parametrize(("name", "wait_s"), [("wav", 0), ("pcm", 0), ("mp3", 0.3), ("opus", 1.1)])
def test_bytes_leave_early(name: str, wait_s: float) -> None:
    """libsndfile closes a page of Ogg once a second."""
    rate_hz = choose_rate(FORMATS[name], RATE_HZ, None)
    pieces = encoded(name, tone(4.0), rate_hz, 2205, True)
    sizes = np.cumsum([len(piece) for piece in pieces])
    first = np.searchsorted(sizes, 2000) * 0.1
    assert first <= wait_s + 0.3 and sizes[-1] > 4000


@pytest.mark.parametrize("name", ["mp3", "opus"])
def test_what_is_lossy_sounds_the_same(name: str) -> None:
    rate_hz = choose_rate(FORMATS[name], RATE_HZ, None)
    content = b"".join(encoded(name, tone(2.0), rate_hz, 4000, False))
    samples, got_hz = soundfile.read(io.BytesIO(content), dtype="float32")
    assert got_hz == rate_hz and len(samples) / rate_hz == pytest.approx(2.0, abs=0.05)
    middle = samples[rate_hz // 2 : rate_hz]
    level = np.sqrt((middle**2).mean()) / np.sqrt(0.5**2 / 2)
    assert level == pytest.approx(1.0, abs=0.06)  # LAME takes 5 % off, against clipping


def test_another_rate_is_resampled() -> None:
    content = b"".join(encoded("pcm", tone(1.0), 24_000, 1000, True))
    samples = np.frombuffer(content, "<i2") / 32_768
    assert len(samples) == pytest.approx(24_000, abs=2)
    assert np.abs(samples - tone(1.1, 24_000)[: len(samples)])[500:-500].max() < 2e-3


@pytest.mark.parametrize(
    ("name", "own_hz", "asked_hz", "rate_hz"),
    [
        ("wav", 22_050, None, 22_050),
        ("flac", 4000, None, 4000),
        ("pcm", 22_050, None, 24_000),
        ("pcm", 22_050, 16_000, 16_000),
        ("mp3", 22_050, None, 22_050),
        ("mp3", 4000, None, 8000),
        ("opus", 22_050, None, 24_000),
        ("opus", 96_000, None, 48_000),
        ("opus", 22_050, 48_000, 48_000),
    ],
)
def test_rates(name: str, own_hz: int, asked_hz: int | None, rate_hz: int) -> None:
    assert choose_rate(FORMATS[name], own_hz, asked_hz) == rate_hz


def test_what_cannot_be_made() -> None:
    with pytest.raises(Problem, match="aac: cannot be made here; ask for mp3, opus"):
        find_format("aac")
    with pytest.raises(Problem, match="sample_rate_hz 9000: this format has 8000"):
        choose_rate(FORMATS["mp3"], 22_050, 9000)


def test_sixteen_bits() -> None:
    samples = np.array([0, 1, -1, 2, -2, 0.5, -0.5 / 32_768, 1 / 32_768], np.float32)
    expected = [0, 32_767, -32_768, 32_767, -32_768, 16_384, 0, 1]
    assert to_int16(samples).tolist() == expected
