"""A text spoken to wherever it is wanted: a file, files, the loudspeaker, a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tts.audio import io, player
from tts.errors import ConfigError, DataError, TextError
from tts.voice.book import Read, Split, read_aloud
from tts.voice.narration import narrate
from tts.voice.progress import Progress
from tts.voice.speech import Chunk, Speech
from tts.voice.times import Sentence, sentences_of, target, write_times
from tts.voice.voice import Voice

LONG_CHARS = 4_000  # a longer text is read by paragraphs, and can be taken up again


@dataclass(frozen=True)
class Wanted:
    """Where speech goes.

    Attributes:
        out: an audio file.
        times: when each word is spoken; its kind, beside `out`, or a file.
        split: into a file a chapter.
        play: through the loudspeaker.
        pipe: gets raw samples of 16 bits, little-endian, as they are made.
    """

    out: Path | None = None
    times: str | None = None
    split: Split | None = None
    play: bool = False
    pipe: BinaryIO | None = None

    def check(self) -> None:
        """Refuse what cannot be, before anything is loaded.

        Raises:
            TTSError: says what.
        """
        if self.out is not None:
            io.check_target(self.out)
        elif self.times is not None and not Path(self.times).suffix:
            raise ConfigError(f"times {self.times}: beside which file? name it, or give -o FILE")
        if self.times is not None:
            target(self.times, self.out or "x.wav")
        if self.split is not None and (self.play or self.pipe is not None or self.out is None):
            raise ConfigError("split: goes with a file to write (-o), not with play or stream")
        if self.play and not player.can_play():
            raise DataError(player.missing())


@dataclass(frozen=True)
class Heard:
    """What was played or piped: its length, seconds until the first sample, and until the last."""

    sample_rate_hz: int
    audio_s: float
    first_s: float
    wall_s: float
    unseen: tuple[str, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All fields as plain values."""
        return asdict(self)


def speak(
    voice: Voice, text: str | Path | Iterable[str], wanted: Wanted, **options: Any
) -> Speech | Read | Heard:
    """Speak a text.

    Args:
        text: itself, the file that holds it, or its lines as they come.
        options: those of `Voice.say`.
    Raises:
        TTSError: the text, an option or the output cannot be used.
    """
    if wanted.play or wanted.pipe is not None:
        return _heard(voice, text, wanted, options)
    assert wanted.out is not None, "a file, where nothing is played"
    short, rest = _begun(text)
    if rest is not None or wanted.split is not None:
        source = text if isinstance(text, Path) else chain([short], rest or ())
        kinds: dict[str, Any] = {"split": wanted.split, "times": wanted.times}
        return read_aloud(voice, source, wanted.out, **kinds, **options)
    started = time.perf_counter()
    with Progress(len(short)) as progress:
        made = list(_followed(voice.stream(short, **options), progress))
    speech = Speech.of(made, short, time.perf_counter() - started)
    speech.save(wanted.out)
    if wanted.times is not None:
        write_times(target(wanted.times, wanted.out), sentences_of(made), speech.audio_s)
    return speech


def _begun(text: str | Path | Iterable[str]) -> tuple[str, Iterable[str] | None]:
    """A short text, or the beginning of a long one and what follows; of a file, nothing."""
    if isinstance(text, str):
        return (text, None) if len(text) <= LONG_CHARS else (text, ())
    lines, begun, n_chars = iter(_lines(text)), [], 0
    for line in lines:
        begun.append(line)
        n_chars += len(line)
        if n_chars > LONG_CHARS:
            return "".join(begun), lines
    return "".join(begun), None


def _lines(text: Path | Iterable[str]) -> Iterator[str]:
    if not isinstance(text, Path):
        yield from text
        return
    try:
        with text.open(encoding="utf-8-sig") as file:
            yield from file
    except UnicodeError:
        raise TextError(f"{text}: not UTF-8; convert it: iconv -f latin1 -t utf-8") from None
    except OSError as error:
        raise DataError(f"{text}: cannot be read ({error.strerror}); give a text file") from None


def _followed(chunks: Iterable[Chunk], progress: Progress) -> Iterator[Chunk]:
    for chunk in chunks:
        yield chunk
        end_s = chunk.start_s + len(chunk.samples) / chunk.sample_rate_hz
        progress.add(len(chunk.normalised), end_s)


def _heard(
    voice: Voice, text: str | Path | Iterable[str], wanted: Wanted, options: dict[str, Any]
) -> Heard:
    """Speech that is heard while it is made; what is not to be written is not kept."""
    told = _Told(time.perf_counter(), wanted.out is not None, wanted.times is not None)
    if isinstance(text, str):
        chunks = voice.stream(text, **options)
    else:
        chunks = narrate(voice, _lines(text), **options)
    pieces = told.along(chunks)
    if wanted.pipe is not None:
        pieces = _piped(pieces, wanted.pipe)
    if wanted.play:
        player.play(pieces, voice.sample_rate_hz)
    else:
        for _ in pieces:
            pass
    heard = told.end(voice.sample_rate_hz)
    if wanted.out is not None:
        io.write(wanted.out, np.concatenate(told.samples), voice.sample_rate_hz)
    if wanted.times is not None:
        name = target(wanted.times, wanted.out or "x.wav")
        write_times(name, told.sentences, heard.audio_s)
    return heard


class _Told:
    """What is kept of chunks that go by."""

    def __init__(self, started: float, keeps_samples: bool, keeps_times: bool) -> None:
        self._started, self._first_s = started, 0.0
        self._keeps_samples, self._keeps_times = keeps_samples, keeps_times
        self._n_samples = 0
        self.samples: list[np.ndarray] = []
        self.sentences: list[Sentence] = []
        self._warnings: dict[str, None] = {}
        self._unseen: dict[str, None] = {}

    def along(self, chunks: Iterable[Chunk]) -> Iterator[np.ndarray]:
        """The samples of chunks."""
        for chunk in chunks:
            self._first_s = self._first_s or time.perf_counter() - self._started
            self._n_samples += len(chunk.samples)
            if self._keeps_samples:
                self.samples.append(chunk.samples)
            if self._keeps_times:
                self.sentences += sentences_of([chunk])
            self._warnings.update(dict.fromkeys(chunk.warnings))
            self._unseen.update(dict.fromkeys(chunk.unseen))
            yield chunk.samples

    def end(self, rate_hz: int) -> Heard:
        """What there is to say of them."""
        return Heard(
            rate_hz,
            self._n_samples / rate_hz,
            self._first_s,
            time.perf_counter() - self._started,
            tuple(self._unseen),
            tuple(self._warnings),
        )


def _piped(pieces: Iterable[np.ndarray], pipe: BinaryIO) -> Iterator[np.ndarray]:
    for piece in pieces:
        pipe.write(io.pcm16(piece).tobytes())
        pipe.flush()
        yield piece
