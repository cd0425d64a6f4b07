"""The stage of a recipe which turns transcripts into symbols, and fixes the table of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tts.data import datadir
from tts.data.datadir import DataDir
from tts.data.tables import write_table
from tts.errors import DataError, TextError
from tts.text.frontend import Frontend, FrontendConfig, TokenSequence
from tts.text.inventory import inventory
from tts.text.lexicon import Lexicon
from tts.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Tokenised:
    """What became of the texts.

    Attributes:
        n_table: tokens in the table.
        unknown: symbols which the language's inventory lacks, with how often they occur; they were
            added to the table. A misspelt or foreign word is often behind them.
        warnings: utterance to what was read differently from how it stands.
    """

    n_utterances: int
    n_table: int
    unknown: dict[str, int]
    warnings: dict[str, tuple[str, ...]]

    def as_text(self, out: str | Path) -> str:
        """For people: each warning, the unknown symbols, and a line in sum."""
        lines = [f"{u}: {warning}" for u, these in self.warnings.items() for warning in these]
        if self.unknown:
            listed = ", ".join(f"{symbol} ({n} times)" for symbol, n in self.unknown.items())
            lines.append(f"symbols that the language does not list, added to the table: {listed}")
        lines.append(f"{self.n_utterances} texts, {self.n_table} tokens in {out}/tokens.txt")
        return "\n".join(lines)


def write_tokens(
    dirs: Sequence[str | Path],
    out: str | Path,
    config: FrontendConfig,
    lexicon: Lexicon | None = None,
) -> Tokenised:
    """Write `text.norm` and `text.phn` into dump dirs, and their common frontend into `out`.

    Args:
        dirs: dump dirs with a `text`; the token table covers them all.
        out: gets `frontend.json`, `tokens.txt` and `words.txt`, the words of the first dir, which
            is the one to train on.
        lexicon: pronunciations that go before all others; the voice keeps them.
    Raises:
        DataError: a text in which nothing can be spoken, named with its utterance.
    """
    parts = [datadir.read(folder) for folder in dirs]
    texts = (text for part in parts for text in part.text.values())
    frontend = Frontend.from_texts(config, texts, lexicon)
    listed = inventory(config.language, config.phonemiser)
    known = Frontend.from_symbols(config).table if listed else frontend.table
    counts: Counter[str] = Counter()
    warnings: dict[str, tuple[str, ...]] = {}
    vocabulary = None
    for part in parts:
        spoken = _speak(frontend, part)
        vocabulary = vocabulary or _vocabulary(spoken)
        write_table(part.path / "text.norm", {u: s.normalised for u, s in spoken.items()})
        write_table(part.path / "text.phn", {u: " ".join(s.symbols) for u, s in spoken.items()})
        warnings |= {u: s.warnings for u, s in spoken.items() if s.warnings}
        counts.update(symbol for s in spoken.values() for symbol in s.symbols)
    frontend.with_vocabulary(vocabulary).save(out) if vocabulary else frontend.save(out)
    unknown = {s: n for s, n in counts.most_common() if s not in known}
    return Tokenised(sum(len(p.text) for p in parts), len(frontend.table), unknown, warnings)


def write_tokens_like(
    dirs: Sequence[str | Path],
    out: str | Path,
    voice: str | Path,
    lexicon: Lexicon | None = None,
) -> Tokenised:
    """The same with the settings and the lexicon of a voice, for speech to fine-tune it with.

    Args:
        voice: its folder, or that of an experiment.
        lexicon: pronunciations that go before the voice's own.
    Raises:
        TTSError: as `write_tokens`, or the voice's frontend cannot be used.
    """
    like = Frontend.load(voice)
    return write_tokens(dirs, out, like.config, like.lexicon.with_more(lexicon or Lexicon()))


def _vocabulary(spoken: dict[str, TokenSequence]) -> Vocabulary:
    words = (word.text for sequence in spoken.values() for word in sequence.words)
    return Vocabulary(words, max((len(s.symbols) for s in spoken.values()), default=0))


def _speak(frontend: Frontend, part: DataDir) -> dict[str, TokenSequence]:
    try:
        return dict(zip(part.text, frontend.many(list(part.text.values()))))
    except TextError:
        for utterance, text in part.text.items():
            _speak_one(frontend, text, utterance, part.path / "text")
        raise


def _speak_one(frontend: Frontend, text: str, utterance: str, path: Path) -> None:
    try:
        frontend(text)
    except TextError as error:
        remedy = f"or drop it with `tts data filter IN OUT --drop {utterance}`"
        raise DataError(f"{path}: {utterance}: {error}; {remedy}") from None
