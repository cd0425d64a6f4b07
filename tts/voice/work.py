"""The work folder of a long text: the samples so far, and a journal that says what they are.

A line of the journal stands for a sentence, or for a chapter whose file is written. It counts as
long as everything before it does, and the text up to it is the same.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tts.audio import io
from tts.errors import DataError
from tts.files import make_folder
from tts.voice.speech import Span
from tts.voice.times import Sentence

logger = logging.getLogger(__name__)

_JOURNAL = "journal.jsonl"
_BLOCK = 1 << 16  # samples copied at once


@dataclass(frozen=True)
class Row:
    """A sentence that is spoken.

    Attributes:
        passage: its paragraph in the text; `digest` is that of the text up to the end of it.
        chapter: whose samples end at `end` with it.
    """

    passage: int
    digest: str
    chapter: int
    end: int


@dataclass(frozen=True)
class _Entry:
    """A line of the journal, and where in the file it ends; `row` is None for a chapter's end."""

    chapter: int
    at: int
    row: Row | None
    file: str = ""


class Work:
    """A folder beside the output, which goes when all is done.

    Args:
        out: the audio file to come.
        request: what makes the samples what they are; the work of another request is thrown away.
    Raises:
        DataError: the folder cannot be made.
    """

    def __init__(self, out: Path, request: dict[str, Any]) -> None:
        self.folder = out.with_name(f".{out.name}.work")
        self._dtype = io.sample_dtype(out)
        self._journal = self.folder / _JOURNAL
        self._entries: list[_Entry] = []
        self._head = json.dumps({"request": request}, sort_keys=True, default=str) + "\n"
        make_folder(self.folder)
        there = self._read()
        if there is None:
            self._write(self._journal, self._head.encode(), "wb")
        else:
            self._entries = there

    @property
    def rows(self) -> list[Row]:
        """The sentences that are spoken, in order."""
        return [entry.row for entry in self._entries if entry.row is not None]

    def keep(self, n_rows: int) -> None:
        """Go on behind the first so many sentences; fewer where their samples are gone."""
        entries = self._first(n_rows)
        while (lost := self._lost(entries)) is not None:
            entries = [entry for entry in entries if entry.chapter < lost]
        self._entries = entries
        with self._opened(self._journal, "rb+") as file:
            file.truncate(entries[-1].at if entries else len(self._head.encode()))
        kept = {entry.chapter: entry.row.end for entry in entries if entry.row is not None}
        for path in self.folder.glob("*.pcm"):
            n_samples = kept.get(int(path.stem))
            if n_samples is None:
                path.unlink()
            else:
                with self._opened(path, "rb+") as file:
                    file.truncate(n_samples * self._dtype.itemsize)

    def _first(self, n_rows: int) -> list[_Entry]:
        entries, n_left = [], n_rows
        for entry in self._entries:
            n_left -= entry.row is not None
            if n_left < 0:
                break
            entries.append(entry)
        return entries

    def _lost(self, entries: Sequence[_Entry]) -> int | None:
        """The first chapter whose samples are no longer there."""
        ends = {entry.chapter: entry.row.end for entry in entries if entry.row is not None}
        files = {entry.chapter: entry.file for entry in entries if entry.row is None}
        for chapter, end in ends.items():
            if chapter in files:
                if not self.folder.with_name(files[chapter]).is_file():
                    return chapter
            elif self._size(chapter) < end:
                return chapter
        return None

    def _size(self, chapter: int) -> int:
        path = self._spool(chapter)
        return path.stat().st_size // self._dtype.itemsize if path.is_file() else 0

    def is_finished(self, chapter: int) -> bool:
        """Whether the chapter's file is written."""
        return any(entry.row is None and entry.chapter == chapter for entry in self._entries)

    def add(self, row: Row, samples: np.ndarray, sentence: Sentence | None) -> None:
        """Note a sentence and its samples, the silence before it included."""
        made = io.pcm16(samples) if self._dtype.kind == "i" else samples.clip(-1, 1)
        self._write(self._spool(row.chapter), made.astype(self._dtype).tobytes())
        tree: dict[str, Any] = {**vars(row)}
        if sentence is not None:
            tree["text"] = sentence.text
            tree["words"] = [[s.text, s.start_s, s.end_s] for s in sentence.words]
            tree["tokens"] = [[s.text, s.start_s, s.end_s] for s in sentence.tokens]
        self._note(tree, row.chapter, row)

    def pad(self, chapter: int, n_silent: int) -> None:
        """Silence at the end of a chapter, which no line of the journal speaks of."""
        self._write(self._spool(chapter), np.zeros(n_silent, self._dtype).tobytes())

    def write(self, chapter: int, target: Path, rate_hz: int) -> None:
        """Write a chapter's file; its samples are no longer needed then."""
        io.write_long(target, self._pieces(chapter), self._size(chapter), rate_hz)
        self._note({"chapter": chapter, "file": target.name}, chapter, None, target.name)
        self._spool(chapter).unlink(missing_ok=True)

    def remove(self) -> None:
        """All is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def sentences(self, chapter: int) -> Sentences:
        """The sentences of a chapter, read from the journal each time they are walked through."""
        return Sentences(self._journal, chapter)

    def _pieces(self, chapter: int) -> Iterator[np.ndarray]:
        with self._spool(chapter).open("rb") as file:
            while content := file.read(_BLOCK * self._dtype.itemsize):
                yield np.frombuffer(content, self._dtype)

    def _spool(self, chapter: int) -> Path:
        return self.folder / f"{chapter:03}.pcm"

    def _note(self, tree: dict[str, Any], chapter: int, row: Row | None, file: str = "") -> None:
        line = json.dumps(tree, ensure_ascii=False) + "\n"
        at = self._write(self._journal, line.encode())
        self._entries.append(_Entry(chapter, at, row, file))

    def _read(self) -> list[_Entry] | None:
        """The entries of an earlier run of the same request, or None."""
        try:
            with self._journal.open("rb") as file:
                head = file.readline()
                if head == self._head.encode():
                    return list(self._parsed(file))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refusal(self._journal, error) from None
        logger.warning("%s: of other options or models; begins anew", self.folder)
        for path in self.folder.glob("*.pcm"):
            path.unlink()
        return None

    def _parsed(self, lines: Any) -> Iterator[_Entry]:
        at = len(self._head.encode())
        for line in lines:
            at += len(line)
            if not line.endswith(b"\n"):
                return  # cut short when the run was killed
            try:
                tree = json.loads(line)
                if "file" in tree:
                    yield _Entry(tree["chapter"], at, None, tree["file"])
                    continue
                row = Row(tree["passage"], tree["digest"], tree["chapter"], tree["end"])
            except (ValueError, TypeError, KeyError):
                return
            yield _Entry(row.chapter, at, row)

    def _write(self, path: Path, content: bytes, mode: str = "ab") -> int:
        """Add to a file; returns where it ends then."""
        with self._opened(path, mode) as file:
            try:
                file.write(content)
                file.flush()
            except OSError as error:
                raise self._refusal(path, error) from None
            return file.tell()

    def _opened(self, path: Path, mode: str) -> Any:
        try:
            return path.open(mode)
        except OSError as error:
            raise self._refusal(path, error) from None

    def _refusal(self, path: Path, error: OSError) -> DataError:
        return DataError(
            f"{path}: cannot be written ({error.strerror}); free some space and run it again, it "
            "goes on where it stopped"
        )


@dataclass(frozen=True)
class Sentences:
    """The sentences of a chapter as the journal holds them."""

    journal: Path
    chapter: int

    def __iter__(self) -> Iterator[Sentence]:
        with self.journal.open(encoding="utf-8") as lines:
            for line in lines:
                tree = json.loads(line)
                if tree.get("chapter") == self.chapter and "words" in tree:
                    words, tokens = (
                        tuple(Span(*span) for span in tree[kind]) for kind in ("words", "tokens")
                    )
                    yield Sentence(tree["text"], words, tokens)
