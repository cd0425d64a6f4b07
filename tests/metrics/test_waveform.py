"""Distances of waveforms in step: perfect on themselves, and known values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.sounds import band_limited, speech, with_noise
from tts.metrics.waveform import MAX_SDR_DB, RESOLUTIONS, si_sdr_db, spectral_distance


def test_nothing_is_apart_from_itself() -> None:
    wav = speech()
    found = spectral_distance(wav, wav)
    assert found.convergence == found.log_magnitude == 0
    assert si_sdr_db(wav, wav) == MAX_SDR_DB


def test_the_ratio_is_that_of_the_noise_and_not_of_the_level() -> None:
    wav = speech()
    for snr_db in (0.0, 10.0, 30.0):
        made = with_noise(wav, snr_db)
        assert si_sdr_db(wav, made) == pytest.approx(snr_db, abs=0.2)
        assert si_sdr_db(wav, 0.1 * made) == pytest.approx(si_sdr_db(wav, made), abs=1e-3)


def test_no_signal_has_no_ratio() -> None:
    wav, silence = speech(), np.zeros(32_000, np.float32)
    assert si_sdr_db(silence, wav) is None and si_sdr_db(wav, silence) is None


def test_what_is_not_the_signal_is_far_below_it() -> None:
    noise = np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    assert si_sdr_db(speech(), noise) < -15


def test_convergence_of_a_level_is_the_level() -> None:
    wav = 3 * speech()
    assert spectral_distance(wav, 0.5 * wav).convergence == pytest.approx(0.5, abs=0.01)


def test_log_magnitude_against_scipy() -> None:
    ref, made = speech(), with_noise(speech(), 10)
    expected = []
    for n_fft, hop, win in RESOLUTIONS:
        window = np.pad(torch.hann_window(win).numpy(), (n_fft - win) // 2)
        logs = []
        for wav in (ref, made):
            padded = np.pad(wav, n_fft // 2)
            frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
            logs.append(np.log(np.maximum(np.abs(np.fft.rfft(frames * window)), 10**-3.5)))
        expected.append(np.abs(logs[0] - logs[1]).mean())
    assert spectral_distance(ref, made).log_magnitude == pytest.approx(np.mean(expected), rel=1e-3)


def test_more_damage_is_further_away() -> None:
    wav = speech()
    light, heavy = (spectral_distance(wav, with_noise(wav, db)) for db in (30, 5))
    assert light.convergence < heavy.convergence and light.log_magnitude < heavy.log_magnitude
    assert spectral_distance(wav, band_limited(wav, 3000)).log_magnitude > 0.3
