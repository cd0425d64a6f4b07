"""The text frontend of a voice: text to token ids, saved beside the model that it feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from tts.errors import ConfigError, TextError
from tts.text import markup, saved
from tts.text.inventory import inventory
from tts.text.lexicon import Lexicon
from tts.text.markup import Document
from tts.text.normalise import NormaliserName
from tts.text.phonemise import Phonemiser, Spoken
from tts.text.reading import Reading
from tts.text.sentences import MAX_CHARS
from tts.text.settings import BLOCKS, FrontendConfig, make_phonemiser, make_reader, own_normaliser
from tts.text.tokens import (
    BLANK,
    PAD,
    PUNCTUATION,
    SPACE,
    TokenTable,
    glow_tts_symbols,
    intersperse,
)
from tts.text.utterances import (
    MAX_TOKENS,
    Script,
    Segment,
    TokenSequence,
    Utterance,
    cut_symbols,
    pieces,
    segments,
)
from tts.text.vocabulary import Vocabulary
from tts.text.words import Word


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
        lexicon: pronunciations that go before all others.
        vocabulary: what the training texts held; None where nobody knows.
    Raises:
        TextError: espeak cannot be loaded.
        ConfigError: espeak has no such language; blanks are wanted and the table has none.
        DataError: the dictionary cannot be read.
    """

    def __init__(
        self,
        config: FrontendConfig,
        table: TokenTable,
        phonemiser: Phonemiser | None = None,
        lexicon: Lexicon | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        if (config.blank or config.edges) and table.blank_id is None:
            name = "blank" if config.blank else "edges"
            raise ConfigError(
                f"{name} is true and the token table has no {BLANK}; set {name}: false"
            )
        self.config = config
        self.table = table
        self.lexicon = lexicon or Lexicon()
        self.vocabulary = vocabulary
        self._phonemiser = phonemiser or make_phonemiser(config)

    def with_lexicon(self, lexicon: Lexicon) -> Frontend:
        """The same frontend with more words in its lexicon, which go before its own."""
        merged = self.lexicon.with_more(lexicon)
        return Frontend(self.config, self.table, self._phonemiser, merged, self.vocabulary)

    def with_vocabulary(self, vocabulary: Vocabulary) -> Frontend:
        """The same frontend, which knows what it was trained on."""
        return Frontend(self.config, self.table, self._phonemiser, self.lexicon, vocabulary)

    def __call__(self, text: str) -> TokenSequence:
        """The tokens of one text.

        Raises:
            TextError: nothing in the text can be spoken, or a mark in it cannot be used.
        """
        return self.many([text])[0]

    def many(self, texts: Sequence[str]) -> list[TokenSequence]:
        """The tokens of each text in one sequence, as if each came alone; pauses do nothing.

        Raises:
            TextError: nothing in one of the texts can be spoken; names it.
        """
        documents = [self._parse(text) for text in texts]
        readings = [self._read(document, 0, len(document.flat)) for document in documents]
        spoken = self._phonemiser.many([reading.pieces for reading in readings])
        return [self._finish(*each) for each in zip(texts, readings, spoken, strict=True)]

    def script(
        self,
        text: str,
        *,
        ssml: bool | None = None,
        max_tokens: int | None = None,
        max_chars: int = MAX_CHARS,
    ) -> Script:
        """A text of any length as sequences to speak one after the other, with its pauses.

        Args:
            ssml: whether the text is SSML; by default it is where it looks like it.
            max_tokens: symbols in a sequence; by default as many as the longest training text
                had. A longer sentence is cut behind a mark or a word.
        Raises:
            TextError: nothing in the text can be spoken, or a mark in it cannot be used.
        """
        parts = list(self.scripts(text, ssml=ssml, max_tokens=max_tokens, max_chars=max_chars))
        utterances = tuple(utterance for part in parts for utterance in part.utterances)
        warnings = dict.fromkeys(warning for part in parts for warning in part.warnings)
        return Script(utterances, parts[-1].after_s, tuple(warnings))

    def scripts(
        self,
        text: str,
        *,
        ssml: bool | None = None,
        max_tokens: int | None = None,
        max_chars: int = MAX_CHARS,
    ) -> Iterator[Script]:
        """The same in parts, each read when it is asked for: the first is there at once.

        All of them together are the script; a part holds a sentence, or nothing to speak.

        Raises:
            TextError: as `script`, of a mark at once; that nothing can be spoken is known last.
        """
        document = self._parse(text, ssml)
        found, after_s = segments(document, max_chars)
        return self._scripts(document, found, after_s, max_tokens)

    def _scripts(
        self, document: Document, found: Sequence[Segment], after_s: float, max_tokens: int | None
    ) -> Iterator[Script]:
        silence: float | None = None
        begins, is_silent = False, True
        yield Script((), warnings=document.warnings)
        for part in found:
            own = document.flat[part.start : part.end]
            begins = begins or part.paragraph
            if part.before_s is not None:
                silence = (silence or 0.0) + part.before_s
            if not own.strip():
                continue
            reading = self._read(document, part.start, part.end)
            try:
                sequence = self._finish(own, reading, self._phonemiser.many([reading.pieces])[0])
            except TextError as error:
                lost = (f"sentence left out: {error}", *reading.warnings)
                yield Script((), warnings=lost)
                continue
            yield Script(
                tuple(
                    Utterance(piece, 0.0 if i else silence, begins and not i)
                    for i, piece in enumerate(self.split(sequence, max_tokens))
                )
            )
            silence, begins, is_silent = None, False, False
        yield Script((), after_s + (silence or 0.0))
        if is_silent:
            raise _nothing_to_speak(document.source)

    @property
    def max_tokens(self) -> int:
        """Symbols in a sequence that the model can be trusted with."""
        return self.vocabulary.n_longest if self.vocabulary else MAX_TOKENS

    def split(self, sequence: TokenSequence, max_tokens: int | None = None) -> list[TokenSequence]:
        """A sequence cut into pieces that are not too long, or itself alone."""
        cuts = cut_symbols(sequence, max_tokens or self.max_tokens)
        if len(cuts) < 2:
            return [sequence]
        return [
            TokenSequence(**{**vars(piece), "ids": tuple(self.ids(piece.symbols))})
            for piece in pieces(sequence, cuts)
        ]

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
        if blank_id is None:
            return ids
        if self.config.edges:
            return [blank_id, *ids, blank_id]
        return intersperse(ids, blank_id) if self.config.blank else ids

    def _parse(self, text: str, ssml: bool | None = None) -> Document:
        if self.config.phonemiser == "cmudict":
            ssml = False if ssml is None else ssml
        return markup.parse(text, BLOCKS[self.config.phonemiser], ssml)

    def _read(self, document: Document, start: int, end: int) -> Reading:
        reader = make_reader(self.config, self.lexicon, self.table)
        return reader.read(document.source, document.between(start, end))

    def _finish(self, text: str, reading: Reading, said: Spoken) -> TokenSequence:
        found = self.table.lookup(said.symbols, backoff=self.config.phonemiser != "cmudict")
        ends = (0, *accumulate(len(near) for near in found.replaced))
        words = tuple(
            Word(word.text, ends[word.start], ends[word.end])
            for word in said.words
            if ends[word.end] > ends[word.start]
        )
        if not words:
            raise _nothing_to_speak(text)
        symbols = tuple(symbol for near in found.replaced for symbol in near)
        warnings = dict.fromkeys((*reading.warnings, *said.warnings, *found.warnings))
        return TokenSequence(
            text,
            reading.normalised.strip(),
            symbols,
            tuple(self.ids(symbols)),
            words,
            tuple(warnings),
            reading.spans,
            _rates(reading.rates, [ends[cut] for cut in said.cuts], len(symbols)),
            self.vocabulary.unseen(word.text for word in words) if self.vocabulary else (),
        )

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
        head = [PAD, *([BLANK] if config.blank or config.edges else []), SPACE, *PUNCTUATION]
        sounds = set(inventory(config.language, config.phonemiser)) | set(corpus_symbols)
        table = TokenTable((*head, *sorted(sounds - {PAD, BLANK, SPACE, *PUNCTUATION})))
        return cls(config, table, phonemiser)

    @classmethod
    def from_texts(
        cls,
        config: FrontendConfig,
        texts: Iterable[str],
        lexicon: Lexicon | None = None,
        phonemiser: Phonemiser | None = None,
    ) -> Frontend:
        """A frontend whose table holds the language's inventory and all symbols of these texts."""
        phonemiser = phonemiser or make_phonemiser(config)
        reader = make_reader(config, lexicon or Lexicon())
        documents = (markup.parse(text, BLOCKS[config.phonemiser]) for text in texts)
        spoken = phonemiser.many([reader.read(d.source, d.items).pieces for d in documents])
        symbols = {symbol for said in spoken for symbol in said.symbols}
        made = cls.from_symbols(config, symbols, phonemiser)
        return made.with_lexicon(lexicon) if lexicon else made

    def save(self, folder: str | Path) -> None:
        """Write `frontend.json` and `tokens.txt`, and what there is of the dictionary, the lexicon
        and the words of the training texts."""
        parts = saved.Parts(self.config, self.table, self.lexicon, self.vocabulary)
        saved.write(folder, parts, self._phonemiser)

    @classmethod
    def load(cls, folder: str | Path) -> Frontend:
        """Read what `save` wrote; `lexicon.txt` may also have been put there by hand.

        A change of espeak or of the normaliser's rules since then is logged as a warning.

        Raises:
            ConfigError: `frontend.json` cannot be used.
            DataError: `tokens.txt`, the dictionary, the lexicon or the list of words cannot, or
                belongs to another frontend.
            TextError: espeak cannot be loaded.
        """
        found = saved.read(folder)
        parts = found.parts
        frontend = cls(parts.config, parts.table, None, parts.lexicon, parts.vocabulary)
        found.refuse_another_table()
        found.warn_of_change(frontend._phonemiser)
        return frontend


def phonemiser_of(
    language: str = "en-us",
    *,
    normaliser: NormaliserName | None = None,
    lexicon: Lexicon | None = None,
) -> Callable[[str], TokenSequence]:
    """What reads texts in a language, each by a token table of its own.

    Args:
        normaliser: by default the language's own.
    Raises:
        TextError: espeak cannot be loaded.
        ConfigError: espeak has no such language.
    """
    name = normaliser or own_normaliser(language)
    config = FrontendConfig(language=language, normaliser=name, blank=False)
    phonemiser = make_phonemiser(config)

    def phonemise(text: str) -> TokenSequence:
        return Frontend.from_texts(config, [text], lexicon, phonemiser)(text)

    return phonemise


def phonemise(text: str, language: str = "en-us") -> TokenSequence:
    """The phones of a text, by a table of its own.

    Raises:
        TextError: nothing in the text can be spoken, or espeak cannot be loaded.
        ConfigError: espeak has no such language.
    """
    return phonemiser_of(language)(text)


def _rates(rates: Sequence[float], cuts: Sequence[int], n: int) -> tuple[float, ...]:
    """How fast each of `n` symbols is spoken; empty when all are at the voice's own speed."""
    if all(rate == 1.0 for rate in rates):
        return ()
    edges = (0, *cuts, n)
    return tuple(rate for rate, a, b in zip(rates, edges, edges[1:]) for _ in range(b - a))


def _nothing_to_speak(text: str) -> TextError:
    return TextError(f"nothing to speak in {_shorten(text)!r}; give text with words in it")


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
