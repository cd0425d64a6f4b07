"""A long text spoken to files, in bounded memory, and taken up again where it was stopped.

Beside the output lies a folder of work, `.NAME.work` (`tts.voice.work`). What is spoken again
after a stop is what no line of its journal vouches for, so the finished file is that of an
unbroken run, bit for bit.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from tts.audio import io
from tts.config import to_tree
from tts.errors import DataError, TextError
from tts.nn.precision import resolve
from tts.text.passages import WIDE_GAP, Passage, passages
from tts.text.utterances import Script, Utterance
from tts.voice.narration import Narration
from tts.voice.progress import Progress
from tts.voice.stream import Cursor, Manner, chunks
from tts.voice.times import sentences_of, target, write_times
from tts.voice.voice import Voice
from tts.voice.work import Row, Work

Split = Literal["headings", "gaps"]
_N_WARNINGS = 50  # kept for the end


@dataclass(frozen=True)
class Read:
    """What became of a long text.

    Attributes:
        files: the audio files, one a chapter.
        n_sentences: spoken in all; `n_resumed` of them by an earlier run.
        audio_s: of all files; wall_s: of this run; rtf: of what this run made.
    """

    files: tuple[str, ...]
    n_sentences: int
    n_resumed: int
    sample_rate_hz: int
    audio_s: float
    wall_s: float
    rtf: float
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All fields as plain values."""
        return asdict(self)


def read_aloud(
    voice: Voice,
    source: str | Path | Iterable[str],
    out: str | Path,
    *,
    split: Split | None = None,
    times: str | None = None,
    **options: Any,
) -> Read:
    """Speak a text of any length to a file, or to one for each chapter.

    What is spoken is what `Voice.say` makes of the text. Of the text and the sound no more than a
    paragraph is held in memory. A run that was stopped goes on when it is called again.

    Args:
        source: the name of a UTF-8 text file, or its lines, which are stdin's for messages.
        out: the audio file; with `split`, chapter 1 goes to `STEM-001-TITLE.EXT`.
        split: begin a file at each heading, or where two or more empty lines are (`gaps`).
        times: `srt`, `vtt`, `json` or `TextGrid`, beside each audio file; without `split` it may
            be the name of a file.
        options: those of `Voice.say`.
    Raises:
        TextError: not UTF-8, nothing to speak, or a mark that cannot be used.
        TTSError: an option, or the output, cannot be used.
    """
    out, started = Path(out), time.perf_counter()
    io.check_target(out)
    if times is not None:
        target(times, out)
        if split is not None and Path(times).suffix:
            raise DataError(f"{times}: one file for the times of several; give its kind alone")
    manner = voice.manner(**options)
    work = Work(out, _request(voice, manner, split))
    text = _Text(source, work.folder, manner.ssml)
    work.keep(_n_true(work.rows, text, split))
    reading = _Reading(voice, manner, work, out, split, times)
    with Progress(text.n_bytes) as progress:
        for place in text.places(split):
            reading.read(place, progress)
    return reading.finished(text, time.perf_counter() - started)


def _request(voice: Voice, manner: Manner, split: str | None) -> dict[str, Any]:
    """What makes the samples what they are, the text aside."""
    front = manner.frontend
    precision = str(resolve(voice.precision, voice.device))
    speaker = None if manner.speaker is None else manner.speaker.tolist()
    return {
        "models": [_fingerprint(voice.acoustic), _fingerprint(voice.vocoding.model)],
        "device": [torch.device(voice.device).type, precision],
        "frontend": [to_tree(front.config), front.table.sha256, front.max_tokens],
        "lexicon": hashlib.sha256(repr(front.lexicon.entries).encode()).hexdigest(),
        "manner": [manner.ssml, manner.max_tokens, speaker, manner.speed, manner.temperature],
        "seed": manner.seed,
        "knobs": sorted(manner.knobs.items()),
        "pauses": [manner.pause_s, manner.paragraph_pause_s],
        "split": split,
    }


def _fingerprint(model: torch.nn.Module) -> str:
    """What tells models apart, at the cost of adding up their weights."""
    digest = hashlib.blake2b(type(model).__module__.encode(), digest_size=16)
    for name, tensor in model.state_dict().items():
        total = tensor.double().sum().item(), tensor.double().abs().sum().item()
        digest.update(f"{name} {tuple(tensor.shape)} {total!r}".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Place:
    """A passage in its text: its number, its chapter, and the digest of all up to its end."""

    number: int
    passage: Passage
    digest: str
    chapter: int
    title: str


class _Text:
    """A text that can be walked through again; what is no file is copied into the work folder."""

    def __init__(
        self, source: str | Path | Iterable[str], folder: Path, ssml: bool | None
    ) -> None:
        self._ssml = ssml
        if isinstance(source, str | Path):
            self.name, self._path = str(source), Path(source)
        else:
            self.name, self._path = "stdin", folder / "text"
            with self._path.open("w", encoding="utf-8", newline="") as file, self._decoding():
                file.writelines(source)
        if not self._path.is_file():
            raise DataError(f"{self._path}: no such text file; give one, or - for stdin")
        self.n_bytes = self._path.stat().st_size

    def places(self, split: str | None) -> Iterator[_Place]:
        """The passages, each with its chapter."""
        digest = hashlib.blake2b(digest_size=16)
        chapter, title, has_text = 0, "", False
        for number, passage in enumerate(self._passages()):
            begins = (split == "headings" and bool(passage.heading)) or (
                split == "gaps" and passage.n_empty >= WIDE_GAP
            )
            if begins and has_text:
                chapter, title, has_text = chapter + 1, "", False
            title = title or passage.heading
            has_text = has_text or not passage.heading
            digest.update(repr(passage).encode())
            yield _Place(number, passage, digest.hexdigest(), chapter, title)

    def _passages(self) -> Iterator[Passage]:
        with self._decoding(), self._path.open(encoding="utf-8-sig") as file:
            lines: Iterable[str] = file
            begun: list[str] = []
            for line in file:
                begun.append(line)
                if line.strip():
                    break
            head = begun[-1].lstrip()[:6] if begun else ""
            if self._ssml or (self._ssml is None and head in ("<speak", "<?xml ")):
                yield Passage("".join([*begun, *file]), 1)
                return
            yield from passages(chain(begun, lines))

    def _decoding(self) -> Any:
        return _Decoding(self.name)


class _Decoding:
    """What makes one line of text that is no UTF-8."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, UnicodeError):
            message = f"{self._name}: not UTF-8; convert it: iconv -f latin1 -t utf-8"
            raise TextError(message) from None


def _n_true(rows: list[Row], text: _Text, split: str | None) -> int:
    """How many of the sentences spoken before are still those of the text."""
    n = 0
    for place in text.places(split):
        while n < len(rows) and rows[n].passage == place.number:
            if (rows[n].digest, rows[n].chapter) != (place.digest, place.chapter):
                return n
            n += 1
        if n == len(rows):
            break
    return n


class _Reading:
    """A voice at work on a text, passage by passage."""

    def __init__(
        self,
        voice: Voice,
        manner: Manner,
        work: Work,
        out: Path,
        split: str | None,
        times: str | None,
    ) -> None:
        self._voice, self._manner, self._work = voice, manner, work
        self._out, self._split, self._times = out, split, times
        self._resumed = work.rows
        self._n_before: dict[int, int] = {}  # sentences of each passage that are spoken already
        for row in self._resumed:
            self._n_before[row.passage] = self._n_before.get(row.passage, 0) + 1
        self._last = self._resumed[-1].passage if self._resumed else -1
        self._cursor = Cursor()
        self._chapter, self._title = 0, ""
        self._narration = Narration(manner)
        self._files: list[str] = []
        self._audio_s = self._made_s = 0.0
        self._warnings: dict[str, None] = {}

    def read(self, place: _Place, progress: Progress) -> None:
        """Speak what is not spoken yet of a passage."""
        if place.chapter != self._chapter:
            self._end_chapter()
            self._chapter, self._title = place.chapter, ""
        self._title = self._title or place.title
        n_bytes = len(place.passage.text.encode())
        n_before = self._n_before.get(place.number, 0)
        if place.number < self._last:
            self._skip(n_before)
            progress.skip(n_bytes)
            return
        self._speak(place, n_before)
        progress.add(n_bytes, self._audio_s + self._cursor.n_samples / self._voice.sample_rate_hz)

    def _skip(self, n: int) -> None:
        """Pass sentences that are spoken already."""
        for row in self._resumed[self._cursor.n_sentences :][:n]:
            self._cursor.n_samples = row.end
            self._cursor.n_sentences += 1

    def _speak(self, place: _Place, n_before: int) -> None:
        for utterance in self._narration.utterances(place.passage):
            if n_before:
                n_before -= 1
                self._skip(1)
                continue
            if self._cursor.n_samples == 0 and self._cursor.n_sentences:  # a chapter begins
                utterance = replace(utterance, before_s=utterance.before_s or 0.0)
            self._sentence(place, utterance)

    def _sentence(self, place: _Place, utterance: Utterance) -> None:
        parts = (Script((utterance,)),)
        made = list(chunks(self._voice, self._manner, parts, cursor=self._cursor))
        samples = np.concatenate([chunk.samples for chunk in made])
        self._made_s += len(samples) / self._voice.sample_rate_hz
        row = Row(place.number, place.digest, place.chapter, self._cursor.n_samples)
        self._work.add(row, samples, sentences_of(made)[0])
        self._warnings.update(dict.fromkeys(w for chunk in made for w in chunk.warnings))

    def _end_chapter(self) -> None:
        """Write the file of the chapter, and forget its samples."""
        n_samples, rate_hz = self._cursor.n_samples, self._voice.sample_rate_hz
        self._cursor.n_samples = 0
        if n_samples == 0:
            return
        path, audio_s = self._path(), n_samples / rate_hz
        self._files.append(str(path))
        self._audio_s += audio_s
        if self._work.is_finished(self._chapter):
            return
        if self._times is not None:
            name = target(self._times, path)
            write_times(name, self._work.sentences(self._chapter), audio_s)
        self._work.write(self._chapter, path, rate_hz)

    def _path(self) -> Path:
        if self._split is None:
            return self._out
        slug = re.sub(r"\W+", "-", self._title.lower()).strip("-")[:40].strip("-")
        parts = [self._out.stem, f"{self._chapter + 1:03}", *([slug] if slug else [])]
        return self._out.with_name("-".join(parts) + self._out.suffix)

    def finished(self, text: _Text, wall_s: float) -> Read:
        """Write the last file, and leave nothing behind."""
        silence_s = self._narration.silence_s
        if silence_s and self._cursor.n_samples:
            n_silent = round(silence_s * self._voice.sample_rate_hz)
            self._work.pad(self._chapter, n_silent)
            self._cursor.n_samples += n_silent
            self._made_s += n_silent / self._voice.sample_rate_hz
        self._end_chapter()
        if not self._files:
            self._work.remove()
            raise TextError(f"{text.name}: nothing to speak; give text with words in it")
        self._work.remove()
        return Read(
            tuple(self._files),
            self._cursor.n_sentences,
            len(self._resumed),
            self._voice.sample_rate_hz,
            self._audio_s,
            wall_s,
            wall_s / self._made_s if self._made_s else 0.0,
            tuple({**self._warnings, **self._narration.warnings})[:_N_WARNINGS],
        )
