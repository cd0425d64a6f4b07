"""The files of a frontend, beside the model that it feeds.

`frontend.json` holds the settings, which program made the phonemes, a hash of the token table and
the phonemes of a probe sentence, so that a later, different espeak or normaliser is noticed.
`lexicon.txt` holds the voice's own pronunciations, `words.txt` the words of its training texts.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tts.config import parse, to_tree
from tts.errors import ConfigError, DataError
from tts.files import write_bytes, write_text
from tts.text import markup
from tts.text.lexicon import Lexicon
from tts.text.phonemise import Phonemiser
from tts.text.settings import FrontendConfig, make_reader
from tts.text.tokens import TokenTable
from tts.text.vocabulary import Vocabulary

log = logging.getLogger(__name__)

_CONFIG_FILE, _TABLE_FILE, _DICTIONARY_FILE = "frontend.json", "tokens.txt", "cmudict.txt"
_LEXICON_FILE, _WORDS_FILE = "lexicon.txt", "words.txt"
_PROBE = (
    "The quick brown fox jumps over the lazy dog, doesn't it? "
    "Dr. Lee read 21 pages about lead pipes by 5 May 1999, for $3.50 each."
)


@dataclass(frozen=True)
class Parts:
    """What a frontend is made of."""

    config: FrontendConfig
    table: TokenTable
    lexicon: Lexicon | None
    vocabulary: Vocabulary | None


@dataclass(frozen=True)
class Saved:
    """What a folder holds: the parts, and `tree`, what `frontend.json` says at `path`."""

    path: Path
    tree: dict[str, Any]
    parts: Parts

    def refuse_another_table(self) -> None:
        """Refuse a token table that was not saved with these settings.

        Raises:
            DataError: it is of another model.
        """
        if self.tree.get("tokens_sha256") != self.parts.table.sha256:
            raise DataError(
                f"{self.path.with_name(_TABLE_FILE)}: is not the table that {_CONFIG_FILE} was "
                f"saved with; take both files from the same model"
            )

    def warn_of_change(self, phonemiser: Phonemiser) -> None:
        """Log that espeak is another one, or that a probe sentence reads differently."""
        tree, backend = self.tree, _backend(phonemiser)
        was_probe = tree.get("probe")
        text = was_probe["text"] if isinstance(was_probe, dict) else _PROBE
        probe = _probe(self.parts.config, phonemiser, text)
        if was_probe != probe or tree.get("backend") != backend:
            was = tree.get("backend", {})
            same = "the same" if was_probe == probe else "different"
            log.warning(
                "%s: made with %s %s, this is %s %s; a probe sentence gives %s symbols",
                self.path, was.get("name"), was.get("version"), *backend.values(), same,
            )  # fmt: skip


def write(folder: str | Path, parts: Parts, phonemiser: Phonemiser) -> None:
    """Write the files of a frontend, those of parts that are empty left out."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = parts.config
    if config.cmudict_file is not None:
        write_bytes(folder / _DICTIONARY_FILE, Path(config.cmudict_file).read_bytes())
        config = config.model_copy(update={"cmudict_file": _DICTIONARY_FILE})
    parts.table.save(folder / _TABLE_FILE)
    if parts.lexicon:
        parts.lexicon.save(folder / _LEXICON_FILE)
    if parts.vocabulary:
        parts.vocabulary.save(folder / _WORDS_FILE)
    tree = {
        "config": to_tree(config),
        "backend": _backend(phonemiser),
        "tokens_sha256": parts.table.sha256,
        "probe": _probe(parts.config, phonemiser, _PROBE),
    }
    write_text(folder / _CONFIG_FILE, json.dumps(tree, ensure_ascii=False, indent=2) + "\n")


def read(folder: str | Path) -> Saved:
    """Read what `write` wrote.

    Raises:
        ConfigError: `frontend.json` cannot be used.
        DataError: `tokens.txt`, the lexicon or the list of words cannot.
    """
    folder = Path(folder)
    path = folder / _CONFIG_FILE
    tree = _read_json(path)
    config = parse(FrontendConfig, tree.get("config", {}), f"{path}: config")
    if config.cmudict_file is not None:
        config = config.model_copy(update={"cmudict_file": str(folder / config.cmudict_file)})
    own, words = folder / _LEXICON_FILE, folder / _WORDS_FILE
    parts = Parts(
        config,
        TokenTable.load(folder / _TABLE_FILE),
        Lexicon.load(own) if own.is_file() else None,
        Vocabulary.load(words) if words.is_file() else None,
    )
    return Saved(path, tree, parts)


def _backend(phonemiser: Phonemiser) -> dict[str, str]:
    return {"name": phonemiser.name, "version": phonemiser.version}


def _probe(config: FrontendConfig, phonemiser: Phonemiser, text: str) -> dict[str, str]:
    """A sentence and its symbols, by the language's own pronunciations."""
    reading = make_reader(config, Lexicon()).read(text, markup.parse(text, None).items)
    return {"text": text, "symbols": " ".join(phonemiser.many([reading.pieces])[0].symbols)}


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
