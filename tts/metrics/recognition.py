"""Word and character errors: how much of a text a recogniser understands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tts.metrics.packages import need
from tts.text.normalise import normalise


@dataclass(frozen=True)
class TextErrors:
    """Of one utterance: substitutions, deletions and insertions, and how much there was to say."""

    n_word_errors: int
    n_words: int
    n_character_errors: int
    n_characters: int

    @property
    def wer(self) -> float:
        """Word error rate."""
        return self.n_word_errors / self.n_words

    @property
    def cer(self) -> float:
        """Character error rate."""
        return self.n_character_errors / self.n_characters


def plain_words(text: str, normaliser: str = "english") -> str:
    """A text as a recogniser writes it: numbers spoken out, lower case, no marks.

    Raises:
        TextError: no such normaliser.
    """
    spoken = normalise(text, normaliser).normalised.lower().replace("’", "'")
    folded = unicodedata.normalize("NFC", spoken)
    words = (word.strip("'_") for word in re.sub(r"[^\w' ]|_", " ", folded).split())
    return " ".join(word for word in words if word)


def text_errors(wanted: str, heard: str) -> TextErrors | None:
    """Count the errors of a text heard, both in plain words; None if nothing was to be said.

    Raises:
        MissingPackage: jiwer is not installed.
    """
    jiwer = need("jiwer", "wer")
    if not wanted:
        return None
    words = jiwer.process_words(wanted, heard)
    characters = jiwer.process_characters(wanted, heard)
    return TextErrors(
        n_word_errors=words.substitutions + words.deletions + words.insertions,
        n_words=len(wanted.split()),
        n_character_errors=characters.substitutions + characters.deletions + characters.insertions,
        n_characters=len(wanted),
    )
