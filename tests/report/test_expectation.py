"""The table of what was measured, and the rows that an amount of speech is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts.report.expectation import COLUMNS, Expectation, expected, read

HEAD = "\t".join(COLUMNS)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = ["15\tminutes\t0.1\t80\t0.9\t0.4", "2\tminutes\t0.2\t120\t0.8\t0.5"]
    rows += ["2\tscratch\t0.9\t\t0.6\t", "0.5\tlora\t0.3\t150\t0.7\t0.6"]
    file = tmp_path / "table.tsv"
    file.write_text("\n".join(["# by the recipe", HEAD, *rows, ""]))
    return file


def test_rows_are_read_by_minutes(table: Path) -> None:
    rows, notes = read(table)
    assert [(row.minutes, row.method) for row in rows] == [
        (0.5, "lora"), (2.0, "minutes"), (2.0, "scratch"), (15.0, "minutes"),
    ]  # fmt: skip
    assert notes == ("by the recipe",)
    assert rows[2] == Expectation(2.0, "scratch", 0.9, None, 0.6, None)


@pytest.mark.parametrize(
    ("minutes", "amounts"), [(0.1, {0.5}), (0.5, {0.5, 2}), (3, {2, 15}), (60, {15})]
)
def test_the_amounts_around(table: Path, minutes: float, amounts: set[float]) -> None:
    assert {row.minutes for row in expected(minutes, table).rows} == amounts


def test_what_is_told(table: Path) -> None:
    lines = expected(3, table).lines()
    assert lines[1] == "  by the recipe" and "20 %" in lines[3] and "120" in lines[3]


def test_nothing_measured_is_said(tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text(f"# nothing yet\n{HEAD}\n")
    (line,) = expected(5, tmp_path / "table.tsv").lines()
    assert line.endswith("nothing was measured yet")


def test_the_table_that_is_shipped_can_be_read() -> None:
    rows, notes = read()
    assert notes and all(row.word_error is None or 0 <= row.word_error <= 1 for row in rows)
