"""What is wrong with a data dir, all of it at once, and how to make it right."""

from __future__ import annotations

import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from tts.data import datadir
from tts.data.datadir import DataDir, key_problems, read_segments
from tts.data.sources import is_pipe, read_source
from tts.data.tables import Problem, Table, scan_table
from tts.errors import DataError

_NAMES = ("wav.scp", "text", "utt2spk", "spk2utt", "segments", "utt2lang")
_OPTIONAL = ("spk2utt", "segments", "utt2lang")


@dataclass(frozen=True)
class Report:
    """What `validate` found.

    Attributes:
        n_recordings: audio files looked at; rates_hz: how many have each rate.
        seconds: their length in all; 0 when wavs were not looked at.
    """

    path: Path
    problems: tuple[Problem, ...]
    n_utterances: int
    n_speakers: int
    n_recordings: int
    seconds: float
    rates_hz: dict[int, int]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def as_text(self, dropped: Mapping[str, str] | None = None) -> str:
        """A line for each utterance that was dropped and each problem, and one in sum."""
        lines = [f"dropped {key}: {reason}" for key, reason in (dropped or {}).items()]
        lines += map(str, self.problems)
        n = len(self.problems)
        found = f"{n} problem{'s' * (n > 1)}" if n else "in order"
        heard = f", {self.seconds / 60:.1f} minutes of audio" if self.n_recordings else ""
        lines.append(
            f"{self.path}: {found}; {self.n_utterances} utterances of {self.n_speakers} "
            f"speakers{heard}"
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Fixed:
    """What `fix` did: the keys it dropped and why, and what remains for a person to do."""

    dropped: dict[str, str]
    backup: Path
    remaining: Report


@dataclass(frozen=True)
class _Scan:
    """A data dir read as far as it can be, with the tables it came from."""

    data: DataDir
    tables: dict[str, Table]
    problems: tuple[Problem, ...]


def validate(path: str | Path, *, wavs: bool = True, allow_pipes: bool = False) -> Report:
    """Look at every line of a data dir, and at every sample of its audio.

    Args:
        wavs: look at the audio as well.
        allow_pipes: run the commands in `wav.scp`.
    Raises:
        DataError: there is no such folder.
    """
    path = Path(path)
    scan = _scan(path)
    problems = list(scan.problems)
    measured: dict[str, tuple[float, int]] = {}
    if wavs:
        problems += _listen(scan, measured, allow_pipes)
        problems += _segment_problems(scan, measured)
        problems += _rate_problems(path / "wav.scp", measured)
    return Report(
        path=path,
        problems=tuple(problems),
        n_utterances=len(scan.data.utt2spk),
        n_speakers=len(set(scan.data.utt2spk.values())),
        n_recordings=len(measured),
        seconds=sum(seconds for seconds, _ in measured.values()),
        rates_hz=dict(Counter(rate for _, rate in measured.values())),
    )


def fix(path: str | Path, *, wavs: bool = True, allow_pipes: bool = False) -> Fixed:
    """Sort the files of a data dir and drop the utterances that cannot be kept.

    The files as they were are kept in `.backup/`.

    Raises:
        DataError: nothing would remain; then nothing is changed.
    """
    path = Path(path)
    found = validate(path, wavs=wavs, allow_pipes=allow_pipes)
    scan = _scan(path)
    bad = {p.key: p.what for p in reversed(found.problems) if p.key}
    dropped = {}
    kept = []
    for utterance in sorted(set().union(scan.data.text, scan.data.utt2spk)):
        reason = bad.get(utterance) or _missing_reason(scan.data, utterance, bad)
        if reason:
            dropped[utterance] = reason
        else:
            kept.append(utterance)
    if not kept:
        raise DataError(f"{path}: no utterance could be kept; make the data dir again")
    backup = _back_up(path)
    datadir.write(scan.data.only(kept), path)
    return Fixed(dropped, backup, validate(path, wavs=wavs, allow_pipes=allow_pipes))


def _missing_reason(data: DataDir, utterance: str, bad: dict[str, str]) -> str:
    """Why the utterance cannot be put together from the files, or nothing."""
    for name, table in (("segments", data.segments), ("utt2lang", data.utt2lang)):
        if table is not None and utterance not in table:
            return f"not in {name}"
    for name, table in (("text", data.text), ("utt2spk", data.utt2spk)):
        if utterance not in table:
            return f"not in {name}"
    recording = data.recording(utterance)
    return bad.get(recording, "" if recording in data.wav_scp else "not in wav.scp")


def _back_up(path: Path) -> Path:
    backup = path / ".backup"
    backup.mkdir(exist_ok=True)
    for name in _NAMES:
        if (path / name).is_file():
            shutil.copy2(path / name, backup / name)
    return backup


def _scan(path: Path) -> _Scan:
    """Read all there is, and find what can be found without listening."""
    if not path.is_dir():
        raise DataError(f"{path}: no such data dir; make one with `tts data import`")
    names = [n for n in _NAMES if n not in _OPTIONAL or (path / n).exists()]
    tables = {name: scan_table(path / name, allow_empty=name == "text") for name in names}
    problems = [problem for table in tables.values() for problem in table.problems]
    segments = None
    if "segments" in tables:
        segments, wrong = read_segments(tables["segments"], path / "segments")
        problems += wrong
    data = DataDir(
        path=path,
        wav_scp=tables["wav.scp"].values,
        text=tables["text"].values,
        utt2spk=tables["utt2spk"].values,
        segments=segments,
        utt2lang=tables["utt2lang"].values if "utt2lang" in tables else None,
    )
    scan = _Scan(data, tables, ())
    problems += key_problems(data)
    problems += _text_problems(scan)
    problems += _name_problems(scan)
    problems += _speaker_problems(scan)
    return _Scan(data, tables, tuple(problems))


def _text_problems(scan: _Scan) -> Iterator[Problem]:
    path, table = scan.data.path / "text", scan.tables["text"]
    for utterance, text in table.values.items():
        line = table.lines[utterance]
        controls = [c for c in text if unicodedata.category(c) == "Cc"]
        if not text:
            fix = f"write what is said, or run `tts data validate --fix {path.parent}` to drop it"
            yield Problem(path, line, f"{utterance} has no text", fix, utterance)
        elif controls:
            what = f"{utterance} has the control character U+{ord(controls[0]):04X} in its text"
            yield Problem(path, line, what, "delete it from the line", utterance)


def _name_problems(scan: _Scan) -> Iterator[Problem]:
    """Names that cannot be names of files, and paths the shell would have to expand."""
    table = scan.tables["utt2spk"]
    for utterance, line in table.lines.items():
        if "/" in utterance or utterance.startswith("."):
            what = f"{utterance} cannot be the name of a file"
            fix = "name the utterance without / and without a dot at the start"
            yield Problem(scan.data.path / "utt2spk", line, what, fix, utterance)
    table = scan.tables["wav.scp"]
    for key, source in table.values.items():
        if source.startswith("~"):
            path = scan.data.path / "wav.scp"
            fix = f"write it out: sed -i 's:~:{Path.home()}:' {path}"
            yield Problem(path, table.lines[key], f"{key}: ~ is not expanded here", fix, key)


def _speaker_problems(scan: _Scan) -> Iterator[Problem]:
    if "spk2utt" not in scan.tables:
        return
    wanted = {s: " ".join(utterances) for s, utterances in scan.data.spk2utt.items()}
    found = {s: " ".join(sorted(v.split())) for s, v in scan.tables["spk2utt"].values.items()}
    if found != wanted:
        fix = f"run `tts data validate --fix {scan.data.path}`, which makes it from utt2spk"
        yield Problem(scan.data.path / "spk2utt", 0, "does not agree with utt2spk", fix)


def _listen(
    scan: _Scan, measured: dict[str, tuple[float, int]], allow_pipes: bool
) -> Iterator[Problem]:
    """Decode all audio, noting seconds and rate of each."""
    path, table = scan.data.path / "wav.scp", scan.tables["wav.scp"]
    for key, source in tqdm(table.values.items(), desc=f"wavs of {path.parent}", unit="file"):
        if source.startswith("~"):
            continue
        try:
            samples, rate_hz = read_source(source, key, allow_pipes=allow_pipes)
        except DataError as error:
            what, _, remedy = str(error).rpartition("; ")
            yield Problem(
                path, table.lines[key], what, remedy, "" if _unrun(source, allow_pipes) else key
            )
        else:
            measured[key] = (len(samples) / rate_hz, rate_hz)


def _unrun(source: str, allow_pipes: bool) -> bool:
    """Whether this is a command that was not allowed to run, which says nothing against it."""
    return is_pipe(source) and not allow_pipes


def _segment_problems(scan: _Scan, measured: dict[str, tuple[float, int]]) -> Iterator[Problem]:
    path = scan.data.path / "segments"
    for utterance, segment in (scan.data.segments or {}).items():
        seconds, _ = measured.get(segment.recording, (float("inf"), 0))
        if not segment.within(seconds):
            line = scan.tables["segments"].lines[utterance]
            recording = f"{segment.recording} lasts {seconds:.3f} s"
            what = f"{utterance} runs to {segment.end_s:g} s, and {recording}"
            fix = f"correct the times, or run `tts data validate --fix {path.parent}` to drop it"
            yield Problem(path, line, what, fix, utterance)


def _rate_problems(path: Path, measured: dict[str, tuple[float, int]]) -> Iterator[Problem]:
    rates = Counter(rate for _, rate in measured.values())
    if len(rates) > 1:
        listed = ", ".join(f"{n} of {rate} Hz" for rate, n in rates.most_common())
        fix = f"make them one: `tts data wav {path.parent} OUT --rate {rates.most_common()[0][0]}`"
        yield Problem(path, 0, f"several sample rates ({listed})", fix)
