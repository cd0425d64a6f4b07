"""The pitch of tones, of silence and noise, and of speech beside librosa's pYIN."""

from __future__ import annotations

import math
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
import torch

from tts.audio import f0
from tts.errors import DataError

RATE_HZ, HOP = 22_050, 256


def harmonics(f0_hz: torch.Tensor, n_harmonics: int = 12) -> torch.Tensor:
    """Harmonics of falling strength along a contour of one value a sample, (N,)."""
    phase = 2 * math.pi * torch.cumsum(f0_hz.double() / RATE_HZ, 0)
    return sum(0.1 / k * torch.sin(k * phase) for k in range(1, n_harmonics + 1)).float()


@pytest.mark.parametrize("pitch_hz", [70.0, 110.0, 173.2, 290.0, 440.0])
def test_a_tone_of_harmonics(pitch_hz: float) -> None:
    wav = harmonics(torch.full((RATE_HZ,), pitch_hz))
    track = f0.estimate(wav[None], RATE_HZ, HOP)
    assert track.f0_hz.shape == (1, RATE_HZ // HOP)
    inside = track.f0_hz[0, 8:-8]
    torch.testing.assert_close(inside, torch.full_like(inside, pitch_hz), rtol=2e-3, atol=0)
    assert track.aperiodicity[0, 8:-8].max() < 0.02


def test_a_glide_is_followed_in_time() -> None:
    contour = torch.linspace(100, 200, RATE_HZ)
    track = f0.estimate(harmonics(contour)[None], RATE_HZ, HOP).f0_hz[0]
    middles = (torch.arange(len(track)) * HOP + HOP // 2).clamp_max(RATE_HZ - 1)
    error = (track / contour[middles] - 1)[8:-8]
    assert error.abs().max() < 0.02 and error.mean().abs() < 0.004  # 0.004 is 4 ms


def test_silence_and_noise_have_none() -> None:
    wavs = torch.stack([torch.zeros(RATE_HZ), 0.1 * torch.randn(RATE_HZ)])
    track = f0.estimate(wavs, RATE_HZ, HOP)
    assert not track.voiced[0].any() and track.voiced[1].float().mean() < 0.02
    assert torch.isfinite(track.aperiodicity).all()


def test_rows_and_level_do_not_matter() -> None:
    wavs = torch.stack([harmonics(torch.full((9000,), hz)) for hz in (90.0, 210.0)])
    both = f0.estimate(wavs, RATE_HZ, HOP).f0_hz
    assert torch.equal(both[1:], f0.estimate(wavs[1:], RATE_HZ, HOP).f0_hz)
    torch.testing.assert_close(f0.estimate(5 * wavs, RATE_HZ, HOP).f0_hz, both)


def test_too_short_for_a_frame() -> None:
    with pytest.raises(DataError, match="100 samples make no frame of 256"):
        f0.estimate(torch.zeros(1, 100), RATE_HZ, HOP)


def test_it_depends_on_no_more_than_it_says() -> None:
    wav = torch.randn(1, 40 * HOP)
    changed = wav.clone()
    middle = 20 * HOP + HOP // 2
    changed[:, : middle - f0.reach(RATE_HZ)] = 0
    changed[:, middle + f0.reach(RATE_HZ) :] = 0
    before, after = (f0.estimate(x, RATE_HZ, HOP).aperiodicity[0, 20] for x in (wav, changed))
    torch.testing.assert_close(before, after, atol=1e-4, rtol=0)


def test_speech_beside_pyin(corpora: Path) -> None:
    path = sorted((corpora / "ljspeech_subset").rglob("*.wav"))[1]
    wav, rate_hz = soundfile.read(path, dtype="float32")
    ours = f0.estimate(torch.from_numpy(wav)[None], rate_hz, HOP).f0_hz[0].numpy()
    padded = np.pad(wav, (1024 - HOP // 2, 2048))
    theirs, voiced, _ = librosa.pyin(
        padded, fmin=65, fmax=500, sr=rate_hz, frame_length=2048, hop_length=HOP, center=False
    )
    theirs, both = theirs[: len(ours)], (ours > 0) & voiced[: len(ours)]
    assert both.mean() > 0.4
    ratio = ours[both] / theirs[both]
    assert (np.abs(ratio - 1) > 0.2).mean() < 0.03
    assert np.median(np.abs(1200 * np.log2(ratio))) < 40
