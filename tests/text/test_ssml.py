"""The part of SSML that is spoken."""

import pytest

from tts.errors import TextError
from tts.text.markup import parse


def said(text):
    return "".join(item.text for item in parse(text, ssml=True).items)


def test_elements():
    text = (
        '<speak version="1.1"><p>One <s>two</s></p><break time="300ms"/> '
        '<sub alias="World Wide Web">WWW</sub> '
        '<phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme></speak>'
    )
    document = parse(text)
    shown = [(item.kind, item.text.strip()) for item in document.items if item.text.strip()]
    assert shown == [
        ("text", "One"),
        ("text", "two"),
        ("text", "World Wide Web"),
        ("symbols", "tomato"),
    ]
    assert document.pauses == ((len("One two"), 0.3),)
    assert document.items[-1].symbols == ("təˈmeɪtoʊ",)
    sub = next(item for item in document.items if item.text.startswith("World"))
    assert text[sub.start : sub.end] == "WWW"
    assert len(document.ends) >= 3 and document.warnings == ()


@pytest.mark.parametrize(
    ("kind", "text", "spoken"),
    [
        ("characters", "ABC1", "A B C one"),
        ("spell-out", "Hi", "H I"),
        ("digits", "2024", "two zero two four"),
        ("digits", "12-34", "one two, three four"),
        ("cardinal", "1,234", "one thousand two hundred thirty-four"),
        ("ordinal", "21", "twenty-first"),
        ("telephone", "555", "five five five"),
        ("year", "1905", "nineteen oh five"),
        ("date", "3 May 2020", "3 May 2020"),
        ("ordinal", "abc", "abc"),
    ],
)
def test_say_as(kind, text, spoken):
    assert said(f'<say-as interpret-as="{kind}">{text}</say-as>') == spoken


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("slow", 0.75), ("x-fast", 1.6), ("80%", 0.8), ("-20%", 0.8), ("+50%", 1.5), ("1.2", 1.2)],
)
def test_rates(rate, expected):
    document = parse(f'a <prosody rate="{rate}">b</prosody> c')
    assert [item.rate for item in document.items] == [1.0, pytest.approx(expected), 1.0]


def test_rates_multiply():
    document = parse('<prosody rate="2">a<prosody rate="50%">b</prosody>c</prosody>')
    assert [(i.text, i.rate) for i in document.items] == [("a", 2.0), ("b", 1.0), ("c", 2.0)]


@pytest.mark.parametrize(
    ("strength", "pauses"), [("none", 0), ("medium", 1), ("x-strong", 1)]
)  # fmt: skip
def test_strengths(strength, pauses):
    assert len(parse(f'a<break strength="{strength}"/>b').pauses) == pauses


def test_characters():
    assert said("AT&amp;T &lt;3 &#233;<!-- no --> a & b<![CDATA[ x < y ]]>") == (
        "AT&T <3 é a & b x < y "
    )
    document = parse("A&amp;B", ssml=True)
    places = [(item.start, item.end) for item in document.items]
    assert places == [(0, 1), (1, 6), (6, 7)]


def test_marks_in_brackets_work_too():
    document = parse("<speak>a [pause 1s] [[h ə]]</speak>")
    assert document.pauses[0][1] == 1.0
    assert document.items[-1].symbols == ("h", "ə")


def test_what_is_known_and_does_nothing_is_said_plainly_with_a_warning():
    document = parse('<speak><emphasis>a</emphasis> <prosody pitch="high">b</prosody></speak>')
    assert "".join(item.text for item in document.items) == "a b"
    assert len(document.warnings) == 2
    assert "<emphasis> does nothing" in document.warnings[0]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("<speak>a", "line 1, column 1", "<speak> is never closed"),
        ("<speak>\n<foo>b</foo></speak>", "line 2, column 1", "<foo> is not known; there are"),
        ("<p>a</s>", "line 1, column 5", "</s> where </p> was expected"),
        ("a</p>", "line 1, column 2", "</p> closes nothing"),
        ("<break time='1'/>", "line 1, column 1", "a pause of '1'"),
        ("<break strength='big'/>", "line 1, column 1", "strength 'big'"),
        ("<speak>1 < 2</speak>", "line 1, column 10", "is no tag"),
        ("<speak>&foo; a</speak>", "line 1, column 8", "&foo; is no entity"),
        ("<say-as>x</say-as>", "line 1, column 1", "without interpret-as"),
        ("<say-as interpret-as='x'>x</say-as>", "line 1, column 1", "interpret-as 'x'"),
        ("<phoneme ph=''>x</phoneme>", "line 1, column 1", "without ph"),
        ("<phoneme alphabet='z' ph='a'>x</phoneme>", "line 1, column 1", "alphabet 'z'"),
        ("<sub>x</sub>", "line 1, column 1", "without alias"),
        ("<sub alias='a'><p>x</p></sub>", "line 1, column 16", "<p> inside <sub>"),
        ("<prosody rate='quick'>x</prosody>", "line 1, column 1", "rate 'quick'"),
        ("<prosody rate='9'>x</prosody>", "line 1, column 1", "expected 0.25 to 4"),
        ("<speak><!-- a</speak>", "line 1, column 8", "<!-- is never closed"),
        ("<speak><break time=1s/></speak>", "line 1, column 8", "is no tag"),
    ],
)
def test_bad_markup_is_one_line_with_a_place(text, where, what):
    with pytest.raises(TextError) as caught:
        parse(text, ssml=True)
    message = str(caught.value)
    assert message.startswith(f"{where}: ") and what in message and "\n" not in message
