"""Every metric is perfect on a recording itself, and each damage moves the right ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import librosa
import numpy as np
import pytest

from tests.sounds import RATE_HZ, band_limited, speech, with_noise
from tts.audio import io
from tts.audio.resample import resample
from tts.metrics.packages import MissingPackage
from tts.report.measures import ENCODED, METRICS, TEXTUAL, Sounds
from tts.voice.vocoding import Vocoding

VOICE = speech(3)


def measured(syn: np.ndarray, names: Iterable[str], rate_hz: int = RATE_HZ) -> dict[str, float]:
    sounds = Sounds(VOICE, RATE_HZ, syn, rate_hz)
    return {name: METRICS[name].measure(sounds) for name in names}


def ours() -> list[str]:
    """The metrics that need no package beyond the toolkit's own."""
    return [
        "log_mel", "mcd_db", "f0_rmse_cents", "gross_error", "voicing_error", "duration_error",
        "stft_convergence", "stft_log_magnitude", "si_sdr_db",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [n for n in METRICS if n not in (*TEXTUAL, *ENCODED)])
def test_a_recording_is_perfect_against_itself(name: str) -> None:
    try:
        value = measured(VOICE, [name])[name]
    except MissingPackage as missing:
        pytest.skip(str(missing))
    assert value == pytest.approx(METRICS[name].perfect, abs=2e-4)


def test_an_encoder_says_who_speaks() -> None:
    def crossings(samples: np.ndarray, rate_hz: int) -> np.ndarray:
        return np.array([(np.diff(np.sign(samples)) != 0).mean() * rate_hz / 2000, 1.0])

    cosine = METRICS["speaker_cosine"].measure
    other = speech(3, f0_hz=220, formants=1.5)
    assert cosine(Sounds(VOICE, RATE_HZ, VOICE, RATE_HZ, crossings)) == pytest.approx(1)
    assert cosine(Sounds(VOICE, RATE_HZ, other, RATE_HZ, crossings)) < 0.9999
    assert cosine(Sounds(VOICE, RATE_HZ, other[:3000], RATE_HZ, crossings)) is None
    assert cosine(Sounds(VOICE, RATE_HZ, 0 * VOICE, RATE_HZ, crossings)) is None
    assert cosine(Sounds(VOICE, RATE_HZ, VOICE, RATE_HZ)) is None


def test_noise_moves_the_spectrum_step_by_step() -> None:
    names = ("log_mel", "mcd_db", "stft_convergence", "stft_log_magnitude", "si_sdr_db")
    steps = [measured(with_noise(VOICE, snr_db), names) for snr_db in (40, 20, 0)]
    for name in names:
        values = [step[name] for step in steps]
        assert values == sorted(values, reverse=METRICS[name].better == "high"), name


def test_a_band_limit_moves_the_spectrum_and_not_the_pitch() -> None:
    found = measured(band_limited(VOICE, 3000), ours())
    assert found["log_mel"] > 0.3 and found["mcd_db"] > 3 and found["stft_log_magnitude"] > 0.3
    assert found["f0_rmse_cents"] < 20 and found["voicing_error"] < 0.1
    assert found["duration_error"] == 0


def test_a_pitch_shift_moves_the_pitch_by_so_much() -> None:
    found = measured(speech(3, f0_hz=130 * 2 ** (100 / 1200)), ours())
    assert found["f0_rmse_cents"] == pytest.approx(100, abs=8)
    assert found["gross_error"] < 0.02 and found["voicing_error"] < 0.05
    third = measured(speech(3, f0_hz=130 * 2 ** (400 / 1200)), ours())
    assert third["gross_error"] > 0.95


def test_a_time_stretch_moves_the_duration_and_little_else() -> None:
    slow = speech(3, tempo=0.8)
    sounds = Sounds(VOICE, RATE_HZ, slow, RATE_HZ)
    assert not sounds.in_step
    found = measured(slow, ["duration_error", "mcd_db", "f0_rmse_cents", "log_mel"])
    assert found["duration_error"] == pytest.approx(0.25, abs=1e-4)
    other = measured(speech(3, f0_hz=210, formants=1.25), found)
    assert found["mcd_db"] < 0.5 * other["mcd_db"]
    assert found["f0_rmse_cents"] < 0.5 * other["f0_rmse_cents"]


def test_another_speaker_is_far_in_everything_but_time() -> None:
    other = measured(speech(3, f0_hz=210, formants=1.25), ours())
    same = measured(speech(3, seed=3), ours())
    for name in ("log_mel", "mcd_db", "f0_rmse_cents", "stft_log_magnitude"):
        assert other[name] > 2 * same[name], name
    assert other["gross_error"] > 0.5 and other["duration_error"] == 0


def test_a_frame_more_or_less_is_cut() -> None:
    for n in (-300, 300):
        longer = np.pad(VOICE, (0, max(0, n)))[: len(VOICE) + n]
        sounds = Sounds(VOICE, RATE_HZ, longer, RATE_HZ)
        assert sounds.in_step and sounds.ref.shape == sounds.syn.shape
        assert sounds.duration_error == pytest.approx(300 / len(VOICE))
        assert METRICS["si_sdr_db"].measure(sounds) == pytest.approx(100)


def test_rates_meet_at_the_lower_one() -> None:
    made = resample(VOICE, RATE_HZ, 24_000)
    sounds = Sounds(VOICE, RATE_HZ, made, 24_000)
    assert sounds.rate_hz == RATE_HZ and sounds.in_step and sounds.duration_error < 1e-4
    assert METRICS["log_mel"].measure(sounds) < 0.1


def test_silence_has_no_pitch_to_compare() -> None:
    found = measured(np.zeros_like(VOICE), ours())
    assert found["f0_rmse_cents"] is None and found["gross_error"] is None
    assert found["si_sdr_db"] is None and found["voicing_error"] > 0.3


def test_real_speech_beside_other_implementations(corpora: Path) -> None:
    """Griffin-Lim copies: MCD by librosa's MFCC, STOI and PESQ on librosa's resampling."""
    pystoi = pytest.importorskip("pystoi", reason="the extra [eval] is not installed")
    pesq = pytest.importorskip("pesq", reason="the extra [eval] is not installed")
    vocoding = Vocoding.load("griffin_lim", precision="float32", device="cpu")
    for path in sorted((corpora / "ljspeech_subset" / "wavs").iterdir())[:3]:
        ref, rate_hz = io.read(path)
        sounds = Sounds(ref, rate_hz, vocoding.resynthesise(ref), rate_hz)
        wavs = (sounds.ref, sounds.syn)
        found = {n: METRICS[n].measure(sounds) for n in ("mcd_db", "stoi", "pesq")}
        assert found["mcd_db"] == pytest.approx(_librosa_mcd(*wavs, rate_hz, sounds.hop), rel=2e-3)
        at = {
            hz: [librosa.resample(w, orig_sr=rate_hz, target_sr=hz) for w in wavs]
            for hz in (10_000, 16_000)
        }
        assert found["stoi"] == pytest.approx(pystoi.stoi(*at[10_000], 10_000), abs=1e-3)
        assert found["pesq"] == pytest.approx(pesq.pesq(16_000, *at[16_000], "wb"), abs=5e-3)


def _librosa_mcd(ref: np.ndarray, made: np.ndarray, rate_hz: int, hop: int) -> float:
    filters = librosa.filters.mel(sr=rate_hz, n_fft=4 * hop, n_mels=80)
    cepstra = []
    for wav in (ref, made):
        padded = np.pad(wav, 3 * hop // 2, mode="reflect")
        magnitude = np.abs(librosa.stft(padded, n_fft=4 * hop, hop_length=hop, center=False))
        log = np.log(np.maximum(filters @ magnitude, 1e-5))
        cepstra.append(np.sqrt(2 / 80) * librosa.feature.mfcc(S=log, n_mfcc=14, norm="ortho")[1:])
    _, path = librosa.sequence.dtw(*cepstra)
    apart = np.square(cepstra[0][:, path[:, 0]] - cepstra[1][:, path[:, 1]]).sum(0)
    return 10 / np.log(10) * float(np.sqrt(2 * apart).mean())
