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
    ("A title\n\nThen text\non two lines", ["A title", "Then text on two lines"]),
    ("你好。再见！", ["你好。", "再见！"]),
    (" \n ", []),
    ("Say [[h ə l ˈoʊ . ˈaɪ ɐ m]] now. Then go.",
     ["Say [[h ə l ˈoʊ . ˈaɪ ɐ m]] now.", "Then go."]),
    ("Say {HH AH0 . AY1 ! AE1} now. Then go.", ["Say {HH AH0 . AY1 ! AE1} now.", "Then go."]),
    ("An [[open one. Then {two. Three.", ["An [[open one.", "Then {two.", "Three."]),
    ("One [[ə\n\nn]] two.", ["One [[ə n]] two."]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_splits(text, expected):
    assert sentences(text) == expected


def test_long_sentences_are_cut_at_the_best_mark():
    assert sentences("one two; three four, five six seven", 20) == [
        "one two; three four,",
        "five six seven",
    ]
    assert sentences("aaa bbb ccc", 7) == ["aaa bbb", "ccc"]
    assert sentences("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_blocks_of_symbols_are_never_cut():
    assert sentences("Say this: [[a , b ; c d]] and go", 20) == [
        "Say this:",
        "[[a , b ; c d]] and",
        "go",
    ]
    assert sentences("one [[a b c d e f g h]] two", 10) == ["one", "[[a b c d e f g h]]", "two"]
    assert sentences("word[[a b c d e f]]s", 10) == ["word", "[[a b c d e f]]", "s"]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab .,;!?\n\"'U.S。", max_size=80), st.integers(1, 30))
def test_nothing_is_lost_and_nothing_too_long(text, max_chars):
    parts = sentences(text, max_chars)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() == part and 0 < len(part) <= max_chars for part in parts)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["[[ə . n]]", "{AH0 , N}", "a", "B", ".", ",", " ", "\n\n"])),
    st.integers(1, 12),
)
def test_blocks_are_whole_in_any_text(pieces, max_chars):
    parts = sentences("".join(pieces), max_chars)
    assert "".join("".join(parts).split()) == "".join("".join(pieces).split())
    for block in ("[[ə . n]]", "{AH0 , N}"):
        assert sum(part.count(block) for part in parts) == pieces.count(block)
    assert all(len(part) <= max(max_chars, len("{AH0 , N}")) for part in parts)


@pytest.mark.parametrize(
    "piece",
    [".", "a.", "a. ", ". ", " ", "\n", ".'", "a", "; ", "U.S. ", "[[", "[[a. ", "{", "{. } "],
)
def test_time_grows_with_the_text(piece):
    start = time.perf_counter()
    sentences(piece * (50_000 // len(piece)))
    assert time.perf_counter() - start < 2.0
