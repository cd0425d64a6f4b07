"""Sentence splitting."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.text.sentences import sentences

TABLE = [
    ("He slept! Why? Because.", ["He slept!", "Why?", "Because."]),
    ("Dr. Smith met J. R. R. Tolkien. So did I. Good.",
     ["Dr. Smith met J. R. R. Tolkien.", "So did I.", "Good."]),
    ('"Really?" she asked. He said "Go." She went.',
     ['"Really?" she asked.', 'He said "Go."', "She went."]),
    ("The U.S. Army left the U.S. It was 5 p.m. Then night.",
     ["The U.S. Army left the U.S.", "It was 5 p.m.", "Then night."]),
    ("Apples, e.g. red ones etc. and pears.", ["Apples, e.g. red ones etc. and pears."]),
    ("It is 3.5 or 1.2.3. Yes.", ["It is 3.5 or 1.2.3.", "Yes."]),
    ("Wait... what? Wait... Now.", ["Wait... what?", "Wait...", "Now."]),
    ("1. First. 2. Second.", ["1. First.", "2. Second."]),
    ("A title\n\nThen text\non two lines", ["A title", "Then text\non two lines"]),
    ("你好。再见！", ["你好。", "再见！"]),
    ("هل أنت هنا؟نعم", ["هل أنت هنا؟", "نعم"]),
    ("No. He sat. See No. 5 and fig. 3. Mr. Fig. He ate one.",
     ["No.", "He sat.", "See No. 5 and fig. 3.", "Mr. Fig.", "He ate one."]),
    ("We met in Jan. 2020 on Baker St. The rain fell. Acme Inc. Chairman Lee left.",
     ["We met in Jan. 2020 on Baker St.", "The rain fell.", "Acme Inc. Chairman Lee left."]),
    ("He came in. Mary left. The answer is 5. Next one.",
     ["He came in.", "Mary left.", "The answer is 5.", "Next one."]),
    ("You need:\n- two eggs\n- flour\n1) stir\nthen bake",
     ["You need:", "- two eggs", "- flour", "1) stir\nthen bake"]),
    ("Shopping list\nMilk and bread\nEggs", ["Shopping list", "Milk and bread", "Eggs"]),
    ("This line was broken because it was full when\nGeorge came to the end of it and wrote on.",
     ["This line was broken because it was full when\n"
      "George came to the end of it and wrote on."]),
    ("“Stop!” He ran… Then (it was late.) Home.",
     ["“Stop!”", "He ran…", "Then (it was late.)", "Home."]),
    ("Roses are red\nViolets are blue", ["Roses are red", "Violets are blue"]),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_splits(text, expected):
    assert [part.strip() for part in sentences(text)] == expected
    assert "".join(sentences(text)) == text


def test_white_space_alone_is_one_piece():
    assert sentences(" \n ") == [" \n "]


def test_long_sentences_are_cut_at_the_best_mark():
    assert sentences("one two; three four, five six seven", 20) == [
        "one two; three four, ",
        "five six seven",
    ]
    assert sentences("aaa bbb ccc", 7) == ["aaa bbb ", "ccc"]
    assert sentences("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_what_is_to_stay_whole_is_never_cut():
    text = "Say this: a. B. c and go. Then"
    start = text.index("a.")
    assert sentences(text, 20, [(start, start + 7)]) == ["Say this: a. B. c ", "and go. ", "Then"]
    assert sentences("one aaaa bbbb cccc two", 6, [(4, 18)]) == ["one ", "aaaa bbbb cccc ", "two"]


ALPHABET = "ab .,;!?\n\"'U.S。1-(’…\t"


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet=ALPHABET, max_size=80), st.integers(1, 30))
def test_together_they_are_the_text(text, max_chars):
    parts = sentences(text, max_chars)
    assert "".join(parts) == text
    assert all(len(part.strip()) <= max_chars for part in parts)
    assert all(part.strip() for part in parts) or not text.strip()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.integers(1, 50))
def test_together_they_are_any_text(text, max_chars):
    assert "".join(sentences(text, max_chars)) == text


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["[[ə . n]]", "a", "B", ".", ",", " ", "\n\n", "\n"])),
    st.integers(1, 12),
)
def test_whole_stretches_are_whole_in_any_text(pieces, max_chars):
    text, whole = "", []
    for piece in pieces:
        if len(piece) > 2:
            whole.append((len(text), len(text) + len(piece)))
        text += piece
    parts = sentences(text, max_chars, whole)
    assert "".join(parts) == text
    assert sum(part.count("[[ə . n]]") for part in parts) == len(whole)


@pytest.mark.parametrize(
    "piece",
    [
        *(".", "a.", "a. ", ". ", " ", "\n", "\n ", "a\n", "A\n", ".'", "a", "; ", "U.S. ", "1. "),
        *("no. ", "- a\n"),
    ],
)
def test_time_grows_with_the_text(piece):
    start = time.process_time()
    sentences(piece * (50_000 // len(piece)))
    assert time.process_time() - start < 20.0  # backtracking takes minutes
