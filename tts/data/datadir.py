"""Kaldi's data dirs: `wav.scp text utt2spk spk2utt [segments utt2lang]`, read and written.

`wav.scp` names the audio of each utterance, or with `segments` of each recording: a path, relative
to the current directory, or a command that ends in `|` and writes a wav file to its output.

References:
    Kaldi, "Data preparation", https://kaldi-asr.org/doc/data_prep.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tts.data.tables import Problem, Table, read_table, scan_table, write_table
from tts.errors import DataError

_OVERSHOOT_S = 0.5


@dataclass(frozen=True)
class Segment:
    """A stretch of a recording, in seconds."""

    recording: str
    start_s: float
    end_s: float

    def within(self, recording_s: float) -> bool:
        """Whether a recording so long holds it; its end may be a little late, as people round."""
        return self.start_s < recording_s and self.end_s <= recording_s + _OVERSHOOT_S

    def __str__(self) -> str:
        return f"{self.recording} {self.start_s:.10g} {self.end_s:.10g}"


@dataclass(frozen=True)
class DataDir:
    """A corpus, or a part of one. All mappings are in byte order of their keys.

    Attributes:
        path: where it was read, or is to be written.
        wav_scp: utterance (recording, if there are segments) to path or command.
        text: utterance to transcript, which may be empty.
        utt2spk: utterance to speaker.
        segments: utterance to its place in a recording, or None.
        utt2lang: utterance to language, or None.
    """

    path: Path
    wav_scp: dict[str, str]
    text: dict[str, str]
    utt2spk: dict[str, str]
    segments: dict[str, Segment] | None = None
    utt2lang: dict[str, str] | None = None

    @property
    def utterances(self) -> list[str]:
        """Names of the utterances, in order."""
        return list(self.utt2spk)

    @property
    def spk2utt(self) -> dict[str, list[str]]:
        """Speaker to utterances."""
        speakers: dict[str, list[str]] = defaultdict(list)
        for utterance, speaker in self.utt2spk.items():
            speakers[speaker].append(utterance)
        return dict(sorted(speakers.items()))

    def recording(self, utterance: str) -> str:
        """The key of `wav_scp` which holds this utterance."""
        return self.segments[utterance].recording if self.segments else utterance

    def only(self, utterances: Iterable[str]) -> DataDir:
        """The part with these utterances, and the recordings which they need."""
        kept = sorted(utterances)
        recordings = sorted({self.recording(u) for u in kept})
        return replace(
            self,
            wav_scp={r: self.wav_scp[r] for r in recordings},
            text={u: self.text[u] for u in kept},
            utt2spk={u: self.utt2spk[u] for u in kept},
            segments=None if self.segments is None else {u: self.segments[u] for u in kept},
            utt2lang=None if self.utt2lang is None else {u: self.utt2lang[u] for u in kept},
        )


def read(path: str | Path) -> DataDir:
    """Read a data dir; the audio is not looked at.

    Raises:
        DataError: the first thing wrong with it. `validate` lists all.
    """
    path = Path(path)
    if not path.is_dir():
        raise DataError(f"{path}: no such data dir; make one with `tts data import`")
    segments = None
    if (path / "segments").exists():
        table = scan_table(path / "segments")
        segments, problems = read_segments(table, path / "segments")
        for problem in (*table.problems, *problems):
            raise DataError(str(problem))
    utt2lang = read_table(path / "utt2lang") if (path / "utt2lang").exists() else None
    data = DataDir(
        path=path,
        wav_scp=read_table(path / "wav.scp"),
        text=read_table(path / "text", allow_empty=True),
        utt2spk=read_table(path / "utt2spk"),
        segments=segments,
        utt2lang=utt2lang,
    )
    for problem in key_problems(data):
        raise DataError(str(problem))
    return data


def write(data: DataDir, path: str | Path) -> DataDir:
    """Write a data dir, each file sorted and atomic, and return it as it now lies there."""
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    optional = {"segments": data.segments, "utt2lang": data.utt2lang}
    for name, table in optional.items():
        if table is None:
            (path / name).unlink(missing_ok=True)
        else:
            write_table(path / name, table)
    write_table(path / "text", data.text)
    write_table(path / "utt2spk", data.utt2spk)
    write_table(path / "spk2utt", {s: " ".join(us) for s, us in data.spk2utt.items()})
    write_table(path / "wav.scp", data.wav_scp)
    return replace(data.only(data.utterances), path=path)


def read_segments(table: Table, path: Path) -> tuple[dict[str, Segment], list[Problem]]:
    """The segments in a table, and what is wrong with the others."""
    segments, problems = {}, []
    for utterance, value in table.values.items():
        try:
            segments[utterance] = _parse_segment(value)
        except ValueError:
            what = f"{utterance} has {value!r}, expected `recording start end`, start before end"
            fix = f"correct the times (in s), or run `tts data validate --fix {path.parent}`"
            problems.append(Problem(path, table.lines[utterance], what, fix, utterance))
    return segments, problems


def _parse_segment(value: str) -> Segment:
    recording, start, end = value.split()
    segment = Segment(recording, float(start), float(end))
    if not 0 <= segment.start_s < segment.end_s < float("inf"):
        raise ValueError("no time between start and end")
    return segment


def key_problems(data: DataDir) -> list[Problem]:
    """Where the files of a data dir do not speak of the same utterances."""
    path = data.path
    per_utterance: dict[str, Mapping[str, object] | None] = {
        "text": data.text,
        "utt2spk": data.utt2spk,
        "segments": data.segments,
        "utt2lang": data.utt2lang,
    }
    if data.segments is None:
        per_utterance["wav.scp"] = data.wav_scp
    tables = {name: table for name, table in per_utterance.items() if table is not None}
    everyone = sorted(set().union(*tables.values()))
    problems = [
        _missing(path / name, u, next(n for n, t in tables.items() if u in t))
        for name, table in tables.items()
        for u in everyone
        if u not in table
    ]
    for utterance, segment in (data.segments or {}).items():
        if segment.recording not in data.wav_scp:
            where = f"segments ({utterance})"
            problems.append(_missing(path / "wav.scp", segment.recording, where, utterance))
    return problems


def _missing(file: Path, key: str, source: str, drop: str = "") -> Problem:
    fix = f"add it, or run `tts data validate --fix {file.parent}` to drop it"
    return Problem(file, 0, f"{key} of {source} is missing", fix, drop or key)
