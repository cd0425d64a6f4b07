"""When each word is spoken, as subtitles, JSON or a Praat TextGrid.

References:
    WebVTT, W3C, 2019, https://www.w3.org/TR/webvtt1/: cues hold the times of their words.
    TextGrid file formats, Praat manual (Boersma and Weenink),
        https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from tts.errors import DataError
from tts.files import replacing
from tts.voice.speech import Chunk, Span

LINE_CHARS, CUE_LINES = 42, 2  # of subtitles, as broadcasters have them
CUE_S = 7.0  # of a cue, at most
SHORTEST_CUE_S = 1.0  # where the next leaves room for it


@dataclass(frozen=True)
class Sentence:
    """A spoken sentence: its text as it was read, and its words and tokens with their times."""

    text: str
    words: tuple[Span, ...]
    tokens: tuple[Span, ...]


@dataclass(frozen=True)
class Cue:
    """A subtitle: its lines of words, each with the signs around it."""

    start_s: float
    end_s: float
    lines: tuple[tuple[Span, ...], ...]


def sentences_of(chunks: Iterable[Chunk]) -> list[Sentence]:
    """The sentences of a text that was spoken in chunks."""
    return [Sentence(c.normalised, c.words, c.tokens) for c in chunks if c.words]


def target(times: str, audio: str | Path) -> Path:
    """The file that `srt`, `vtt`, `json`, `TextGrid` or a file name means beside an audio file.

    Raises:
        DataError: a file of another kind, or a folder that is not there.
    """
    known = {name.lower(): name for name in FORMATS}
    if times.lower() in known:
        return Path(audio).with_suffix(f".{known[times.lower()]}")
    path = Path(times)
    if path.suffix.lower().removeprefix(".") not in known:
        listed = ", ".join(FORMATS)
        raise DataError(f"{times}: no kind of times; give one of {listed}, or a file named so")
    if not path.parent.is_dir():
        raise DataError(f"{path}: no such folder; make the folder {path.parent} first")
    return path


def write_times(path: str | Path, sentences: Iterable[Sentence], audio_s: float) -> None:
    """Write times by extension: .srt, .vtt, .json or .TextGrid; whole or not at all.

    Args:
        sentences: of the text, in order; may be walked through more than once.
        audio_s: length of the sound.
    Raises:
        DataError: another extension, or the file cannot be written.
    """
    path = target(str(path), path)
    writers = {name.lower(): writer for name, writer in FORMATS.items()}
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        writers[path.suffix.lower().removeprefix(".")](file, sentences, audio_s)


def _write_srt(file: TextIO, sentences: Iterable[Sentence], audio_s: float) -> None:
    for number, cue in enumerate(cues(sentences, audio_s), start=1):
        times = f"{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}"
        lines = [" ".join(word.text for word in line) for line in cue.lines]
        file.write(f"{number}\n{times}\n" + "\n".join(lines) + "\n\n")


def _write_vtt(file: TextIO, sentences: Iterable[Sentence], audio_s: float) -> None:
    file.write("WEBVTT\n\n")
    for cue in cues(sentences, audio_s):
        times = f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}"
        file.write(f"{times}\n{_timed(cue)}\n\n")


def _timed(cue: Cue) -> str:
    """The lines of a cue, each word but the first behind the time when it begins."""
    before, last = _clock(cue.start_s, "."), _clock(cue.end_s, ".")
    lines = []
    for line in cue.lines:
        timed = []
        for word in line:
            time = _clock(word.start_s, ".")
            mark = f"<{time}>" if before < time < last else ""
            before = max(before, time)
            timed.append(mark + html.escape(word.text, quote=False))
        lines.append(" ".join(timed))
    return "\n".join(lines)


def _write_json(file: TextIO, sentences: Iterable[Sentence], audio_s: float) -> None:
    file.write(f'{{"audio_s": {audio_s!r}, "sentences": [')
    for i, sentence in enumerate(sentences):
        tree: dict[str, Any] = {"text": sentence.text}
        tree["words"] = [asdict(word) for word in sentence.words]
        tree["tokens"] = [asdict(token) for token in sentence.tokens]
        file.write((",\n" if i else "\n") + json.dumps(tree, ensure_ascii=False))
    file.write("\n]}\n")


def _write_textgrid(file: TextIO, sentences: Iterable[Sentence], audio_s: float) -> None:
    tiers: dict[str, Callable[[Sentence], Sequence[Span]]] = {
        "words": lambda sentence: sentence.words,
        "tokens": lambda sentence: sentence.tokens,
    }
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    file.write(f"{head}xmin = 0\nxmax = {_seconds(audio_s)}\ntiers? <exists>\n")
    file.write(f"size = {len(tiers)}\nitem []:\n")
    for number, (name, spans_of) in enumerate(tiers.items(), start=1):
        n_intervals = sum(1 for _ in _intervals(sentences, spans_of, audio_s))
        file.write(
            f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{name}"\n'
            f"        xmin = 0\n        xmax = {_seconds(audio_s)}\n"
            f"        intervals: size = {n_intervals}\n"
        )
        for i, (start, end, text) in enumerate(_intervals(sentences, spans_of, audio_s), start=1):
            quoted = text.replace('"', '""')
            file.write(
                f"        intervals [{i}]:\n            xmin = {start}\n"
                f'            xmax = {end}\n            text = "{quoted}"\n'
            )


def _intervals(
    sentences: Iterable[Sentence], spans_of: Callable[[Sentence], Sequence[Span]], audio_s: float
) -> Iterator[tuple[str, str, str]]:
    """A tier's intervals, which fill its time without a gap; what takes no time is left out."""
    begin = _seconds(0.0)
    for sentence in sentences:
        for span in spans_of(sentence):
            start, end = _seconds(span.start_s), _seconds(span.end_s)
            if float(start) >= float(end):
                continue
            if float(start) > float(begin):
                yield begin, start, ""
            yield start, end, span.text
            begin = end
    if float(begin) < float(_seconds(audio_s)):
        yield begin, _seconds(audio_s), ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _clock(seconds: float, comma: str) -> str:
    """Hours, minutes, seconds and milliseconds."""
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"


def cues(sentences: Iterable[Sentence], audio_s: float) -> Iterator[Cue]:
    """Subtitles of one or two lines; a sentence begins a new one.

    A cue that is short stays for a second, as far as the next one lets it.
    """
    held: Cue | None = None
    for sentence in sentences:
        for words in _cut(_with_signs(sentence)):
            cue = Cue(words[0].start_s, words[-1].end_s, _lines(words))
            if held is not None:
                yield _lengthened(held, cue.start_s)
            held = cue
    if held is not None:
        yield _lengthened(held, audio_s)


def _lengthened(cue: Cue, limit_s: float) -> Cue:
    end_s = max(cue.end_s, min(cue.start_s + SHORTEST_CUE_S, limit_s))
    return Cue(cue.start_s, end_s, cue.lines)


def _lines(words: Sequence[Span]) -> tuple[tuple[Span, ...], ...]:
    """One line, or two of about the same length."""
    if _n_chars(words) <= LINE_CHARS or len(words) == 1:
        return (tuple(words),)
    places = range(1, len(words))
    best = min(places, key=lambda i: max(_n_chars(words[:i]), _n_chars(words[i:])))
    return tuple(words[:best]), tuple(words[best:])


def _n_chars(words: Sequence[Span]) -> int:
    return sum(len(word.text) + 1 for word in words) - 1


def _with_signs(sentence: Sentence) -> list[Span]:
    """The words with the signs around them, as the sentence has them; those it joins as one."""
    text, position = sentence.text, 0
    found: list[tuple[int, Span]] = []
    for word in sentence.words:
        place = text.find(word.text, position)
        if place < 0:  # spoken otherwise than it stands
            return list(sentence.words)
        joined = found and not any(char.isspace() for char in text[position:place])
        first = found.pop() if joined else (text.rfind(" ", position, place) + 1 or place, word)
        position = place + len(word.text)
        found.append((first[0], Span("", first[1].start_s, word.end_s)))
    starts = [0, *(start for start, _ in found[1:]), len(text)]
    return [
        Span(" ".join(text[a:b].split()), span.start_s, span.end_s)
        for (a, b), (_, span) in zip(pairwise(starts), found, strict=True)
    ]


def _cut(words: Sequence[Span]) -> Iterator[list[Span]]:
    """The words of a sentence in cues, cut behind a sign where there is one in the second half."""
    most, rest = LINE_CHARS * CUE_LINES - 4, list(words)  # lines that break never fill up
    while rest:
        n = 1
        while n < len(rest) and _fits(rest[: n + 1], most):
            n += 1
        if n < len(rest):
            marked = [i for i in range((n + 1) // 2, n + 1) if rest[i - 1].text[-1] in ",;:.!?—"]
            n = marked[-1] if marked else n
        yield rest[:n]
        rest = rest[n:]


def _fits(words: Sequence[Span], most: int) -> bool:
    return _n_chars(words) <= most and words[-1].end_s - words[0].start_s <= CUE_S


FORMATS: dict[str, Callable[[TextIO, Iterable[Sentence], float], None]] = {
    "srt": _write_srt,
    "vtt": _write_vtt,
    "json": _write_json,
    "TextGrid": _write_textgrid,
}
