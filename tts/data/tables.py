"""Kaldi's tables: text files of `key value` lines, each key once, in byte order (LC_ALL=C)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tts.errors import DataError
from tts.files import write_text


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file: where, what, and what to type to make it right.

    Attributes:
        line: line number from 1, or 0 for the file as a whole.
        key: the utterance, recording or speaker to drop to be rid of it, or "".
    """

    file: Path
    line: int
    what: str
    fix: str
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.what}; {self.fix}"


@dataclass(frozen=True)
class Table:
    """What a file held: the first value of each key, the line it stood on, and what is wrong."""

    values: dict[str, str]
    lines: dict[str, int]
    problems: tuple[Problem, ...] = ()


def read_table(path: str | Path, *, allow_empty: bool = False) -> dict[str, str]:
    """Key to value, in file order.

    Args:
        allow_empty: take keys without a value.
    Raises:
        DataError: the first thing wrong: no file, not UTF-8, unsorted, a key twice, no value.
    """
    table = scan_table(path, allow_empty=allow_empty)
    if table.problems:
        raise DataError(str(table.problems[0]))
    return table.values


def write_table(path: str | Path, values: Mapping[str, object]) -> None:
    """Write `key value` lines in byte order, atomically."""
    write_text(path, "".join(f"{key} {values[key]}".rstrip() + "\n" for key in sorted(values)))


def scan_table(path: str | Path, *, allow_empty: bool = False) -> Table:
    """Read a table whatever is wrong with it, and say what is."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _unreadable(
            path, "no such file", f"make it, or name another folder than {path.parent}"
        )
    except UnicodeDecodeError as error:
        fix = f"convert it: iconv -f latin1 -t utf-8 {path}"
        return _unreadable(path, f"not UTF-8 at byte {error.start}", fix)
    except OSError as error:
        return _unreadable(path, f"cannot be read ({error.strerror})", "make it a readable file")
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems = list(_scan_lines(path, text, values, lines, allow_empty))
    if not values and not problems:
        return _unreadable(path, "holds no lines", "make the data dir again")
    return Table(values, lines, tuple(problems))


def _unreadable(path: Path, what: str, fix: str) -> Table:
    return Table({}, {}, (Problem(path, 0, what, fix),))


def _scan_lines(
    path: Path, text: str, values: dict[str, str], lines: dict[str, int], allow_empty: bool
) -> Iterator[Problem]:
    """Fill `values` and `lines`; yield what is wrong."""
    previous, repair = "", f"run `tts data validate --fix {path.parent}`"
    rows = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(rows, start=1):
        key, _, value = line.strip(" \t\r").replace("\t", " ", 1).partition(" ")
        value = value.strip(" \t")
        if not key:
            yield Problem(path, number, "an empty line", f"delete it, or {repair}")
        elif key in values:
            what = f"{key} is on line {lines[key]} already"
            yield Problem(path, number, what, f"keep one of them, or {repair}")
        else:
            if key < previous:
                fix = f"run `LC_ALL=C sort -o {path} {path}`, or {repair}"
                yield Problem(path, number, f"not sorted: {key} comes after {previous}", fix)
            if not value and not allow_empty:
                fix = f"add what belongs to it, or {repair}"
                yield Problem(path, number, f"{key} has no value", fix, key)
            previous, values[key], lines[key] = max(previous, key), value, number
