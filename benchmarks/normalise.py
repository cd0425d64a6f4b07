"""Normalisers of English side by side: how fast they are and how much of a table they get right.

    python benchmarks/normalise.py
    python benchmarks/normalise.py --normalisers english,tacotron,nemo,wetext --table mine.tsv

A table has lines `written<TAB>spoken`; without one, the tables of the tests are used, where ours
is at home. Spelling aside (case, punctuation, hyphens, spaces, "and"), a reading counts when it is
the same. `nemo` and `wetext` take part if nemo_text_processing and WeTextProcessing are installed.
One process, one thread; the first sentence warms up and is timed apart.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from pathlib import Path

from tts.errors import TextError
from tts.text.normalise import normalise

_TABLES = Path(__file__).parent.parent / "tests" / "text" / "english"
_SAME = re.compile(r"\band\b|[^\w]|_")


def main() -> None:
    """Print a line for each normaliser, and with --classes one for each table."""
    arguments = _arguments()
    tables = [arguments.table] if arguments.table else sorted(_TABLES.glob("*.tsv"))
    pairs = {table.stem: _pairs(table) for table in tables}
    total = sum(map(len, pairs.values()))
    print(f"{total} pairs in {len(pairs)} tables")
    print("normaliser      right  first/s  sentences/s  median/ms  99 %/ms  max/ms")
    for name in arguments.normalisers.split(","):
        try:
            _measure(name, pairs, arguments.classes, arguments.wrong)
        except TextError as error:
            print(f"{name:14} {error}", file=sys.stderr)


def _measure(
    name: str, pairs: dict[str, list[tuple[str, str]]], classes: bool, wrong: bool
) -> None:
    start = time.perf_counter()
    normalise("Warm up on 5 May 2020.", name)
    first_s = time.perf_counter() - start
    times: list[float] = []
    right = {}
    for table, lines in pairs.items():
        right[table] = 0
        for written, spoken in lines:
            start = time.perf_counter()
            said = normalise(written, name).normalised
            times.append(time.perf_counter() - start)
            right[table] += _same(said, spoken)
            if wrong and not _same(said, spoken):
                print(f"  {table}: {written!r}: expected {spoken!r}, got {said!r}")
    times.sort()
    last = times[int(0.99 * (len(times) - 1))]
    print(
        f"{name:14} {100 * sum(right.values()) / len(times):5.1f}% {first_s:8.2f} "
        f"{len(times) / sum(times):12.0f} {1e3 * statistics.median(times):10.3f} "
        f"{1e3 * last:8.3f} {1e3 * times[-1]:7.2f}"
    )
    if classes:
        for table, lines in pairs.items():
            print(f"  {table:14} {right[table]:4} of {len(lines)}")


def _same(said: str, expected: str) -> bool:
    return _SAME.sub("", said.lower()) == _SAME.sub("", expected.lower())


def _pairs(table: Path) -> list[tuple[str, str]]:
    lines = table.read_text(encoding="utf-8").splitlines()
    found = [tuple(line.split("\t")) for line in lines if line]
    return [(pair[0], pair[1]) for pair in found if len(pair) == 2]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--normalisers", default="english,tacotron,none")
    parser.add_argument("--table", type=Path, help="lines written<TAB>spoken; default: the tests'")
    parser.add_argument("--classes", action="store_true", help="a line for each table too")
    parser.add_argument("--wrong", action="store_true", help="show each wrong reading")
    return parser.parse_args()


if __name__ == "__main__":
    main()
