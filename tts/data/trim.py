"""Recordings without the silence at their ends, and as loud as a voice should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from tts.audio import io
from tts.audio.level import block_powers, level, loudness_lufs
from tts.data import datadir
from tts.data.datadir import DataDir
from tts.data.sources import read_source
from tts.data.tables import write_table
from tts.errors import DataError

PEAK = 0.99  # of full scale: no gain goes beyond


@dataclass(frozen=True)
class Trimmed:
    """What was cut: seconds in all, before and after; the gain of each speaker, dB."""

    n_utterances: int
    seconds: float
    kept_s: float
    gain_db: dict[str, float]


def trim(
    src: str | Path, dst: str | Path, *, keep_s: float = 0.05, lufs: float | None = None
) -> Trimmed:
    """Cut the silence before and after speech, and make each speaker as loud as wanted.

    A model learns the silence of its recordings, and where it is long, its first words suffer.

    Args:
        src: a data dir that `format_wavs` made; dst: the new one, with `wavs/` in it.
        keep_s: how much silence stays at each end.
        lufs: loudness of each speaker, by one gain for all its recordings, which is smaller where
            they would be clipped; None leaves it.
    Raises:
        DataError: audio that cannot be used, or `dst` is `src`.
    """
    data, dst = datadir.read(src), Path(dst)
    if data.path.resolve() == dst.resolve():
        raise DataError(f"{dst}: is the data dir that is read; give another folder to write to")
    if data.segments is not None:
        raise DataError(f"{data.path}: has segments; cut them first: `tts data wav {src} OUT`")
    (dst / "wavs").mkdir(parents=True, exist_ok=True)
    gains = _gains(data, keep_s, lufs) if lufs is not None else {}
    samples_of: dict[str, int] = {}
    wavs, before_s, after_s = {}, 0.0, 0.0
    for utterance in tqdm(data.utterances, desc=f"wavs of {dst}", unit="file"):
        samples, rate_hz = read_source(data.wav_scp[utterance], utterance)
        made = cut(samples, rate_hz, keep_s) * gains.get(data.utt2spk[utterance], 1.0)
        wavs[utterance] = str(dst / "wavs" / f"{utterance}.wav")
        io.write(wavs[utterance], made.astype(np.float32), rate_hz)
        samples_of[utterance] = len(made)
        before_s, after_s = before_s + len(samples) / rate_hz, after_s + len(made) / rate_hz
    datadir.write(DataDir(dst, wavs, data.text, data.utt2spk, None, data.utt2lang), dst)
    write_table(dst / "utt2num_samples", samples_of)
    in_db = {name: 20 * float(np.log10(gain)) for name, gain in gains.items()}
    return Trimmed(len(wavs), before_s, after_s, in_db)


def cut(samples: np.ndarray, rate_hz: int, keep_s: float) -> np.ndarray:
    """Samples (N,) without the silence at their ends, but for `keep_s` of it on each side."""
    found = level(samples, rate_hz)
    first = max(0, round((found.leading_s - keep_s) * rate_hz))
    last = len(samples) - max(0, round((found.trailing_s - keep_s) * rate_hz))
    return samples[first:last]


def _gains(data: DataDir, keep_s: float, lufs: float) -> Mapping[str, float]:
    """The factor of each speaker's samples."""
    gains = {}
    for speaker, utterances in data.spk2utt.items():
        blocks, peak = [], 0.0
        for utterance in utterances:
            samples, rate_hz = read_source(data.wav_scp[utterance], utterance)
            blocks.append(block_powers(cut(samples, rate_hz, keep_s), rate_hz))
            peak = max(peak, float(np.abs(samples).max()))
        loudness = loudness_lufs(blocks)
        if loudness is not None:
            gains[speaker] = min(10 ** ((lufs - loudness) / 20), PEAK / peak)
    return gains
