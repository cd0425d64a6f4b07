"""Corpora as people have them into data dirs, and data dirs into training, dev and eval parts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tts.data import datadir
from tts.data.datadir import DataDir
from tts.errors import DataError

Kind = Literal["ljspeech", "columns", "kaldi"]

_EXTENSIONS = (".wav", ".flac", ".ogg", ".mp3")


@dataclass(frozen=True)
class Split:
    """Three parts of a corpus which share no utterance."""

    train: DataDir
    dev: DataDir
    eval: DataDir


@dataclass(frozen=True)
class _Entry:
    """An utterance as a corpus lists it, with the file and line that messages name."""

    where: str
    name: str
    audio: Path
    text: str
    speaker: str


def import_corpus(
    kind: Kind, src: str | Path, out: str | Path, *, speaker: str | None = None
) -> DataDir:
    """A data dir of a corpus of one of the kinds below; `kaldi` has its speakers already."""
    if kind == "kaldi":
        return import_kaldi(src, out)
    importer = {"ljspeech": import_ljspeech, "columns": import_columns}[kind]
    return importer(src, out, speaker=speaker)


def import_ljspeech(folder: str | Path, out: str | Path, *, speaker: str | None = None) -> DataDir:
    """A data dir of a corpus laid out like LJSpeech.

    `metadata.csv` has lines `id|text`, `id|text|normalised` or `id|text|normalised|speaker`, where
    the normalised text is taken if there is one; audio is `wavs/id.wav` (or .flac, .ogg, .mp3).

    Args:
        speaker: of the lines which name none; the name of the folder by default.
    Raises:
        DataError: one line naming file and line: no audio, no text, an id twice, other columns.
    """
    folder = Path(folder)
    speaker = _as_name(speaker or folder.resolve().name)
    entries = []
    for where, line in _lines(folder / "metadata.csv"):
        columns = line.split("|")
        if not 2 <= len(columns) <= 4:
            raise DataError(
                f"{where}: {len(columns)} columns; expected id|text[|normalised[|speaker]]"
            )
        name, text, normalised, named = (c.strip() for c in [*columns, "", ""][:4])
        audio = _find_audio(folder / "wavs", name, where)
        entries.append(_Entry(where, name, audio, normalised or text, _as_name(named) or speaker))
    return _collect(entries, out)


def import_columns(file: str | Path, out: str | Path, *, speaker: str | None = None) -> DataDir:
    """A data dir of a file of `path<TAB>text` or `path|text` lines.

    Paths are relative to the current directory or, failing that, to the file's folder. An
    utterance is named as its audio is, without the extension.

    Args:
        speaker: of all utterances; the name of the file by default, without its extension.
    Raises:
        DataError: as `import_ljspeech`.
    """
    file = Path(file)
    speaker = _as_name(speaker or file.stem)
    entries = []
    for where, line in _lines(file):
        path, separator, text = line.partition("\t" if "\t" in line else "|")
        if not separator:
            raise DataError(f"{where}: no tab and no | in {line[:60]!r}; expected path, tab, text")
        audio = next(
            (p for p in (Path(path.strip()), file.parent / path.strip()) if p.is_file()), None
        )
        if audio is None:
            raise DataError(
                f"{where}: {path.strip()}: no such file; correct the path, or delete the line"
            )
        entries.append(_Entry(where, _as_name(audio.stem), audio, text.strip(), speaker))
    return _collect(entries, out)


def import_kaldi(folder: str | Path, out: str | Path) -> DataDir:
    """A copy of a data dir that exists, once it is found to be in order."""
    data = datadir.read(folder)
    return datadir.write(data, out)


def split_into(
    src: str | Path, out: str | Path, n_dev: int, n_eval: int, *, seed: int | None = 0
) -> Split:
    """Split a data dir into `out/train`, `out/dev` and `out/eval`; an empty part is left out."""
    parts = split(datadir.read(src), n_dev, n_eval, seed=seed)
    for name, part in (("train", parts.train), ("dev", parts.dev), ("eval", parts.eval)):
        if part.utterances:
            datadir.write(part, Path(out) / name)
    return parts


def split(data: DataDir, n_dev: int, n_eval: int, *, seed: int | None = 0) -> Split:
    """Hold out utterances for development and evaluation.

    Args:
        seed: draws them at random, in turn from each speaker, and never a speaker's last one; None
            takes the last ones in order, those for evaluation last of all.
    Raises:
        DataError: fewer utterances than that.
    """
    assert n_dev >= 0 and n_eval >= 0, f"cannot hold out {n_dev} and {n_eval} utterances"
    names = data.utterances
    queue = names[::-1] if seed is None else _draw(data, seed)
    most = len(names) - 1 if seed is None else len(queue)
    if n_dev + n_eval > most:
        raise DataError(
            f"{data.path}: cannot hold out {n_dev} + {n_eval} of {len(names)} utterances and "
            f"leave some of each speaker to train on; hold out {most} at most"
        )
    evaluation, development = queue[:n_eval], queue[n_eval : n_eval + n_dev]
    training = set(names) - {*evaluation, *development}
    return Split(data.only(training), data.only(development), data.only(evaluation))


def _draw(data: DataDir, seed: int) -> list[str]:
    """Utterances in the order in which they are held out: one of each speaker, then another."""
    rng = np.random.default_rng(seed)
    turns: dict[int, list[str]] = defaultdict(list)
    for utterances in data.spk2utt.values():
        for turn, i in enumerate(rng.permutation(len(utterances))[:-1]):
            turns[turn].append(utterances[i])
    return [u for _, of_turn in sorted(turns.items()) for u in of_turn]


def _lines(path: Path) -> list[tuple[str, str]]:
    """The lines of a text file which are not empty, each with its place."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file; is this the right folder and kind of corpus?"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 at byte {error.start}; convert it: iconv -f latin1 -t utf-8 {path}"
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); give a text file") from None
    lines = [line for line in enumerate(text.split("\n"), start=1) if line[1].strip()]
    if not lines:
        raise DataError(f"{path}: holds no lines; expected an utterance on each")
    return [(f"{path}:{number}", line.rstrip("\r")) for number, line in lines]


def _find_audio(folder: Path, name: str, where: str) -> Path:
    for extension in _EXTENSIONS:
        if (path := folder / f"{name}{extension}").is_file():
            return path
    raise DataError(f"{where}: no {folder / name}.wav (or .flac); add it, or delete the line")


def _as_name(text: str) -> str:
    """Text as a name in Kaldi's files, which has no spaces."""
    return "_".join(text.split())


def _collect(entries: list[_Entry], out: str | Path) -> DataDir:
    """Write the data dir of these entries."""
    first: dict[str, str] = {}
    for entry in entries:
        if entry.name in first:
            raise DataError(
                f"{entry.where}: {entry.name} stands at {first[entry.name]} already; "
                "rename or delete one of the two"
            )
        if not any(character.isalnum() for character in entry.text):
            raise DataError(
                f"{entry.where}: {entry.name} has no text; write what is said, or delete the line"
            )
        if entry.name != _as_name(entry.name) or entry.name.startswith("."):
            raise DataError(
                f"{entry.where}: {entry.name!r} cannot name an utterance; rename the file"
            )
        first[entry.name] = entry.where
    data = DataDir(
        path=Path(out),
        wav_scp={e.name: str(e.audio) for e in entries},
        text={e.name: " ".join(e.text.split()) for e in entries},
        utt2spk={e.name: e.speaker for e in entries},
    )
    return datadir.write(data, out)
