"""What can be expected of a fine-tuning by its amount of speech: a table that was measured.

`adaptation.tsv` beside this file has a line for each measurement, under a header; lines that start
with `#` say how it was done. Numbers that were not measured are empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("adaptation.tsv")
COLUMNS = ("minutes", "method", "word_error", "f0_cents", "speaker_cosine", "log_mel")


@dataclass(frozen=True)
class Expectation:
    """One measurement.

    Attributes:
        minutes: of speech; method: a preset of `tts finetune`, or `scratch`.
        word_error: share of words that a recogniser missed, 0 to 1.
        f0_cents: root mean square distance of pitch; log_mel: mean distance, natural log.
        speaker_cosine: of embeddings of speakers, to recordings of the same speaker.
    """

    minutes: float
    method: str
    word_error: float | None
    f0_cents: float | None
    speaker_cosine: float | None
    log_mel: float | None


@dataclass(frozen=True)
class Expected:
    """What was measured at the amounts of speech around the one asked for.

    Attributes:
        rows: by minutes, none where nothing was measured yet; notes: how it was done.
    """

    rows: tuple[Expectation, ...]
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """For people."""
        if not self.rows:
            return ["what to expect from so much speech: nothing was measured yet"]
        head = "  minutes  method     word error  F0 cents  speaker cosine  log-mel"
        return [
            "what to expect, measured elsewhere:",
            *map(_note, self.notes),
            head,
            *map(_row, self.rows),
        ]


def expected(minutes: float, table: Path = TABLE) -> Expected:
    """The measurements at the amounts next to some minutes, below and above."""
    rows, notes = read(table)
    amounts = sorted({row.minutes for row in rows})
    below = [amount for amount in amounts if amount <= minutes][-1:]
    above = [amount for amount in amounts if amount > minutes][:1]
    near = tuple(row for row in rows if row.minutes in (*below, *above))
    return Expected(near, notes if near else ())


def read(table: Path = TABLE) -> tuple[tuple[Expectation, ...], tuple[str, ...]]:
    """All measurements, by minutes, and the notes on them."""
    lines = table.read_text(encoding="utf-8").splitlines()
    notes = tuple(line.removeprefix("#").strip() for line in lines if line.startswith("#"))
    header, *rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert tuple(header) == COLUMNS, f"{table}: columns {header}, expected {COLUMNS}"
    parsed = (_parse(dict(zip(COLUMNS, row, strict=True))) for row in rows)
    return tuple(sorted(parsed, key=lambda row: (row.minutes, row.method))), notes


def _parse(row: dict[str, str]) -> Expectation:
    numbers = {name: float(row[name]) if row[name] else None for name in COLUMNS[2:]}
    return Expectation(float(row["minutes"]), row["method"], **numbers)


def _note(note: str) -> str:
    return f"  {note}"


def _row(row: Expectation) -> str:
    error = "" if row.word_error is None else f"{100 * row.word_error:.0f} %"
    f0, cosine, mel = (
        "" if value is None else f"{value:.{digits}f}"
        for value, digits in ((row.f0_cents, 0), (row.speaker_cosine, 2), (row.log_mel, 2))
    )
    return f"  {row.minutes:7g}  {row.method:9}  {error:>10}  {f0:>8}  {cosine:>14}  {mel:>7}"
