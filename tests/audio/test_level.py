"""Levels, silence and loudness against sounds whose numbers are known."""

from __future__ import annotations

import numpy as np
import pytest

from tts.audio.level import block_powers, frame_levels_db, level, loudness_lufs


def tone(seconds: float, rate_hz: int, amplitude: float = 1.0, hz: float = 997.0) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_loudness_of_the_standards_own_tone(rate_hz: int) -> None:
    """BS.1770: a full-scale sine of 997 Hz reads -3.01 LUFS."""
    assert loudness_lufs([block_powers(tone(5, rate_hz), rate_hz)]) == pytest.approx(
        -3.01, abs=0.1
    )


def test_loudness_leaves_silence_out() -> None:
    """Gated: pauses do not make speech quieter, and as much of it in two files is as loud."""
    sound, pause = tone(4, 16_000, 0.1), np.zeros(16 * 4000, np.float32)
    alone = loudness_lufs([block_powers(sound, 16_000)])
    assert alone == pytest.approx(-23.01, abs=0.05)
    both = [block_powers(part, 16_000) for part in (sound, pause)]
    assert loudness_lufs(both) == pytest.approx(alone, abs=1e-6)
    assert loudness_lufs(both[1:]) is None and loudness_lufs([]) is None


def test_low_tones_count_less_and_high_ones_more() -> None:
    low, middle, high = (
        loudness_lufs([block_powers(tone(2, 48_000, 0.1, hz), 48_000)]) for hz in (30, 997, 6000)
    )
    assert low < middle - 5 and high > middle + 2


def test_frames_levels() -> None:
    levels = frame_levels_db(tone(1, 16_000, 0.1), 16_000)
    assert len(levels) == 98 and np.allclose(levels, -23.01, atol=0.1)
    assert (frame_levels_db(np.zeros(1600, np.float32), 16_000) == -100).all()
    assert len(frame_levels_db(tone(0.001, 16_000), 16_000)) == 1


@pytest.mark.parametrize("noise_db", [-100.0, -55.0])
def test_silence_before_after_and_between(noise_db: float) -> None:
    rate_hz, rng = 16_000, np.random.default_rng(0)
    parts = [np.zeros(8000), tone(1, rate_hz, 0.3), np.zeros(4800), tone(1, rate_hz, 0.2)]
    samples = np.concatenate([*parts, np.zeros(11_200)])
    if noise_db > -100:
        samples = samples + 10 ** (noise_db / 20) * rng.standard_normal(len(samples))
    found = level(samples.astype(np.float32), rate_hz)
    assert found.leading_s == pytest.approx(0.5, abs=0.03)
    assert found.trailing_s == pytest.approx(0.7, abs=0.03)
    assert found.inside_s == pytest.approx(0.3, abs=0.03)
    assert found.silent_s == pytest.approx(1.5, abs=0.06)
    assert found.speech_db == pytest.approx(-13.5, abs=0.5)
    assert found.noise_db == pytest.approx(noise_db, abs=1.0)
    assert found.clipped == 0


def test_speech_without_pauses_has_no_silence() -> None:
    found = level(tone(1, 16_000, 0.3), 16_000)
    assert (found.silent_s, found.noise_db) == (0, None)


def test_clipping_is_told() -> None:
    clipped = np.clip(tone(1, 16_000, 2.0), -1, 1)
    assert level(clipped, 16_000).clipped > 0.3
    assert level(tone(1, 16_000, 0.99), 16_000).clipped == 0


@pytest.mark.parametrize("n", [1, 10, 400])
def test_the_shortest_sounds(n: int) -> None:
    found = level(np.full(n, 0.1, np.float32), 16_000)
    assert found.silent_s == 0 and len(block_powers(np.ones(n, np.float32), 16_000)) == 1


def test_digital_silence() -> None:
    found = level(np.zeros(16_000, np.float32), 16_000)
    assert found.leading_s == 0 and found.rms_db < -100
