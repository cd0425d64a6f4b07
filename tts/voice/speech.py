"""What a voice returns: samples, and when every token and word is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tts.audio import io
from tts.text import span
from tts.text.utterances import TokenSequence


@dataclass(frozen=True)
class Span:
    """A token or a word, and when it is spoken."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Chunk:
    """A stretch of a spoken text; put together, the chunks of a text are `Voice.say`'s samples.

    Attributes:
        samples: (n,) float32 in [-1, 1]. The silence before a sentence is part of its first chunk;
            that at the end is a chunk of its own, which may be empty but for its warnings.
        start_s: where in the whole it begins.
        sentence: which one it is of, from 0; one that is cut for its length counts as several.
        normalised, tokens, words, spans, unseen, warnings: of the sentence, as in `Speech`, with
            its first chunk; nothing with the others. Times are those of the whole.
    """

    samples: np.ndarray
    sample_rate_hz: int
    start_s: float
    sentence: int
    normalised: str = ""
    tokens: tuple[Span, ...] = ()
    words: tuple[Span, ...] = ()
    spans: tuple[span.Span, ...] = ()
    unseen: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Speech:
    """Spoken text.

    Attributes:
        samples: (N,) float32 in [-1, 1].
        normalised: the text as it was read.
        tokens, words: with their times; blanks count towards the token before them.
        spans: what was not read as it is written, its class and its reading, by its place in the
            text.
        unseen: words that the voice's training texts did not hold.
        warnings: what was read differently from how it stands, or left out.
        wall_s: seconds it took to make.
    """

    samples: np.ndarray
    sample_rate_hz: int
    text: str
    normalised: str
    tokens: tuple[Span, ...]
    words: tuple[Span, ...]
    spans: tuple[span.Span, ...]
    unseen: tuple[str, ...]
    warnings: tuple[str, ...]
    wall_s: float

    @classmethod
    def of(cls, chunks: Sequence[Chunk], text: str, wall_s: float) -> Speech:
        """The chunks of a text, put together."""
        return cls(
            samples=np.concatenate([chunk.samples for chunk in chunks]),
            sample_rate_hz=chunks[0].sample_rate_hz,
            text=text,
            normalised=" ".join(chunk.normalised for chunk in chunks if chunk.normalised),
            tokens=tuple(span for chunk in chunks for span in chunk.tokens),
            words=tuple(span for chunk in chunks for span in chunk.words),
            spans=tuple(span for chunk in chunks for span in chunk.spans),
            unseen=tuple(dict.fromkeys(word for chunk in chunks for word in chunk.unseen)),
            warnings=tuple(dict.fromkeys(line for chunk in chunks for line in chunk.warnings)),
            wall_s=wall_s,
        )

    @property
    def audio_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz

    @property
    def rtf(self) -> float:
        """Real-time factor: seconds of work per second of speech."""
        return self.wall_s / self.audio_s

    def as_dict(self) -> dict[str, Any]:
        """All but the samples, as plain values."""
        return {
            "sample_rate_hz": self.sample_rate_hz,
            "audio_s": self.audio_s,
            "wall_s": self.wall_s,
            "rtf": self.rtf,
            "normalised": self.normalised,
            "tokens": [asdict(span) for span in self.tokens],
            "words": [asdict(span) for span in self.words],
            "spans": [asdict(span) for span in self.spans],
            "unseen": list(self.unseen),
            "warnings": list(self.warnings),
        }

    def save(self, path: str | Path) -> None:
        """Write the samples by extension: .wav .flac .ogg .mp3, or .npy for the exact float32."""
        io.write(path, self.samples, self.sample_rate_hz)


def token_spans(
    sequence: TokenSequence, durations: list[int], frame_s: float, start_s: float = 0.0
) -> tuple[Span, ...]:
    """The times of the symbols of a sequence, from the frames of its ids (blanks included).

    With blanks, id 2 i + 1 is symbol i; the blank after it counts towards it, the first one
    towards the first symbol. Blanks at the edges are silence, which is no symbol's.
    """
    n_symbols = len(sequence.symbols)
    if len(durations) == 2 * n_symbols + 1:
        own = [durations[2 * i + 1] + durations[2 * i + 2] for i in range(n_symbols)]
        own[0] += durations[0]
        frame = 0
    else:
        edge = (len(durations) - n_symbols) // 2  # 1 with blanks at the edges
        own = durations[edge : edge + n_symbols]
        frame = sum(durations[:edge])
    spans = []
    for symbol, n_frames in zip(sequence.symbols, own):
        first, frame = frame, frame + n_frames
        spans.append(Span(symbol, start_s + first * frame_s, start_s + frame * frame_s))
    return tuple(spans)


def word_spans(sequence: TokenSequence, tokens: tuple[Span, ...]) -> tuple[Span, ...]:
    """The times of the words of a sequence, from those of its symbols."""
    return tuple(
        Span(word.text, tokens[word.start].start_s, tokens[word.end - 1].end_s)
        for word in sequence.words
    )
