"""A text of any length, paragraph by paragraph: its sentences, each with the silence before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tts.errors import TextError
from tts.text.passages import Passage, passages
from tts.text.utterances import Script, Utterance
from tts.voice.speech import Chunk
from tts.voice.stream import Cursor, Manner, chunks

if TYPE_CHECKING:
    from tts.voice.voice import Voice


class Narration:
    """The sentences of passages that follow one another, as if the text were read as a whole.

    Attributes:
        silence_s: that which the passages so far end with.
        warnings: what was left out of them.
    """

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self.silence_s: float | None = None
        self.warnings: dict[str, None] = {}

    def utterances(self, passage: Passage) -> Iterator[Utterance]:
        """The sentences of the next passage, each read when it is asked for.

        Raises:
            TextError: a mark in it cannot be used; names its line.
        """
        manner = self._manner
        try:
            scripts = manner.frontend.scripts(
                passage.text, ssml=manner.ssml, max_tokens=manner.max_tokens
            )
        except TextError as error:
            raise TextError(f"in the paragraph from line {passage.line} on: {error}") from None
        return self._of(scripts, passage.goes_on)

    def _of(self, scripts: Iterator[Script], goes_on: bool) -> Iterator[Utterance]:
        is_pause = False
        try:
            for script in scripts:
                self.warnings.update(dict.fromkeys(script.warnings))
                for utterance in script.utterances:
                    yield self._placed(utterance, goes_on)
                if script.after_s:
                    self.silence_s = (self.silence_s or 0.0) + script.after_s
                    is_pause = True
        except TextError as error:  # nothing to speak in it
            if not is_pause:
                self.warnings[f"left out: {error}"] = None

    def _placed(self, utterance: Utterance, goes_on: bool) -> Utterance:
        silence_s, self.silence_s = self.silence_s, None
        if goes_on and utterance.paragraph:
            utterance = replace(utterance, paragraph=False)
        if silence_s is None:
            return utterance
        return replace(utterance, before_s=silence_s + (utterance.before_s or 0.0))


def narrate(voice: Voice, lines: Iterable[str], **options: Any) -> Iterator[Chunk]:
    """Speak lines as they come, a paragraph as soon as an empty line ends it.

    The chunks are those of `Voice.stream` for the text as a whole.

    Args:
        options: those of `Voice.say`.
    Raises:
        TextError: a mark that cannot be used, or nothing to speak in all of it.
    """
    return _narrated(voice, voice.manner(**options), lines)


def _narrated(voice: Voice, manner: Manner, lines: Iterable[str]) -> Iterator[Chunk]:
    narration, cursor, rate_hz = Narration(manner), Cursor(), voice.sample_rate_hz
    for passage in passages(lines):
        for utterance in narration.utterances(passage):
            yield from chunks(voice, manner, [Script((utterance,))], cursor=cursor)
    if not cursor.n_sentences:
        raise TextError("nothing to speak in the text; give one with words in it")
    end = np.zeros(round((narration.silence_s or 0.0) * rate_hz), np.float32)
    if len(end) or narration.warnings:
        start_s, warnings = cursor.n_samples / rate_hz, tuple(narration.warnings)
        yield Chunk(end, rate_hz, start_s, cursor.n_sentences - 1, warnings=warnings)
