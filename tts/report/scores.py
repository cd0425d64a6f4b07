"""What listeners answered: means, intervals, and which differences are more than chance.

References:
    ITU-R BS.1534-3 (2015), section 4.1.2: listeners who rate the hidden reference under 90 in more
        than 15 % of the screens are left out.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tts.errors import DataError
from tts.metrics.intervals import Interval, bootstrap, holm, paired_p_value, preference_p_value
from tts.report.evaluate import bounds
from tts.report.listening import KEY, REFERENCE

SIGNIFICANT = 0.05
_SURE, _MAX_UNSURE = 90, 0.15  # of the hidden reference


@dataclass(frozen=True)
class Comparison:
    """Two systems.

    Attributes:
        difference: mean rating of the first less that of the second, or the share of preferences
            for the first less the share for the second.
        p_value: adjusted after Holm for the number of comparisons.
    """

    first: str
    second: str
    difference: float
    p_value: float
    n: int


@dataclass(frozen=True)
class Verdict:
    """What all listeners say.

    Attributes:
        systems: mean rating (0 to 100), or share of preferences won (a tie is half a win), with
            intervals over answers.
        left_out: listeners who did not know the recording.
    """

    kind: str
    listeners: tuple[str, ...]
    left_out: tuple[str, ...]
    systems: dict[str, Interval]
    comparisons: tuple[Comparison, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """For people: two tables."""
        unit = "rating" if self.kind == "mushra" else "preferred"
        lines = [f"{len(self.listeners)} listeners ({self.kind})"]
        lines += [f"left out, for not knowing the recording: {name}" for name in self.left_out]
        lines.append(f"{'':24}{unit:>10}  {'95 % interval':^19}  answers")
        for name, found in sorted(self.systems.items(), key=lambda item: -item[1].mean):
            lines.append(f"{name:24}{found.mean:10.3g}  {bounds(found):^19}  {found.n}")
        for pair in self.comparisons:
            verdict = "differ" if pair.p_value < SIGNIFICANT else "may be equal"
            lines.append(
                f"{pair.first} - {pair.second}: {pair.difference:+.3g}, p {pair.p_value:.3g} "
                f"(Holm): {verdict}"
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class _Answer:
    """One screen of one listener: numbers of sounds to ratings, or the two and the preferred."""

    listener: str
    ratings: dict[str, float]
    pair: tuple[str, str] | None = None
    preferred: str | None = None


def judge(files: Sequence[str | Path], key: str | Path, *, seed: int = 0) -> Verdict:
    """What the answers of a listening test say.

    Args:
        files: those that listeners saved.
        key: the test's `listening_key.json`, or its folder.
        seed: of the intervals.
    Raises:
        DataError: a file is not of this test, or cannot be read.
    """
    key = Path(key) / KEY if Path(key).is_dir() else Path(key)
    known = _read(key, ("test", "kind", "sounds"))
    answers: list[_Answer] = []
    seen: dict[str, str | Path] = {}
    for file in files:
        tree = _read(Path(file), ("test", "kind", "listener", "answers"))
        if tree["test"] != known["test"]:
            raise DataError(
                f"{file}: answers the test {tree['test']}, {key} is of {known['test']}"
            )
        listener = str(tree["listener"])
        if listener in seen:
            raise DataError(f"{file}: {listener} has answered in {seen[listener]}; leave one out")
        seen[listener] = file
        answers += _answers(tree, listener, file)
    if not answers:
        raise DataError(f"{key}: no answers were given; name the files that listeners saved")
    sounds = known["sounds"]
    of = {number: sounds[number]["system"] for number in sounds}
    _check_known(answers, of, key)
    if known["kind"] == "mushra":
        return _mushra(answers, sounds, tuple(seen), seed)
    return _pairs(answers, of, tuple(seen), seed)


def _read(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        for key in keys:
            tree[key]
        return tree
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not of a listening test ({error!r}); save it again") from None


def _answers(tree: dict[str, Any], listener: str, file: str | Path) -> list[_Answer]:
    found = []
    try:
        for answer in tree["answers"]:
            if tree["kind"] == "mushra":
                ratings = {number: float(r) for number, r in answer["ratings"].items()}
                if not all(0 <= r <= 100 for r in ratings.values()):
                    raise DataError(f"{file}: a rating is not within 0 and 100; save it again")
                found.append(_Answer(listener, ratings))
            else:
                pair = (answer["first"], answer["second"])
                found.append(_Answer(listener, {}, pair, answer["preferred"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{file}: its answers cannot be read ({error!r}); save it again") from None
    return found


def _check_known(answers: Sequence[_Answer], of: dict[str, str], key: Path) -> None:
    for answer in answers:
        chosen = () if answer.preferred is None else (answer.preferred,)
        for number in (*answer.ratings, *(answer.pair or ()), *chosen):
            if number not in of:
                raise DataError(f"{key}: knows no sound {number}, which {answer.listener} heard")


def _mushra(
    answers: Sequence[_Answer],
    sounds: dict[str, dict[str, str]],
    listeners: tuple[str, ...],
    seed: int,
) -> Verdict:
    left_out = tuple(name for name in listeners if _unsure(answers, sounds, name))
    ratings: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for answer in answers:
        if answer.listener not in left_out:
            for number, rating in answer.ratings.items():
                sound = sounds[number]
                ratings[sound["system"]][answer.listener, sound["utterance"]] = rating
    systems = {n: bootstrap(list(r.values()), seed=seed) for n, r in ratings.items()}
    found = []
    for first, second in itertools.combinations(ratings, 2):
        both = [place for place in ratings[first] if place in ratings[second]]
        if both:
            a, b = ([ratings[name][place] for place in both] for name in (first, second))
            gap = sum(a) / len(a) - sum(b) / len(b)
            found.append(Comparison(first, second, gap, paired_p_value(a, b), len(both)))
    return Verdict("mushra", listeners, left_out, systems, _adjusted(found))


def _unsure(answers: Sequence[_Answer], sounds: dict[str, dict[str, str]], name: str) -> bool:
    """Whether a listener often did not know the hidden recording."""
    hidden = [
        rating
        for answer in answers
        if answer.listener == name
        for number, rating in answer.ratings.items()
        if sounds[number]["system"] == REFERENCE
    ]
    return sum(rating < _SURE for rating in hidden) > _MAX_UNSURE * len(hidden)


def _pairs(
    answers: Sequence[_Answer], of: dict[str, str], listeners: tuple[str, ...], seed: int
) -> Verdict:
    won: dict[str, list[float]] = defaultdict(list)
    tally: dict[tuple[str, str], list[float]] = defaultdict(list)  # 1 first, 0.5 neither, 0 second
    for answer in answers:
        assert answer.pair is not None, "a preference is between two"
        first, second = sorted(of[number] for number in answer.pair)
        preferred = None if answer.preferred is None else of[answer.preferred]
        share = 0.5 if preferred is None else float(preferred == first)
        won[first].append(share)
        won[second].append(1 - share)
        tally[first, second].append(share)
    found = []
    for (first, second), shares in sorted(tally.items()):
        n_first, n_second = shares.count(1.0), shares.count(0.0)
        p_value = preference_p_value(n_first, n_second)
        gap = (n_first - n_second) / len(shares)
        found.append(Comparison(first, second, gap, p_value, len(shares)))
    systems = {name: bootstrap(shares, seed=seed) for name, shares in won.items()}
    return Verdict("pairs", listeners, (), systems, _adjusted(found))


def _adjusted(found: Sequence[Comparison]) -> tuple[Comparison, ...]:
    p_values = holm([pair.p_value for pair in found])
    return tuple(
        Comparison(pair.first, pair.second, pair.difference, p, pair.n)
        for pair, p in zip(found, p_values)
    )
