"""Files through a vocoder: recordings by copy synthesis, or frames that others made."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from tts.audio import io
from tts.contracts import Contract
from tts.errors import DataError
from tts.nn.precision import Precision
from tts.voice.vocoding import Vocoding

SOURCES = (".wav", ".flac", ".ogg", ".mp3", ".npy")


@dataclass(frozen=True)
class Vocoded:
    """What was written, and how long it took."""

    out: str
    sample_rate_hz: int
    audio_s: float
    wall_s: float
    rtf: float


def vocode(
    source: str | Path,
    out: str | Path,
    vocoder: str | Path,
    *,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
    **knobs: Any,
) -> Vocoded:
    """Vocode one file, or every file of a folder.

    Args:
        source: a recording at the vocoder's rate, a .npy of its frames (C, T), or a folder of these.
        out: an audio file; for a folder, the folder that gets one .wav each.
        vocoder: an experiment, a checkpoint, or `griffin_lim`.
    Raises:
        TTSError: a file, the vocoder, or their contracts cannot be used.
    """
    source, out = Path(source), Path(out)
    pairs = _pairs(source, out)
    vocoding = Vocoding.load(vocoder, precision=precision, device=device)
    rate_hz = vocoding.contract.sample_rate_hz
    n_samples, wall_s = 0, 0.0
    for path, target in tqdm(pairs, unit="file", disable=len(pairs) == 1):
        samples, seconds = _one(path, vocoding, seed, knobs)
        io.write(target, samples, rate_hz)
        n_samples, wall_s = n_samples + len(samples), wall_s + seconds
    audio_s = n_samples / rate_hz
    return Vocoded(str(out), rate_hz, audio_s, wall_s, wall_s / audio_s)


def _pairs(source: Path, out: Path) -> list[tuple[Path, Path]]:
    if not source.is_dir():
        return [(source, out)]
    paths = sorted(p for p in source.iterdir() if p.suffix in SOURCES)
    if not paths:
        raise DataError(f"{source}: no {' '.join(SOURCES)} files in it")
    out.mkdir(parents=True, exist_ok=True)
    return [(path, out / f"{path.stem}.wav") for path in paths]


def _one(
    path: Path, vocoding: Vocoding, seed: int, knobs: dict[str, Any]
) -> tuple[np.ndarray, float]:
    """Samples, and the seconds it took to make them."""
    if path.suffix == ".npy":
        frames = torch.from_numpy(read_frames(path, vocoding.contract))
        started = time.perf_counter()
        samples = vocoding(frames, seed=seed, **knobs)
    else:
        wav, _ = io.read(path, vocoding.contract.sample_rate_hz)
        started = time.perf_counter()
        samples = vocoding.resynthesise(wav, seed=seed, **knobs)
    return samples, time.perf_counter() - started


def read_frames(path: Path, contract: Contract) -> np.ndarray:
    """Frames (C, T) float32 from a .npy file.

    Raises:
        DataError: not an array of numbers, another number of channels, or not finite.
    """
    try:
        frames = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: not a .npy of numbers ({error})") from None
    wanted = f"({contract.channels}, T)"
    if frames.ndim != 2 or frames.shape[0] != contract.channels or frames.shape[1] == 0:
        hint = "transpose it" if frames.ndim == 2 and frames.shape[1] == contract.channels else (
            "make it with the vocoder's own contract"
        )
        raise DataError(f"{path}: frames have shape {frames.shape}, expected {wanted}; {hint}")
    if not np.issubdtype(frames.dtype, np.floating) or not np.isfinite(frames).all():
        raise DataError(f"{path}: frames must be finite floating-point numbers, got {frames.dtype}")
    return frames.astype(np.float32)
