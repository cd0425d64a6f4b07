"""Which utterances are measured: recordings and what was made of them, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tts.data.sources import refuse_pipe
from tts.data.tables import read_table
from tts.errors import DataError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


@dataclass(frozen=True)
class FilePair:
    """An utterance: its name, the recording's file and that of what is measured."""

    utterance: str
    ref: Path
    syn: Path


def sounds(source: str | Path) -> dict[str, Path]:
    """Utterance to audio file.

    Args:
        source: an audio file, a folder of these, a folder with `wav.scp`, or such a table.
    Raises:
        DataError: there is nothing of the kind.
    """
    source = Path(source)
    if source.suffix.lower() in SUFFIXES and not source.is_dir():
        if not source.is_file():
            raise DataError(f"{source}: no such file; give a recording, a folder or a wav.scp")
        return {source.stem: source}
    table = source / "wav.scp" if source.is_dir() else source
    if table.is_file():
        rows = read_table(table)
        for utterance, entry in rows.items():
            refuse_pipe(entry, f"{table}: {utterance}")
        return {utterance: Path(entry) for utterance, entry in rows.items()}
    if not source.is_dir():
        raise DataError(f"{source}: no such file; give a recording, a folder or a wav.scp")
    return _in_folder(source)


def _in_folder(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        if path.stem in found:
            raise DataError(f"{path}: has the name of {found[path.stem].name}; rename one of them")
        found[path.stem] = path
    if not found:
        raise DataError(f"{folder}: no {' '.join(SUFFIXES)} files, nor a wav.scp; name another")
    return found


def pair_up(ref: str | Path, syn: str | Path) -> tuple[list[FilePair], list[str]]:
    """The utterances of both sides, and notes of those which only one side has.

    Two single files are a pair whatever their names.

    Raises:
        DataError: no utterance is on both sides.
    """
    ours, theirs = sounds(ref), sounds(syn)
    if Path(ref).is_file() and Path(syn).is_file() and len(ours) == len(theirs) == 1:
        return [FilePair(*theirs, *ours.values(), *theirs.values())], []
    common = [utterance for utterance in ours if utterance in theirs]
    if not common:
        raise DataError(
            f"{ref} and {syn}: no utterance is in both (such as {next(iter(ours))} and "
            f"{next(iter(theirs))}); files are paired by their names"
        )
    notes = []
    for here, names, others in ((ref, ours, theirs), (syn, theirs, ours)):
        alone = [u for u in names if u not in others]
        if alone:
            notes.append(f"{len(alone)} utterances are only in {here} ({alone[0]}, …): left out")
    return [FilePair(u, ours[u], theirs[u]) for u in common], notes


def texts_of(source: str | Path, utterances: list[str]) -> dict[str, str]:
    """What the utterances say, from a data dir or its table `text`.

    Raises:
        DataError: an utterance is not in it.
    """
    source = Path(source)
    table = source / "text" if source.is_dir() else source
    found = read_table(table)
    for utterance in utterances:
        if utterance not in found:
            raise DataError(f"{table}: has no text of {utterance}; add its line")
    return {utterance: found[utterance] for utterance in utterances}
