"""Weights of a model for other symbols and speakers: rows go by name, new ones to the nearest."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from tts import build
from tts.contracts import AcousticBatch
from tts.data import speaker_vectors
from tts.data.speaker_vectors import SpeakerVectors
from tts.data.tables import read_table
from tts.errors import ConfigError, DataError
from tts.text.backoff import nearest
from tts.text.frontend import Frontend
from tts.text.tokens import TokenTable
from tts.text.vocabulary import Vocabulary
from tts.train.base import Base
from tts.train.data import TextSide

logger = logging.getLogger(__name__)

Names = Sequence[str]

SYMBOLS, SPEAKERS, VECTOR = "n_tokens", "n_speakers", "speaker_vector"
N_SCORED, N_CHOSEN = 3, 8  # utterances that find the nearest speaker; how many one of them leaves


@dataclass(frozen=True)
class Mapped:
    """Where the rows of a table came from.

    Attributes:
        copied: names whose rows are those of the base.
        new: other names, to those of the base whose rows (or their mean) they start from; none
            where nothing comes near, which is the mean of all.
        scores: of a new speaker, how well each old one explains the recordings: nats a frame and
            channel, larger is nearer.
    """

    copied: tuple[str, ...]
    new: dict[str, tuple[str, ...]]
    scores: dict[str, dict[str, float]] = field(default_factory=dict)

    def lines(self, what: str) -> list[str]:
        """For people: how many were copied, and a line for each that is new."""
        lines = [f"{what}: {len(self.copied)} copied, {len(self.new)} new"]
        for name, near in self.new.items():
            line = f"  {name} <- {' + '.join(near) or 'the mean of all'}"
            best = sorted(self.scores.get(name, {}).items(), key=lambda item: -item[1])[:3]
            told = ", ".join(f"{old} {score:.3f}" for old, score in best)
            lines.append(line + (f" (log-likelihood a frame and channel: {told})" if told else ""))
        return lines


def map_symbols(new: Sequence[str], old: Sequence[str]) -> Mapped:
    """For the symbols of a table, those of the base that are the same, or come nearest."""
    known = set(old)
    return Mapped(
        tuple(s for s in new if s in known), {s: nearest(s, known) for s in new if s not in known}
    )


def map_speakers(
    new: Sequence[str], old: Sequence[str], scores: Mapping[str, Mapping[str, float]]
) -> Mapped:
    """For the speakers of a table, those of the base that are the same, or explain them best."""
    near = {
        name: tuple(sorted(scores.get(name, {}), key=lambda other: -scores[name][other])[:1])
        for name in new
        if name not in old
    }
    listed = {name: dict(each) for name, each in scores.items() if name in near}
    return Mapped(tuple(name for name in new if name in old), near, listed)


@dataclass(frozen=True)
class Adaptation:
    """What a base becomes for other symbols and speakers.

    Attributes:
        sizes: of the new model.
        text: its text side; None for a model that reads none.
        symbols, speakers: where the rows of its tables come from.
        old_speakers: names of the base's rows.
        symbol_tables, speaker_tables: the tensors with these rows.
        learning: speakers of the speech to train on.
    """

    sizes: dict[str, int]
    text: TextSide | None = None
    symbols: Mapped = Mapped((), {})
    speakers: Mapped = Mapped((), {})
    old_symbols: tuple[str, ...] = ()
    old_speakers: tuple[str, ...] = ()
    symbol_tables: tuple[str, ...] = ()
    speaker_tables: tuple[str, ...] = ()
    learning: tuple[str, ...] = ()

    @classmethod
    def plan(cls, base: Base, folders: Mapping[str, Any]) -> Adaptation:
        """What the speech in some dump dirs asks for; the rows of new speakers are not found yet.

        Args:
            folders: dump dirs `train`, `dev`, and `old` where there is one.
        Raises:
            TTSError: dump dirs that cannot be used, or read in another way than the base reads.
        """
        if base.role != "acoustic":
            return cls(base.sizes)
        dirs = [Path(folders[name]) for name in ("train", "dev", "old") if name in folders]
        old, speech = base.frontend(), _frontend_of(dirs[0])
        symbols = sorted({s for folder in dirs for s in _symbols(folder)})
        table = (*old.table.symbols, *(s for s in symbols if s not in old.table))
        by_vector = base.sizes.get(VECTOR, 0) > 0
        several = base.sizes[SPEAKERS] > 1 or by_vector or "old" in folders
        known = base.speakers if several else ()
        if base.sizes[SPEAKERS] == 1 and "old" in folders and not known:
            known = tuple(sorted(_speakers([Path(folders["old"])])))
        learning = _speakers(dirs[:1])
        new = (*known, *(name for name in sorted(_speakers(dirs)) if name not in known))
        sizes = {**base.sizes, SYMBOLS: len(table), SPEAKERS: len(new)}
        grown = replace(base, sizes={**base.sizes, SPEAKERS: max(2, base.sizes[SPEAKERS])})
        return cls(
            sizes=sizes,
            text=TextSide(
                _merged(old, speech, table), new, _vectors(base, dirs[0]) if by_vector else None
            ),
            symbols=map_symbols(table, old.table.symbols),
            speakers=map_speakers(new, known, {}),
            old_symbols=old.table.symbols,
            old_speakers=known,
            symbol_tables=tuple(tables(base, SYMBOLS)),
            speaker_tables=tuple(tables(grown, SPEAKERS)) if len(new) > 1 else (),
            learning=tuple(sorted(learning)),
        )

    @property
    def old(self) -> dict[str, torch.Tensor | None]:
        """Speakers of the base that the new model knows, but for those who learn.

        As it takes them: by id, by vector, or None for a model of one speaker.
        """
        if self.text is None:
            return {}
        names, vectors = self.text.speakers, self.text.vectors
        kept = [name for name in self.speakers.copied if name not in self.learning]
        if vectors is not None:
            known = {name: vectors.speakers[name] for name in kept if name in vectors.speakers}
            return {name: torch.from_numpy(vector)[None] for name, vector in known.items()}
        many = len(names) > 1
        return {name: torch.tensor([names.index(name)]) if many else None for name in kept}

    @property
    def rows(self) -> dict[str, list[int]]:
        """Rows that learn even where their table is frozen: of new symbols, of who is heard."""
        if self.text is None:
            return {}
        new = [i for i, s in enumerate(self.text.frontend.table.symbols) if s in self.symbols.new]
        who = [i for i, name in enumerate(self.text.speakers) if name in self.learning]
        found = {
            **dict.fromkeys(self.symbol_tables, new),
            **dict.fromkeys(self.speaker_tables, who),
        }
        return {name: rows for name, rows in found.items() if rows}

    def lines(self) -> list[str]:
        """For people: what was copied, and where the rest starts from."""
        if self.text is None:
            return ["all weights copied"]
        if not self.old_speakers:
            replaced = f"the base's one speaker is replaced by {', '.join(self.text.speakers)}"
            return [*self.symbols.lines("symbols"), f"speakers: {replaced}"]
        if self.text.vectors is not None:
            told = (
                f"{len(self.speakers.copied)} known, new by vectors: {' '.join(self.speakers.new)}"
            )
            return [*self.symbols.lines("symbols"), f"speakers: {told}"]
        return [*self.symbols.lines("symbols"), *self.speakers.lines("speakers")]

    def weights(self, base: Base) -> dict[str, torch.Tensor]:
        """The base's weights in the new model."""
        if self.text is None:
            return transplant(base, self.sizes, {})
        symbols = (self.text.frontend.table.symbols, self.old_symbols, self.symbols)
        speakers = (self.text.speakers, self.old_speakers, self.speakers)
        rows = {
            **dict.fromkeys(self.symbol_tables, symbols),
            **dict.fromkeys(self.speaker_tables, speakers),
        }
        return transplant(base, self.sizes, rows)

    def with_nearest(self, model: Any, data: Any, speakers: Mapping[str, str]) -> Adaptation:
        """The same, new speakers' rows starting from whom the model finds likeliest to speak so.

        Args:
            model: with the rows of old speakers.
            data: the speech to train on; speakers: of its utterances.
        """
        assert self.text is not None, "only speakers of an acoustic model are compared"
        known = {name: i for i, name in enumerate(self.old_speakers)}
        if not (known and self.speaker_tables and self.speakers.new and _has_table(model)):
            return self
        scores = {}
        for name in self.speakers.new:
            utterances = {u for u, s in speakers.items() if s == name}
            scores[name] = _score(model, data, utterances, known) if utterances else {}
        return replace(self, speakers=map_speakers(self.text.speakers, self.old_speakers, scores))


def _has_table(model: Any) -> bool:
    return getattr(model, "speakers", None) is not None


def _score(
    model: Any, data: Any, utterances: set[str], known: Mapping[str, int]
) -> dict[str, float]:
    """How well known speakers explain these utterances: of very many, one chooses a few first."""
    own = [i for i, name in enumerate(data.names) if name in utterances]
    by_length = sorted(own, key=lambda i: data.lengths[i])[len(own) // 4 :]
    chosen = dict(known)
    for n in (1, N_SCORED):
        if n > 1 or len(known) > N_CHOSEN:
            batch = data.collate([data[i, 0] for i in by_length[:n]])
            scores = dict(zip(chosen, score_speakers(model, batch, list(chosen.values()))))
            best = sorted(scores, key=lambda name: -scores[name])[:N_CHOSEN]
            chosen = {name: chosen[name] for name in best}
    return {name: scores[name] for name in chosen}


def _frontend_of(dump_dir: Path) -> Frontend | None:
    folder = dump_dir.parent
    return Frontend.load(folder) if (folder / "frontend.json").is_file() else None


def _merged(old: Frontend, new: Frontend | None, symbols: Sequence[str]) -> Frontend:
    """The base's frontend with more symbols, reading text as that of the new speech was read.

    Raises:
        ConfigError: the new speech's symbols are of another kind.
    """
    table = TokenTable(symbols)
    if new is None:
        return Frontend(old.config, table, None, old.lexicon, old.vocabulary)
    if new.config.phonemiser != old.config.phonemiser:
        raise ConfigError(
            f"the base reads text by {old.config.phonemiser}, the data were read by "
            f"{new.config.phonemiser}; make their tokens again with `tts data tokens "
            f"--phonemiser {old.config.phonemiser}`"
        )
    structure = {name: getattr(old.config, name) for name in ("blank", "edges")}
    config = new.config.model_copy(update=structure)
    lexicon = old.lexicon.with_more(new.lexicon) if new.lexicon else old.lexicon
    return Frontend(config, table, None, lexicon, _united(old.vocabulary, new.vocabulary))


def _united(old: Vocabulary | None, new: Vocabulary | None) -> Vocabulary | None:
    """The words of both, and the longer of the longest texts."""
    if old is None or new is None:
        return old or new
    return Vocabulary(old.words | new.words, max(old.n_longest, new.n_longest))


def _vectors(base: Base, train_dir: Path) -> SpeakerVectors:
    """The vectors of the base's speakers, and those of the new speech beside its dump dir.

    Raises:
        DataError: they are not there, or another encoder made them.
    """
    own = speaker_vectors.read(base.home / speaker_vectors.FILE)
    file = train_dir.parent / speaker_vectors.FILE
    new = speaker_vectors.read(file)
    if (new.encoder, new.size) != (own.encoder, own.size):
        raise DataError(
            f"{file}: vectors of encoder {new.encoder} ({new.size} numbers), the base was trained "
            f"with {own.encoder} ({own.size}); make them with the base's own encoder"
        )
    return replace(new, speakers={**own.speakers, **new.speakers})


def _symbols(dump_dir: Path) -> Iterable[str]:
    for line in read_table(dump_dir / "text.phn").values():
        yield from line.split()


def _speakers(dirs: Iterable[Path]) -> set[str]:
    return {name for folder in dirs for name in read_table(folder / "utt2spk").values()}


def tables(base: Base, size: str) -> list[str]:
    """The tensors with a row for each symbol (`n_tokens`) or speaker (`n_speakers`)."""
    if size not in base.sizes:
        return []
    at_least = {**base.sizes, size: max(2, base.sizes[size])}
    small, large = (
        _shapes(base, sizes) for sizes in (at_least, {**at_least, size: at_least[size] + 1})
    )
    return [name for name, shape in small.items() if shape != large[name]]


def _shapes(base: Base, sizes: dict[str, int]) -> dict[str, torch.Size]:
    with torch.random.fork_rng(devices=[]):
        model = build.build(base.role, base.section, base.contract, sizes, source=base.source)
    return {name: tensor.shape for name, tensor in model.state_dict().items()}


def transplant(
    base: Base,
    sizes: dict[str, int],
    rows: Mapping[str, tuple[Names, Names, Mapped]],
) -> dict[str, torch.Tensor]:
    """The base's weights in a model of other sizes.

    What the base lacks starts so that it changes nothing: gains and biases at zero, and a tensor
    that became wider is filled up with zeros.

    Args:
        rows: of each table, the new names, the old names, and where each comes from.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build.build(
            base.role, base.section, base.contract, sizes, for_training=True, source=base.source
        )
    fresh = model.state_dict()
    training_only = tuple(f"{part}." for part in model.training_only)
    made = {}
    for name, tensor in fresh.items():
        old = base.weights.get(name)
        if name in rows and old is not None:
            made[name] = _rows_by_name(old, *rows[name])
        elif old is None:
            keeps = name in rows or name.startswith(training_only)
            made[name] = tensor if keeps else _silent(name, tensor)
        else:
            made[name] = _widened(old, tensor.shape)
    return made


def _rows_by_name(
    old: torch.Tensor, new_names: Sequence[str], old_names: Sequence[str], mapped: Mapped
) -> torch.Tensor:
    place = {name: i for i, name in enumerate(old_names)}
    made = []
    for name in new_names:
        near = (name,) if name in place else mapped.new[name]
        made.append(old[[place[n] for n in near]].mean(0) if near else old.mean(0))
    return torch.stack(made)


def _silent(name: str, fresh: torch.Tensor) -> torch.Tensor:
    """A part that says nothing: under weight norm the length is zero, and the direction stays."""
    return fresh if name.endswith("weight.original1") else torch.zeros_like(fresh)


def _widened(old: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    if old.shape == shape:
        return old
    made = old.new_zeros(shape)
    made[tuple(slice(n) for n in old.shape)] = old
    return made


@torch.no_grad()
def score_speakers(model: Any, batch: AcousticBatch, ids: Sequence[int]) -> list[float]:
    """How well each known speaker explains recordings: log-likelihood, nats a frame and channel.

    Args:
        model: acoustic, with a table of speakers; `batch`: of one speaker it does not know.
    """
    n_channels = batch.frames.shape[1]
    scores = []
    for i in ids:
        speakers = torch.full((len(batch.utterances),), i)
        found = model.frame_scores(replace(batch, speakers=speakers))
        scores.append(float(found.mean()) / n_channels)
    return scores
