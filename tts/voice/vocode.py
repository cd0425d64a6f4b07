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
from tts.files import make_folder
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
    bridge: str | Path | None = None,
    speaker: str | None = None,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
    **knobs: Any,
) -> Vocoded:
    """Vocode one file, or every file of a folder.

    Args:
        source: a recording at the vocoder's rate, a .npy of its frames (C, T), or a folder of
            these.
        out: an audio file; for a folder, another folder, which gets one .wav each.
        vocoder: an experiment, a checkpoint, or `griffin_lim`.
        bridge: the experiment of the learned bridge that makes frames of recordings; a mel needs
            none, nor does the bridge's own decoder.
        speaker: who speaks, for a vocoder that is told: one of its speakers, or a mixture; by
            default their mean.
    Raises:
        TTSError: a file, the vocoder, or their contracts cannot be used.
    """
    source, out = Path(source), Path(out)
    pairs = _pairs(source, out)
    vocoding = Vocoding.load(vocoder, bridge=bridge, precision=precision, device=device)
    rate_hz = vocoding.contract.sample_rate_hz
    if speaker is not None:
        vocoding.cast.choose(speaker)
        knobs |= vocoding.told(speaker)
    n_samples, wall_s = 0, 0.0
    for path, target in tqdm(pairs, unit="file", disable=len(pairs) == 1):
        samples, seconds = _one(path, vocoding, seed, knobs)
        io.write(target, samples, rate_hz)
        n_samples, wall_s = n_samples + len(samples), wall_s + seconds
    audio_s = n_samples / rate_hz
    return Vocoded(str(out), rate_hz, audio_s, wall_s, wall_s / audio_s)


def _pairs(source: Path, out: Path) -> list[tuple[Path, Path]]:
    if not source.exists():
        raise DataError(f"{source}: no such file; give a recording, frames, or a folder of them")
    if not source.is_dir():
        io.check_target(out)
        return [(source, out)]
    paths = sorted(p for p in source.iterdir() if p.suffix.lower() in SOURCES)
    if not paths:
        raise DataError(f"{source}: no {' '.join(SOURCES)} files in it; name another folder")
    if out.resolve() == source.resolve():
        raise DataError(f"{out}: the sources lie there; name another folder for what is made")
    targets: dict[Path, Path] = {}
    for path in paths:
        first = targets.setdefault(out / f"{path.stem}.wav", path)
        if first != path:
            raise DataError(f"{path}: makes the same wav as {first}; rename one of them")
    make_folder(out)
    return [(path, target) for target, path in targets.items()]


def _one(
    path: Path, vocoding: Vocoding, seed: int, knobs: dict[str, Any]
) -> tuple[np.ndarray, float]:
    """Samples, and the seconds it took to make them."""
    if path.suffix.lower() == ".npy":
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
        frames = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; give a .npy of frames") from None
    except (OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: not a .npy of numbers ({reason}); save it again") from None
    wanted = f"({contract.channels}, T)"
    if frames.ndim != 2 or frames.shape[0] != contract.channels or frames.shape[1] == 0:
        turned = frames.ndim == 2 and frames.shape[1] == contract.channels
        hint = "transpose it" if turned else "make it with the vocoder's own contract"
        raise DataError(f"{path}: frames have shape {frames.shape}, expected {wanted}; {hint}")
    if not np.issubdtype(frames.dtype, np.floating):
        raise DataError(f"{path}: frames are {frames.dtype}, expected float32; save them as that")
    with np.errstate(over="ignore"):
        frames = np.array(frames, dtype=np.float32)
    if not np.isfinite(frames).all():
        channel, frame = (int(i) for i in np.argwhere(~np.isfinite(frames))[0])
        value = frames[channel, frame]
        raise DataError(
            f"{path}: frame {frame} is {value} in channel {channel}, expected finite numbers; "
            "make it again"
        )
    return frames
