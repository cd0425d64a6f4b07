"""The text frontend of a voice: text to token ids, saved beside the model that it feeds.

`frontend.json` holds the settings, which program made the phonemes, a hash of the token table and
the phonemes of a probe sentence, so that a later, different espeak is noticed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from pydantic import model_validator

from tts.config import Settings, parse, to_tree
from tts.errors import ConfigError, DataError, TextError
from tts.files import write_bytes, write_text
from tts.text.blocks import ARPABET_BLOCKS, PHONE_BLOCKS, Reading, read
from tts.text.cmudict import CmudictPhonemiser
from tts.text.inventory import inventory
from tts.text.normalise import NormaliserName
from tts.text.phonemise import EspeakPhonemiser, LetterPhonemiser, Phonemiser, Spoken
from tts.text.tokens import (
    BLANK,
    PAD,
    PUNCTUATION,
    SPACE,
    TokenTable,
    glow_tts_symbols,
    intersperse,
)
from tts.text.words import Word

log = logging.getLogger(__name__)

_CONFIG_FILE, _TABLE_FILE, _DICTIONARY_FILE = "frontend.json", "tokens.txt", "cmudict.txt"
_PROBE = "The quick brown fox jumps over the lazy dog, doesn't it?"
_BLOCKS = {"espeak": PHONE_BLOCKS, "cmudict": ARPABET_BLOCKS, "letters": None}


class FrontendConfig(Settings):
    """How text becomes tokens.

    Attributes:
        language: espeak's code, such as en-us, en-gb, de.
        normaliser: how numbers and abbreviations are written out; the rules are English, other
            languages use `none` (espeak reads digits itself), `basic` or `transliteration`.
        phonemiser: `espeak` for phones, `letters`, or `cmudict`, the mix of dictionary sounds and
            letters that the released Glow-TTS models expect.
        blank: put a blank token around every token.
        cmudict_file: for `cmudict`, a copy of the CMU Pronouncing Dictionary; None spells all.
    """

    language: str = "en-us"
    normaliser: NormaliserName = "english"
    phonemiser: Literal["espeak", "letters", "cmudict"] = "espeak"
    blank: bool = True
    cmudict_file: str | None = None

    @model_validator(mode="after")
    def _check(self) -> FrontendConfig:
        if self.normaliser in ("english", "tacotron") and not self.language.startswith("en"):
            raise ValueError(
                f"normaliser {self.normaliser} is for English, the language is {self.language}; "
                f"use normaliser none, basic or transliteration"
            )
        if self.cmudict_file is not None and self.phonemiser != "cmudict":
            raise ValueError("cmudict_file goes with phonemiser cmudict; remove one of them")
        return self


@dataclass(frozen=True)
class TokenSequence:
    """One utterance as tokens.

    Attributes:
        text: as it was given; normalised: as it is spoken.
        symbols: without blanks, each in the token table.
        ids: blanks included: with blanks, symbol i has the id 2 i + 1.
        words: which symbols each word owns.
        warnings: what was read differently from how it stands, or left out.
    """

    text: str
    normalised: str
    symbols: tuple[str, ...]
    ids: tuple[int, ...]
    words: tuple[Word, ...]
    warnings: tuple[str, ...]


class Frontend:
    """Text to tokens. Make it once and use it often: starting espeak costs tens of milliseconds.

    Example:
        >>> frontend = Frontend.from_symbols(FrontendConfig(phonemiser="letters", blank=False))
        >>> frontend("Dr. No").symbols
        ('d', 'o', 'c', 't', 'o', 'r', '<space>', 'n', 'o')

    Args:
        config: how text becomes symbols.
        table: the ids of the symbols.
        phonemiser: one that was made for the same settings, to share it; None makes one.
    Raises:
        TextError: espeak cannot be loaded.
        ConfigError: espeak has no such language; blanks are wanted and the table has none.
        DataError: the dictionary cannot be read.
    """

    def __init__(
        self, config: FrontendConfig, table: TokenTable, phonemiser: Phonemiser | None = None
    ) -> None:
        if config.blank and table.blank_id is None:
            raise ConfigError(
                f"blank is true and the token table has no {BLANK}; set blank: false"
            )
        self.config = config
        self.table = table
        self._phonemiser = phonemiser or _make_phonemiser(config)

    def __call__(self, text: str) -> TokenSequence:
        """The tokens of one text.

        Raises:
            TextError: nothing in the text can be spoken.
        """
        return self.many([text])[0]

    def many(self, texts: Sequence[str]) -> list[TokenSequence]:
        """The tokens of each text, as if each came alone.

        Raises:
            TextError: nothing in one of the texts can be spoken; names it.
        """
        readings = [_read(text, self.config) for text in texts]
        spoken = self._phonemiser.many([reading.pieces for reading in readings])
        return [self._finish(*each) for each in zip(texts, readings, spoken, strict=True)]

    def symbols(self, text: str) -> tuple[str, ...]:
        """The symbols of one text, all in the token table, without blanks."""
        return self(text).symbols

    def ids(self, symbols: Iterable[str]) -> list[int]:
        """The ids of symbols of the table, with blanks around them where the settings say so.

        Raises:
            DataError: the table lacks a symbol.
        """
        ids = self.table.ids(symbols)
        blank_id = self.table.blank_id
        return intersperse(ids, blank_id) if self.config.blank and blank_id is not None else ids

    def _finish(self, text: str, reading: Reading, said: Spoken) -> TokenSequence:
        found = self.table.lookup(said.symbols, backoff=self.config.phonemiser != "cmudict")
        ends = (0, *accumulate(len(near) for near in found.replaced))
        words = tuple(
            Word(word.text, ends[word.start], ends[word.end])
            for word in said.words
            if ends[word.end] > ends[word.start]
        )
        if not words:
            raise TextError(f"nothing to speak in {_shorten(text)!r}; give text with words in it")
        symbols = tuple(symbol for near in found.replaced for symbol in near)
        warnings = dict.fromkeys((*reading.warnings, *said.warnings, *found.warnings))
        ids = tuple(self.ids(symbols))
        return TokenSequence(text, reading.normalised, symbols, ids, words, tuple(warnings))

    @classmethod
    def from_symbols(
        cls,
        config: FrontendConfig,
        corpus_symbols: Iterable[str] = (),
        phonemiser: Phonemiser | None = None,
    ) -> Frontend:
        """A frontend whose table holds the language's inventory and all symbols of a corpus."""
        if config.phonemiser == "cmudict":
            return cls(config, TokenTable(glow_tts_symbols(blank=config.blank)), phonemiser)
        head = [PAD, *([BLANK] if config.blank else []), SPACE, *PUNCTUATION]
        sounds = set(inventory(config.language, config.phonemiser)) | set(corpus_symbols)
        table = TokenTable((*head, *sorted(sounds - {PAD, BLANK, SPACE, *PUNCTUATION})))
        return cls(config, table, phonemiser)

    @classmethod
    def from_texts(cls, config: FrontendConfig, texts: Iterable[str]) -> Frontend:
        """A frontend whose table holds the language's inventory and all symbols of these texts."""
        phonemiser = _make_phonemiser(config)
        spoken = phonemiser.many([_read(text, config).pieces for text in texts])
        return cls.from_symbols(config, {s for said in spoken for s in said.symbols}, phonemiser)

    def save(self, folder: str | Path) -> None:
        """Write `frontend.json` and `tokens.txt`, and a copy of the dictionary if there is one."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = self.config
        if config.cmudict_file is not None:
            write_bytes(folder / _DICTIONARY_FILE, Path(config.cmudict_file).read_bytes())
            config = config.model_copy(update={"cmudict_file": _DICTIONARY_FILE})
        self.table.save(folder / _TABLE_FILE)
        tree = {
            "config": to_tree(config),
            "backend": {"name": self._phonemiser.name, "version": self._phonemiser.version},
            "tokens_sha256": self.table.sha256,
            "probe": self._probe(),
        }
        write_text(folder / _CONFIG_FILE, json.dumps(tree, ensure_ascii=False, indent=2) + "\n")

    def _probe(self) -> dict[str, Any]:
        symbols = self._phonemiser.many([[_PROBE]])[0].symbols
        return {"text": _PROBE, "symbols": " ".join(symbols)}

    @classmethod
    def load(cls, folder: str | Path) -> Frontend:
        """Read what `save` wrote. A change of espeak since then is logged as a warning.

        Raises:
            ConfigError: `frontend.json` cannot be used.
            DataError: `tokens.txt` or the dictionary cannot, or belongs to another frontend.
            TextError: espeak cannot be loaded.
        """
        path = Path(folder) / _CONFIG_FILE
        tree = _read_json(path)
        config = parse(FrontendConfig, tree.get("config", {}), f"{path}: config")
        if config.cmudict_file is not None:
            there = str(Path(folder) / config.cmudict_file)
            config = config.model_copy(update={"cmudict_file": there})
        frontend = cls(config, TokenTable.load(Path(folder) / _TABLE_FILE))
        if tree.get("tokens_sha256") != frontend.table.sha256:
            raise DataError(
                f"{Path(folder) / _TABLE_FILE}: is not the table that {_CONFIG_FILE} was saved "
                f"with; take both files from the same model"
            )
        frontend._warn_of_change(tree, path)
        return frontend

    def _warn_of_change(self, tree: dict[str, Any], path: Path) -> None:
        backend = {"name": self._phonemiser.name, "version": self._phonemiser.version}
        probe = self._probe()
        if tree.get("probe") != probe or tree.get("backend") != backend:
            was = tree.get("backend", {})
            same = "the same" if tree.get("probe") == probe else "different"
            log.warning(
                "%s: made with %s %s, this is %s %s; a probe sentence gives %s symbols",
                path, was.get("name"), was.get("version"), *backend.values(), same,
            )  # fmt: skip


def phonemise(text: str, language: str = "en-us") -> TokenSequence:
    """The phones of a text, by a table of its own; numbers are normalised in English only.

    Raises:
        TextError: nothing in the text can be spoken, or espeak cannot be loaded.
        ConfigError: espeak has no such language.
    """
    normaliser: NormaliserName = "english" if language.startswith("en") else "none"
    config = FrontendConfig(language=language, normaliser=normaliser, blank=False)
    return Frontend.from_texts(config, [text])(text)


def _read(text: str, config: FrontendConfig) -> Reading:
    return read(text, config.normaliser, _BLOCKS[config.phonemiser])


def _make_phonemiser(config: FrontendConfig) -> Phonemiser:
    if config.phonemiser == "espeak":
        return EspeakPhonemiser(config.language)
    if config.phonemiser == "letters":
        return LetterPhonemiser()
    return CmudictPhonemiser(config.cmudict_file)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give a saved model"
        ) from None
    except ValueError as error:
        raise ConfigError(f"{path}: not valid JSON ({error}); save the model again") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected a JSON object; save the model again")
    return tree


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
