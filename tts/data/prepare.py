"""The stages of a recipe which turn a data dir into a dump dir: wavs, speaker ids, what to keep.

References:
    Kaldi's and ESPnet's data stages, https://kaldi-asr.org/doc/data_prep.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tts.audio import io
from tts.audio.resample import resample
from tts.data import datadir
from tts.data.datadir import DataDir, Segment
from tts.data.jobs import Journal, run_all, stamp
from tts.data.sources import is_pipe, read_source, refuse_pipe
from tts.data.tables import read_table, write_table
from tts.errors import DataError
from tts.files import write_text


@dataclass(frozen=True)
class Formatted:
    """How many utterances have wavs now, how many had before, and how long all are."""

    n_utterances: int
    n_skipped: int
    seconds: float


@dataclass(frozen=True)
class Filtered:
    """What became of a data dir: how many were kept of how many, and why others were not."""

    n_kept: int
    n_all: int
    dropped: dict[str, str]


@dataclass(frozen=True)
class _Recording:
    """Work on one entry of wav.scp: which stretches of it go to which files."""

    source: str
    where: str
    rate_hz: int
    allow_pipes: bool
    cuts: tuple[tuple[str, Segment | None, Path], ...]


def format_wavs(
    src: str | Path,
    dst: str | Path,
    rate_hz: int,
    *,
    n_jobs: int = 1,
    allow_pipes: bool = False,
) -> Formatted:
    """Write every utterance as a 16-bit wav of one rate, with a data dir which names them.

    Commands are run, segments cut, and all resampled. Stopped and run again, it goes on where it
    was; an utterance whose source has changed is made again.

    Args:
        src: a data dir; dst: the new one, with `wavs/` and `utt2num_samples` in it.
        n_jobs: how many recordings to work on at once.
        allow_pipes: run the commands in `wav.scp`.
    Raises:
        DataError: audio which cannot be used, named with its entry; the disk is full.
    """
    data, dst = datadir.read(src), Path(dst)
    _refuse_same(data.path, dst)
    (dst / "wavs").mkdir(parents=True, exist_ok=True)
    wavs = {utterance: dst / "wavs" / f"{utterance}.wav" for utterance in data.utterances}
    journal = Journal(dst / "wavs" / ".done")
    stamps = {utterance: _stamp(data, utterance, rate_hz) for utterance in wavs}
    found = {u: journal.value(u, stamps[u], wavs[u]) for u in wavs}
    n_samples = {u: n for u, n in found.items() if n is not None}
    n_skipped = len(n_samples)
    missing = {u: path for u, path in wavs.items() if u not in n_samples}
    todo = _recordings(data, missing, rate_hz, allow_pipes)
    for made in run_all(_format, todo, f"wavs of {dst}", n_jobs=n_jobs):
        for utterance, n in made.items():
            journal.mark(utterance, stamps[utterance], n)
            n_samples[utterance] = n
    paths = {utterance: str(path) for utterance, path in wavs.items()}
    datadir.write(DataDir(dst, paths, data.text, data.utt2spk, None, data.utt2lang), dst)
    write_table(dst / "utt2num_samples", n_samples)
    return Formatted(len(wavs), n_skipped, sum(n_samples.values()) / rate_hz)


def _refuse_same(src: Path, dst: Path) -> None:
    if src.resolve() == dst.resolve():
        raise DataError(f"{dst}: is the data dir that is read; give another folder to write to")


def _stamp(data: DataDir, utterance: str, rate_hz: int) -> str:
    source = data.wav_scp[data.recording(utterance)]
    segment = data.segments[utterance] if data.segments else ""
    return stamp(f"{source} {segment} {rate_hz}", None if is_pipe(source) else Path(source))


def _recordings(
    data: DataDir, wavs: dict[str, Path], rate_hz: int, allow_pipes: bool
) -> list[_Recording]:
    """What is to be made, by recording, so that each is decoded once."""
    cuts: dict[str, list[tuple[str, Segment | None, Path]]] = defaultdict(list)
    for utterance, path in wavs.items():
        segment = data.segments[utterance] if data.segments else None
        cuts[data.recording(utterance)].append((utterance, segment, path))
    scp = data.path / "wav.scp"
    for name in cuts:
        refuse_pipe(data.wav_scp[name], f"{scp}: {name}", allow_pipes)
    return [
        _Recording(data.wav_scp[name], f"{scp}: {name}", rate_hz, allow_pipes, tuple(parts))
        for name, parts in cuts.items()
    ]


def _format(recording: _Recording) -> dict[str, int]:
    """Write the utterances of a recording; their samples."""
    where, rate_hz = recording.where, recording.rate_hz
    samples, from_hz = read_source(recording.source, where, allow_pipes=recording.allow_pipes)
    n_samples = {}
    for utterance, segment, path in recording.cuts:
        cut = samples if segment is None else _cut(samples, from_hz, utterance, segment, where)
        made = resample(cut, from_hz, rate_hz)
        io.write(path, made, rate_hz)
        n_samples[utterance] = len(made)
    return n_samples


def _cut(
    samples: np.ndarray, rate_hz: int, utterance: str, segment: Segment, where: str
) -> np.ndarray:
    seconds = len(samples) / rate_hz
    cut = samples[round(segment.start_s * rate_hz) : round(segment.end_s * rate_hz)]
    if not segment.within(seconds) or not len(cut):
        raise DataError(
            f"{where}: segment {utterance} runs from {segment.start_s:g} to {segment.end_s:g} s, "
            f"and the recording lasts {seconds:.3f} s; run `tts data validate --fix` to drop it"
        )
    return cut


def speaker_ids(dirs: Sequence[str | Path], out: str | Path) -> list[str]:
    """Number the speakers of some data dirs: `out` gets a name a line, the line being the id.

    Returns the names, in byte order.
    """
    names = sorted({s for folder in dirs for s in read_table(Path(folder) / "utt2spk").values()})
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    write_text(out, "".join(f"{name}\n" for name in names))
    return names


def read_speaker_ids(path: str | Path, *, allow_empty: bool = False) -> list[str]:
    """The speakers in a file that `speaker_ids` wrote; the place of a name is its id.

    Args:
        allow_empty: take a file without a name, which a voice of one speaker may have.
    Raises:
        DataError: no such file, not UTF-8, an empty line, a name twice, or no name.
    """
    path = Path(path)
    remedy = f"make it with `tts data ids DIR... --out {path}`"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; {remedy}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise DataError(f"{path}: cannot be read ({reason}); {remedy}") from None
    names = [line.strip() for line in text.removesuffix("\n").split("\n")] if text else []
    if not (names or allow_empty) or not all(names) or len(set(names)) < len(names):
        raise DataError(f"{path}: expected every speaker once, a name a line; {remedy}")
    return names


def filter_utterances(
    src: str | Path,
    dst: str | Path,
    *,
    min_s: float = 0.0,
    max_s: float = float("inf"),
    drop: Sequence[str] = (),
    min_yield: float = 0.95,
) -> Filtered:
    """Write a data dir without utterances that are too short, too long, wordless, or named.

    Args:
        src: a data dir that `format_wavs` made.
        min_s, max_s: bounds of what is kept, in seconds.
        drop: utterances to leave out whatever they hold.
        min_yield: the share that has to remain of the utterances not in `drop`.
    Raises:
        DataError: fewer remain, or `drop` has one that is not there; then nothing is written.
    """
    data, dst = datadir.read(src), Path(dst)
    _refuse_same(data.path, dst)
    _refuse_unknown(data, drop)
    lengths = durations_s(data)
    dropped = dict.fromkeys(drop, "named to be dropped")
    candidates = [u for u in data.utterances if u not in dropped]
    for utterance in candidates:
        reason = _reason_to_drop(lengths[utterance], data.text[utterance], min_s, max_s)
        if reason:
            dropped[utterance] = reason
    kept = [u for u in candidates if u not in dropped]
    if len(kept) < max(1, min_yield * len(candidates)):
        first = next((u for u in candidates if u in dropped), next(iter(dropped)))
        raise DataError(
            f"{src}: only {len(kept)} of {len(candidates)} utterances would remain, expected "
            f"{min_yield:.0%} (first dropped: {first}, {dropped[first]}); "
            "correct the data, change --min-s and --max-s, or lower --min-yield"
        )
    datadir.write(data.only(kept), dst)
    samples = read_table(data.path / "utt2num_samples")
    write_table(dst / "utt2num_samples", {u: samples[u] for u in kept})
    return Filtered(len(kept), len(data.utterances), dropped)


def _refuse_unknown(data: DataDir, drop: Sequence[str]) -> None:
    unknown = [utterance for utterance in drop if utterance not in data.text]
    if unknown:
        raise DataError(
            f"{data.path}: has no utterance {unknown[0]} to drop; name one that its text lists"
        )


def durations_s(data: DataDir) -> dict[str, float]:
    """Seconds of each utterance of a data dir that `format_wavs` made."""
    samples = read_table(data.path / "utt2num_samples")
    rate_hz = io.measure(next(iter(data.wav_scp.values())))[1]
    missing = [u for u in data.utterances if u not in samples]
    if missing:
        raise DataError(
            f"{data.path / 'utt2num_samples'}: {missing[0]} is missing; run `tts data wav` again"
        )
    return {u: int(samples[u]) / rate_hz for u in data.utterances}


def _reason_to_drop(length_s: float, text: str, min_s: float, max_s: float) -> str:
    if not any(character.isalnum() for character in text):
        return "no words in its text"
    if length_s < min_s:
        return f"{length_s:.2f} s is shorter than {min_s:g} s"
    if length_s > max_s:
        return f"{length_s:.2f} s is longer than {max_s:g} s"
    return ""
