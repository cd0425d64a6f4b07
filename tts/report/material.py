"""What a folder of recordings is good for, before anything is trained on it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tts.data import datadir
from tts.data.datadir import DataDir
from tts.errors import TextError
from tts.files import write_text
from tts.report.expectation import Expected, expected
from tts.report.hearing import Heard, Sound, listen, sound_of
from tts.text.frontend import Frontend
from tts.train.base import Base

MIN_S, MAX_S = 0.3, 20.0  # of what recipes keep
FEW_MINUTES = 2.0
SILENT_SHARE, END_S = 0.3, 0.5  # more silence than that, in all or at an end, is worth a word
LEAST_SNR_DB, LEAST_LUFS = 30.0, -26.0
ODD_RATE = 1.8  # times as fast or slow as the others is suspicious


@dataclass(frozen=True)
class Material:
    """What there is to train on, and what stands against it.

    Attributes:
        speakers: minutes of each.
        sound: of what can be used; None where nothing can.
        words_a_minute: of speech, without the silence at its ends.
        symbols_a_second: the same of what the base reads, None without a base.
        unseen_symbols: that the base has no row for, with how often they occur; unseen_words: that
            its training texts did not hold.
        dropped: utterances that cannot be used, and why.
        duplicates: utterances with the same sound or the same text, in groups.
        suspicious: utterances whose text and sound may not belong together, and why.
        expected: what so much speech has given elsewhere.
        advice: what to do, a sentence each.
    """

    path: Path
    n_utterances: int
    speakers: dict[str, float]
    sound: Sound | None
    words_a_minute: float | None
    symbols_a_second: float | None
    unseen_symbols: dict[str, int]
    unseen_words: tuple[str, ...]
    dropped: dict[str, str]
    duplicates: tuple[tuple[str, ...], ...]
    suspicious: dict[str, str]
    expected: Expected
    advice: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self) | {"path": str(self.path)}

    def as_text(self) -> str:
        """For people, a page."""
        lines = [f"{self.path}: {self.n_utterances} utterances, {len(self.dropped)} to be dropped"]
        lines += [f"  dropped {utterance}: {reason}" for utterance, reason in self.dropped.items()]
        lines += [f"  {name}: {minutes:.1f} minutes" for name, minutes in self.speakers.items()]
        lines += self.sound.lines() if self.sound else []
        lines += _rate_lines(self)
        lines += [f"  the same twice: {' '.join(group)}" for group in self.duplicates]
        lines += [f"  look at {u}: {reason}" for u, reason in self.suspicious.items()]
        lines += self.expected.lines()
        return "\n".join([*lines, *(f"-> {sentence}" for sentence in self.advice)])


def material(
    path: str | Path,
    base: str | Path | None = None,
    *,
    min_s: float = MIN_S,
    max_s: float = MAX_S,
    out: str | Path | None = None,
    allow_pipes: bool = False,
) -> Material:
    """Look at all text and audio of a data dir.

    Args:
        path: the data dir; `tts data import` makes one of a corpus.
        base: the voice or experiment to fine-tune, whose text side reads the texts.
        min_s, max_s: what is shorter or longer will be dropped, as `tts data filter` does.
        out: a file for the report's text.
        allow_pipes: run the commands in `wav.scp`.
    Raises:
        TTSError: the data dir or the base cannot be used at all.
    """
    data, found = datadir.read(path), None if base is None else Base.read(base)
    frontend = found.frontend() if found and found.role == "acoustic" else None
    heard, dropped = listen(data, min_s, max_s, allow_pipes=allow_pipes)
    dropped |= {u: "no words in its text" for u in heard if _n_letters(data.text[u]) == 0}
    symbols = _read(data, [u for u in heard if u not in dropped], frontend, dropped)
    kept = {u: each for u, each in heard.items() if u not in dropped}
    sizes = {u: len(symbols[u]) if frontend else _n_letters(data.text[u]) for u in kept}
    seconds = {u: max(0.05, each.spoken_s) for u, each in kept.items()}
    total_s = sum(seconds.values())
    n_words = sum(len(data.text[u].split()) for u in kept)
    known = frontend.table if frontend else ()
    unseen = Counter(s for u in kept if frontend for s in symbols[u] if s not in known)
    made = Material(
        path=data.path,
        n_utterances=len(data.utterances),
        speakers=_minutes(data, kept),
        sound=sound_of(kept.values()) if kept else None,
        words_a_minute=60 * n_words / total_s if kept else None,
        symbols_a_second=sum(sizes.values()) / total_s if kept and frontend else None,
        unseen_symbols=dict(unseen.most_common()),
        unseen_words=_unseen_words(data, kept, frontend),
        dropped=dict(sorted(dropped.items())),
        duplicates=tuple(_duplicates(data, kept)),
        suspicious=_suspicious(sizes, seconds),
        expected=expected(sum(each.level.seconds for each in kept.values()) / 60),
    )
    made = replace(made, advice=tuple(_advice(made, found)))
    if out is not None:
        write_text(out, made.as_text() + "\n")
    return made


def _n_letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _read(
    data: DataDir, utterances: list[str], frontend: Frontend | None, dropped: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """The symbols of each text as the base would read it, nothing replaced by what is near."""
    if frontend is None or not utterances:
        return {}
    texts = [data.text[utterance] for utterance in utterances]
    try:
        reading = Frontend.from_texts(frontend.config, texts, frontend.lexicon)
    except TextError:
        reading = frontend
    found = {}
    for utterance, text in zip(utterances, texts):
        try:
            found[utterance] = reading(text).symbols
        except TextError as error:
            dropped[utterance] = str(error)
    return found


def _minutes(data: DataDir, kept: Mapping[str, Heard]) -> dict[str, float]:
    minutes: dict[str, float] = defaultdict(float)
    for utterance, each in kept.items():
        minutes[data.utt2spk[utterance]] += each.level.seconds / 60
    return dict(sorted(minutes.items()))


def _unseen_words(
    data: DataDir, kept: Iterable[str], frontend: Frontend | None
) -> tuple[str, ...]:
    if frontend is None or frontend.vocabulary is None:
        return ()
    words = (word.strip(".,;:!?\"()'—…").lower() for u in kept for word in data.text[u].split())
    return tuple(sorted(frontend.vocabulary.unseen(word for word in words if word.isalpha())))


def _duplicates(data: DataDir, kept: Mapping[str, Heard]) -> Iterator[tuple[str, ...]]:
    """Groups of utterances that are the same sound, or the same text by the same speaker."""
    groups: dict[Any, list[str]] = defaultdict(list)
    for utterance, each in kept.items():
        text = " ".join(data.text[utterance].lower().split())
        groups[each.digest].append(utterance)
        groups[data.utt2spk[utterance], text].append(utterance)
    yield from sorted({tuple(group) for group in groups.values() if len(group) > 1})


def _suspicious(sizes: Mapping[str, int], seconds: Mapping[str, float]) -> dict[str, str]:
    """Utterances far faster or slower than the others: text and sound may not belong together."""
    if len(sizes) < 3:
        return {}
    rates = {u: sizes[u] / seconds[u] for u in sizes}
    usual = float(np.median(list(rates.values())))
    found = {}
    for utterance, rate in rates.items():
        if rate > ODD_RATE * usual or rate * ODD_RATE < usual:
            word = "fast" if rate > usual else "slow"
            times = max(rate / usual, usual / max(rate, 1e-9))
            found[utterance] = f"{times:.1f} times as {word} as usual; is it the right text?"
    return found


def _rate_lines(made: Material) -> list[str]:
    if made.words_a_minute is None:
        return []
    read = "" if made.symbols_a_second is None else f", {made.symbols_a_second:.1f} symbols/s"
    lines = [f"  rate: {made.words_a_minute:.0f} words a minute{read}"]
    if made.unseen_symbols:
        listed = ", ".join(f"{s} ({n})" for s, n in made.unseen_symbols.items())
        lines.append(f"  symbols that the base lacks: {listed}")
    if made.unseen_words:
        some = ", ".join(made.unseen_words[:10]) + (", …" if len(made.unseen_words) > 10 else "")
        lines.append(f"  words the base was not trained on: {len(made.unseen_words)} ({some})")
    return lines


def _advice(made: Material, base: Base | None) -> Iterator[str]:
    sound = made.sound
    if sound is None:
        yield "nothing here can be used; look at the reasons above"
        return
    yield from sound.advice(SILENT_SHARE, END_S, LEAST_SNR_DB, LEAST_LUFS)
    if base is not None and min(sound.rates_hz) < base.contract.sample_rate_hz:
        yield (
            f"recorded at {min(sound.rates_hz)} Hz, and the base speaks at "
            f"{base.contract.sample_rate_hz} Hz: it will sound duller than the base"
        )
    if len(made.dropped) > 0.05 * made.n_utterances:
        yield f"{len(made.dropped)} of {made.n_utterances} utterances will be dropped, see above"
    if made.suspicious:
        yield f"listen to the {len(made.suspicious)} utterances listed: wrong text spoils a voice"
    if len(made.speakers) > 1:
        yield f"{len(made.speakers)} speakers: a voice of one speaker needs the others left out"
    if sound.minutes < FEW_MINUTES:
        yield f"{sound.minutes:.1f} minutes are few: take --preset minutes, and more if you can"
