"""Errors of pitch tracks, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tts.metrics.pitch import PitchErrors, compare_pitch


def test_a_track_against_itself() -> None:
    track = np.array([0.0, 100.0, 200.0, 0.0])
    assert compare_pitch(track, track) == PitchErrors(0.0, 0.0, 0.0)


def test_each_error_is_counted_where_it_belongs() -> None:
    ref = np.array([0.0, 100.0, 100.0, 100.0, 100.0, 0.0, 100.0, 100.0])
    made = np.array([0.0, 100.0, 200.0, 100.0, 110.0, 90.0, 0.0, 100.0])
    found = compare_pitch(ref, made)
    cents = np.array([0, 1200, 0, 1200 * np.log2(1.1), 0])
    assert found.f0_rmse_cents == pytest.approx(np.sqrt((cents**2).mean()))
    assert found.gross_error == pytest.approx(1 / 5)
    assert found.voicing_error == pytest.approx(2 / 8)


def test_a_whisper_has_no_pitch_to_compare() -> None:
    assert compare_pitch(np.array([100.0, 0.0]), np.zeros(2)) == PitchErrors(None, None, 0.5)
