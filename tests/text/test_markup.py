"""Marks taken out of a text."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.errors import TextError
from tts.text.markup import ARPABET_BLOCKS, is_ssml, parse, spelled


def kinds(document):
    return [(item.kind, item.text, item.symbols) for item in document.items]


def test_plain_text_is_one_item():
    document = parse("Hello [there].")
    assert kinds(document) == [("text", "Hello [there].", ())]
    assert document.flat == document.source


def test_blocks_pauses_and_spelling():
    text = "Say [[h ə]] [pause 0.5s]and [spell NASA 2]."
    document = parse(text)
    assert kinds(document) == [
        ("text", "Say ", ()),
        ("symbols", "[[h ə]]", ("h", "ə")),
        ("text", " ", ()),
        ("text", "and ", ()),
        ("said", "N A S A, two", ()),
        ("text", ".", ()),
    ]
    assert document.pauses == ((document.flat.index("and"), 0.5),)
    for item in document.items:
        if item.kind == "text":
            assert text[item.start : item.end] == item.text


@pytest.mark.parametrize(
    ("mark", "seconds"),
    [
        ("[pause 0.5s]", 0.5),
        ("[pause 300ms]", 0.3),
        ("[PAUSE: 1s]", 1.0),
        ("[pause:.25 s]", 0.25),
        ("[pause]", 0.5),
        ("[pause 1s][pause 2s]", 3.0),
        ("[pause 20s][pause 20s]", 20.0),
        ("[pause 0s]", 0.0),
    ],
)
def test_pauses(mark, seconds):
    assert parse(f"a{mark}b").pauses == ((1, pytest.approx(seconds)),)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("a [pause x]", "line 1, column 3", "a pause of 'x'"),
        ("a\nb [pause 5]", "line 2, column 3", "a pause of '5'"),
        ("[pause 21s]", "line 1, column 1", "at most 20 seconds"),
        ("[pause -1s]", "line 1, column 1", "a pause of '-1s'"),
        ("[pause for effect]", "line 1, column 1", "a pause of 'for effect'"),
        ("ab [pause 1s", "line 1, column 4", "[pause is never closed"),
        ("ab [[h", "line 1, column 4", "[[ is never closed"),
        ("a\n\n[[ ]]", "line 3, column 1", "a block without phonemes"),
    ],
)
def test_bad_marks_are_one_line_with_a_place(text, where, what):
    with pytest.raises(TextError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(f"{where}: ") and what in message and "\n" not in message


def test_braces_are_read_as_the_released_models_do():
    document = parse("a {HH AH0} {b", ARPABET_BLOCKS)
    assert kinds(document) == [
        ("text", "a ", ()),
        ("symbols", "{HH AH0}", ("@HH", "@AH0")),
        ("text", " {b", ()),
    ]
    assert kinds(parse("{}", ARPABET_BLOCKS)) == [("text", "{}", ())]
    assert kinds(parse("{A}", None)) == [("text", "{A}", ())]
    assert kinds(parse("[[A", None))[0] == ("text", "[[", ())


def test_between_cuts_text_and_leaves_blocks_whole():
    document = parse("ab [[h ə]] cd")
    assert [item.text for item in document.between(1, 4)] == ["b ", "[[h ə]]"]
    assert [item.text for item in document.between(4, 99)] == [" cd"]
    assert document.between(1, 2)[0].start == 1
    (start, end), *_ = document.whole
    assert document.flat[start:end] == "Xx"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<speak>a</speak>", True),
        ('<?xml version="1.0"?><speak/>', True),
        ("one <break time='1s'/> two", True),
        ("a <b> c", False),
        ("1 < 2 and 3 > 2", False),
        ("I <3 you", False),
        ("a <sp> b", False),
    ],
)
def test_is_ssml(text, expected):
    assert is_ssml(text) is expected


def test_spelled():
    assert spelled("NASA") == "N A S A"
    assert spelled("b2 c-d") == "B two, C D"


MARKS = [
    "[[",
    "]]",
    "[pause 1s]",
    "[pause",
    "]",
    "a",
    " ",
    "<speak>",
    "</speak>",
    "<p>",
    "&amp;",
    "&",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=5)), max_size=12))
def test_any_text_is_a_document_or_one_clear_error(parts):
    text = "".join(parts)
    try:
        document = parse(text)
    except TextError as error:
        assert str(error).startswith("line ")
        return
    assert document.flat == "".join(item.flat for item in document.items)
    if not is_ssml(text) and "[" not in text:
        assert document.flat == text


@pytest.mark.parametrize(
    "piece", ["[[a]]", "[pause]", "<p>a</p>", "<!-- a -->", "&amp;", "< ", "[["]
)
def test_time_grows_with_the_text(piece):
    start = time.process_time()
    with suppress(TextError):
        parse(piece * (40_000 // len(piece)), ssml="<" in piece or "&" in piece)
    assert time.process_time() - start < 20.0  # backtracking takes minutes
