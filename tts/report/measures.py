"""The metrics by name, each a number about a recording and what was made of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from tts.audio import f0
from tts.audio.mel import comparison
from tts.audio.resample import resample
from tts.contracts import Contract
from tts.data.speaker_vectors import SHORTEST_S
from tts.metrics.perceptual import pesq, stoi
from tts.metrics.pitch import PitchErrors, compare_pitch
from tts.metrics.speaker import Embedder, speaker_similarity
from tts.metrics.spectral import (
    cepstra,
    log_mel,
    log_mel_distance,
    mel_cepstral_distortion,
    warping_path,
)
from tts.metrics.waveform import SpectralDistance, si_sdr_db, spectral_distance

HOP_S = 256 / 22_050  # of the frames that are compared
IN_STEP_FRAMES = 2  # lengths that differ by no more are of sounds that lie in step


class Sounds:
    """A recording and what was made of it, at one rate, with what several metrics share.

    Where the lengths differ by at most two frames, both are cut to the shorter and lie in step;
    else frames are matched by dynamic time warping of their cepstra.

    Args:
        ref, syn: samples (N,), with their rates.
        embedder: says who speaks, for `speaker_cosine`.
    """

    def __init__(
        self,
        ref: np.ndarray,
        ref_hz: int,
        syn: np.ndarray,
        syn_hz: int,
        embedder: Embedder | None = None,
    ) -> None:
        self.embedder = embedder
        self.rate_hz = min(ref_hz, syn_hz)
        self.ref = resample(ref, ref_hz, self.rate_hz)
        self.syn = resample(syn, syn_hz, self.rate_hz)
        self.duration_error = abs(len(syn) * ref_hz / (len(ref) * syn_hz) - 1)
        self.hop = 2 * round(HOP_S * self.rate_hz / 2)
        self.in_step = abs(len(self.ref) - len(self.syn)) <= IN_STEP_FRAMES * self.hop
        if self.in_step:
            n = min(len(self.ref), len(self.syn))
            self.ref, self.syn = self.ref[:n], self.syn[:n]

    @functools.cached_property
    def mels(self) -> tuple[np.ndarray, np.ndarray]:
        """Natural-log mels (80, T) and (80, T') over all frequencies."""
        plain = Contract(kind="latent", sample_rate_hz=self.rate_hz, hop=self.hop)
        measure = comparison(plain)
        return log_mel(self.ref, measure), log_mel(self.syn, measure)

    @functools.cached_property
    def path(self) -> tuple[np.ndarray, np.ndarray]:
        """The frames of either that belong together."""
        if self.in_step:
            both = np.arange(self.mels[0].shape[1])
            return both, both
        path = warping_path(*(cepstra(mel) for mel in self.mels))
        return path[:, 0], path[:, 1]

    @functools.cached_property
    def tracks_hz(self) -> tuple[np.ndarray, np.ndarray]:
        """Both pitch tracks, 0 where unvoiced, as they are."""
        wavs = (self.ref, self.syn)
        found = (f0.estimate(torch.from_numpy(wav)[None], self.rate_hz, self.hop) for wav in wavs)
        ref, syn = (pitch.f0_hz[0].numpy() for pitch in found)
        return ref, syn

    @functools.cached_property
    def pitch(self) -> PitchErrors:
        """Errors of the pitch over the frames that belong together."""
        tracks = (hz[places] for hz, places in zip(self.tracks_hz, self.path))
        return compare_pitch(*tracks)

    @functools.cached_property
    def spectra(self) -> SpectralDistance:
        """Distances under three STFTs, of sounds that lie in step."""
        return spectral_distance(self.ref, self.syn)


@dataclass(frozen=True)
class Metric:
    """What a number means.

    Attributes:
        title: for people, with its unit.
        better: whether low or high numbers are good.
        perfect: of a recording against itself.
        in_step: it compares sample by sample.
        measure: the number, or None where it says nothing; text errors have none of their own.
    """

    title: str
    better: Literal["low", "high"]
    perfect: float
    in_step: bool = False
    measure: Callable[[Sounds], float | None] | None = None


METRICS: dict[str, Metric] = {
    "log_mel": Metric(
        "log-mel distance", "low", 0.0, measure=lambda s: log_mel_distance(*_matched(s))
    ),
    "mcd_db": Metric("MCD, dB", "low", 0.0, measure=lambda s: mel_cepstral_distortion(*s.mels)),
    "f0_rmse_cents": Metric(
        "log-F0 RMSE, cents", "low", 0.0, measure=lambda s: s.pitch.f0_rmse_cents
    ),
    "gross_error": Metric("gross pitch error", "low", 0.0, measure=lambda s: s.pitch.gross_error),
    "voicing_error": Metric("voicing error", "low", 0.0, measure=lambda s: s.pitch.voicing_error),
    "duration_error": Metric("duration error", "low", 0.0, measure=lambda s: s.duration_error),
    "stft_convergence": Metric(
        "STFT convergence", "low", 0.0, True, lambda s: s.spectra.convergence
    ),
    "stft_log_magnitude": Metric(
        "STFT log-magnitude", "low", 0.0, True, lambda s: s.spectra.log_magnitude
    ),
    "stoi": Metric("STOI", "high", 1.0, True, lambda s: stoi(s.ref, s.syn, s.rate_hz)),
    "estoi": Metric(
        "ESTOI", "high", 1.0, True, lambda s: stoi(s.ref, s.syn, s.rate_hz, extended=True)
    ),
    "pesq": Metric(
        "PESQ (wide band)", "high", 4.644, True, lambda s: pesq(s.ref, s.syn, s.rate_hz)
    ),
    "si_sdr_db": Metric("SI-SDR, dB", "high", 100.0, True, lambda s: si_sdr_db(s.ref, s.syn)),
    "speaker_similarity": Metric(
        "speaker similarity",
        "high",
        1.0,
        measure=lambda s: speaker_similarity(s.ref, s.syn, s.rate_hz),
    ),
    "speaker_cosine": Metric(
        "speaker cosine, by the encoder given", "high", 1.0, measure=lambda s: _speaker_cosine(s)
    ),
    "wer": Metric("word error", "low", 0.0),
    "cer": Metric("character error", "low", 0.0),
}
TEXTUAL = ("wer", "cer")
ENCODED = ("speaker_cosine",)  # need an encoder of speakers


def _matched(sounds: Sounds) -> tuple[np.ndarray, np.ndarray]:
    """The frames of both sounds that belong together, (80, n) each."""
    ref, syn = (mel[:, places] for mel, places in zip(sounds.mels, sounds.path))
    return ref, syn


def _speaker_cosine(sounds: Sounds) -> float | None:
    """None where one is silent, or too short to tell who speaks."""
    shortest = min(len(sounds.ref), len(sounds.syn)) / sounds.rate_hz
    if sounds.embedder is None or shortest < SHORTEST_S:
        return None
    return speaker_similarity(sounds.ref, sounds.syn, sounds.rate_hz, sounds.embedder)
