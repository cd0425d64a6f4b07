"""The settings of a frontend, and the parts that they ask for."""

from __future__ import annotations

from functools import partial
from typing import Literal

from pydantic import model_validator

from tts.config import Settings
from tts.errors import TextError
from tts.text import ipa
from tts.text.cmudict import CmudictPhonemiser
from tts.text.inventory import inventory
from tts.text.lexicon import Lexicon
from tts.text.markup import ARPABET_BLOCKS, PHONE_BLOCKS
from tts.text.normalise import NormaliserName, normalise
from tts.text.phonemise import EspeakPhonemiser, LetterPhonemiser, Phonemiser
from tts.text.reading import Reader
from tts.text.tokens import TokenTable

BLOCKS = {"espeak": PHONE_BLOCKS, "cmudict": ARPABET_BLOCKS, "letters": None}


class FrontendConfig(Settings):
    """How text becomes tokens.

    Attributes:
        language: espeak's code, such as en-us, en-gb, de.
        normaliser: how numbers and abbreviations are written out; the rules are English, for other
            languages there is `numbers`, or `none` (espeak reads digits itself).
        phonemiser: `espeak` for phones, `letters`, or `cmudict`, the mix of dictionary sounds and
            letters that the released Glow-TTS models expect.
        blank: put a blank token around every token.
        edges: put one before the first and after the last only, for the silence there.
        homographs: choose between the readings of words such as "read" and "live" by the words
            around them; only where espeak speaks English.
        cmudict_file: for `cmudict`, a copy of the CMU Pronouncing Dictionary; None spells all.
    """

    language: str = "en-us"
    normaliser: NormaliserName = "english"
    phonemiser: Literal["espeak", "letters", "cmudict"] = "espeak"
    blank: bool = True
    edges: bool = False
    homographs: bool = True
    cmudict_file: str | None = None

    @model_validator(mode="after")
    def _check(self) -> FrontendConfig:
        if self.normaliser in ("english", "tacotron") and not self.language.startswith("en"):
            raise ValueError(
                f"normaliser {self.normaliser} is for English, the language is {self.language}; "
                f"use normaliser numbers, none, basic or transliteration"
            )
        if self.blank and self.edges:
            raise ValueError("blank puts tokens at the edges already; set one of blank and edges")
        if self.edges and self.phonemiser == "cmudict":
            raise ValueError("edges go with phonemiser espeak or letters; set edges: false")
        if self.cmudict_file is not None and self.phonemiser != "cmudict":
            raise ValueError("cmudict_file goes with phonemiser cmudict; remove one of them")
        return self


def own_normaliser(language: str) -> NormaliserName:
    """The normaliser for a language: the rules for English, else its numbers if they are known."""
    if language.startswith("en"):
        return "english"
    from tts.text.counting import language_of  # num2words takes a while to import

    try:
        language_of(language)
    except TextError:
        return "none"
    return "numbers"


def make_reader(
    config: FrontendConfig, lexicon: Lexicon, table: TokenTable | None = None
) -> Reader:
    """What makes the items of a document ready for the phonemiser."""
    known = set(table.symbols if table else inventory(config.language, config.phonemiser))
    phones = known and config.phonemiser == "espeak"
    return Reader(
        partial(normalise, normaliser=config.normaliser, language=config.language),
        lexicon,
        config.homographs and config.phonemiser == "espeak" and config.language.startswith("en"),
        partial(ipa.symbols_of, known=known) if phones else tuple,
        shouted=config.normaliser == "english",
    )


def make_phonemiser(config: FrontendConfig) -> Phonemiser:
    """The phonemiser of some settings."""
    if config.phonemiser == "espeak":
        return EspeakPhonemiser(config.language)
    if config.phonemiser == "letters":
        return LetterPhonemiser()
    return CmudictPhonemiser(config.cmudict_file)
