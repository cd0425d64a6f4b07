"""Long texts, paragraph by paragraph."""

from __future__ import annotations

import io

import pytest

from tts.text.passages import Passage, heading_of, passages

TEXT = """
# One  #
Some lines
of text.


  * * *

CHAPTER II.
More.
## Three
Yet
"""


def found(text: str, **options: int) -> list[Passage]:
    return list(passages(io.StringIO(text), **options))


def test_paragraphs_and_headings() -> None:
    assert found(TEXT) == [
        Passage("One\n", 2, "One", 1),
        Passage("Some lines\nof text.\n", 3, "", 0),
        Passage("CHAPTER II.\n", 9, "CHAPTER II.", 4),
        Passage("More.\n", 10, "", 0),
        Passage("Three\n", 11, "Three", 0),
        Passage("Yet\n", 12, "", 0),
    ]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("# A title", "A title"),
        ("###### Six ##", "Six"),
        ("#hashtag", ""),
        ("CHAPTER IV", "CHAPTER IV"),
        ("  Chapter 12: The Whale", "Chapter 12: The Whale"),
        ("Chapter Twenty-One", "Chapter Twenty-One"),
        ("Part two", "Part two"),
        ("Epilogue", "Epilogue"),
        ("Preface. By the author", "Preface. By the author"),
        ("Part of it was gone and the rest was not.", ""),
        ("Book a room for me, please", ""),
        ("Chapter 3 was long and so it went on", ""),
        ("Introduction to the work", ""),
        ("", ""),
    ],
)
def test_what_a_heading_is(line: str, title: str) -> None:
    assert heading_of(line + "\n") == title


def test_a_very_long_paragraph_is_cut_behind_sentences() -> None:
    text = "".join(f"This is sentence number {i} of it. " for i in range(100)) + "\n"
    parts = found(text, max_chars=300)
    assert "".join(part.text for part in parts) == text
    assert all(len(part.text) <= 300 for part in parts)
    assert [part.goes_on for part in parts] == [False] + [True] * (len(parts) - 1)
    assert all(part.text.rstrip().endswith("of it.") for part in parts)


def test_lines_that_never_end_a_sentence_are_cut_too() -> None:
    text = "word " * 5000 + "\n"
    parts = found(text, max_chars=1000)
    assert "".join(part.text for part in parts) == text
    assert max(len(part.text) for part in parts) <= 1400


@pytest.mark.parametrize("text", ["", "\n\n", "* * *\n\n---\n"])
def test_nothing(text: str) -> None:
    assert found(text) == []


def test_lines_are_read_no_further_than_needed() -> None:
    lines = iter(["One.\n", "\n", "Two.\n", "\n", "Three.\n"])
    first = next(passages(lines))
    assert first.text == "One.\n" and next(lines) == "Two.\n"
