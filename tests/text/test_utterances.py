"""Long text as sequences to speak one after the other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.errors import TextError
from tts.text.frontend import Frontend, FrontendConfig
from tts.text.lexicon import Lexicon
from tts.text.markup import parse
from tts.text.tokens import SPACE
from tts.text.utterances import TokenSequence, cut_symbols, segments

LETTERS = FrontendConfig(phonemiser="letters", blank=False)


@pytest.fixture(scope="module")
def letters():
    return Frontend.from_symbols(LETTERS)


@pytest.fixture(scope="module")
def espeak():
    return Frontend.from_symbols(FrontendConfig())


def shown(script):
    return [(u.tokens.normalised, u.before_s) for u in script.utterances]


def test_sentences_and_pauses(letters):
    script = letters.script("[pause 1s]One. Two [pause 300ms] three.\n\n[pause 2s] Four.[pause]")
    assert shown(script) == [("One.", 1.0), ("Two", None), ("three.", 0.3), ("Four.", 2.0)]
    assert script.after_s == 0.5


def test_ssml(espeak):
    script = espeak.script(
        '<speak><p>One <s>two</s></p><break time="1s"/>'
        'a <prosody rate="200%">fast</prosody> <emphasis>b</emphasis></speak>'
    )
    assert shown(script) == [("One", None), ("two", None), ("a fast b", 1.0)]
    last = script.utterances[-1].tokens
    rates = dict(zip(last.symbols, last.rates))
    assert rates["f"] == 2.0 and rates["b"] == 1.0
    assert len(last.rates) == len(last.symbols)
    assert len(last.rates_of_ids) == len(last.ids)
    assert script.utterances[0].tokens.rates == ()
    assert script.warnings == ("<emphasis> does nothing here; what it holds is read plainly",)


def test_a_sentence_without_words_is_named_and_its_pause_kept(letters):
    script = letters.script("One. [pause 1s] ?!\n\n[pause 1s] two")
    assert shown(script) == [("One.", None), ("two", 2.0)]
    assert any(warning.startswith("sentence left out") for warning in script.warnings)
    with pytest.raises(TextError, match="nothing to speak"):
        letters.script("[pause 1s] ?!")


def test_spans_have_their_place_in_the_whole_text(espeak):
    text = "It is 3.\n\nIt cost $5, I read it. <b> [[h ə]]"
    spans = [span for u in espeak.script(text).utterances for span in u.tokens.spans]
    assert all(text[span.start : span.end] == span.written for span in spans)
    found = {span.written: span.kind for span in spans}
    assert found["$5"] == "money" and found["read"] == "homograph"
    assert found["[[h ə]]"] == "phonemes"


def test_a_lexicon_of_one_call(espeak):
    lexicon = Lexicon.from_words({"SQL": "s ˈiː k w əl", "dollars": "b ˈʌ k s"})
    with_it = espeak.with_lexicon(lexicon)
    sequence = with_it("SQL for $5")
    assert " ".join(sequence.symbols).startswith("s ˈiː k w əl <space>")
    assert " ".join(sequence.symbols).endswith("b ˈʌ k s")
    assert sequence.normalised == "SQL for five dollars"
    assert [(span.written, span.kind) for span in sequence.spans] == [
        ("SQL", "lexicon"),
        ("$5", "money"),
    ]
    assert espeak("SQL").symbols != with_it("SQL").symbols


def sequence_of(symbols):
    return TokenSequence("", "", tuple(symbols), (), (), ())


def test_cuts_are_behind_the_best_mark():
    symbols = [*"abc", SPACE, *"de", ",", SPACE, *"fg", SPACE, *"hij"]
    assert cut_symbols(sequence_of(symbols), 99) == [(0, 14)]
    assert cut_symbols(sequence_of(symbols), 8) == [(0, 7), (8, 14)]
    assert cut_symbols(sequence_of("abcdef"), 4) == [(0, 4), (4, 6)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*"abc", SPACE, ",", "."]), max_size=60), st.integers(1, 20))
def test_cuts_lose_nothing(symbols, max_tokens):
    cuts = cut_symbols(sequence_of(symbols), max_tokens)
    kept = [s for a, b in cuts for s in symbols[a:b] if s != SPACE]
    assert kept == [s for s in symbols if s != SPACE]
    assert all(b - a <= max_tokens for a, b in cuts)


def test_long_sentences_are_cut_by_tokens(letters):
    text = "one two three, four five six seven. " * 3
    script = letters.script(text, max_tokens=12)
    parts = [u.tokens for u in script.utterances]
    assert all(len(part.symbols) <= 12 for part in parts)
    assert [w.text for part in parts for w in part.words] == text.replace(",", "").replace(
        ".", ""
    ).split()
    assert " ".join(part.normalised for part in parts) == text.strip()
    for part in parts:
        for word in part.words:
            assert "".join(part.symbols[word.start : word.end]) == word.text
    assert [u.before_s for u in script.utterances[:3]] == [None, 0.0, 0.0]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["a", "B", ". ", ", ", " ", "\n\n", "\n", "[pause 1s]", "[[h ə. n]]", "1. "]
        ),
        max_size=30,
    ),
    st.integers(5, 30),
)
def test_segments_together_are_the_text(pieces, max_chars):
    document = parse("".join(pieces))
    found, _ = segments(document, max_chars)
    assert "".join(document.flat[part.start : part.end] for part in found) == document.flat
    items = [item for part in found for item in document.between(part.start, part.end)]
    assert "".join(item.text for item in items) == "".join(item.text for item in document.items)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_spoken_or_one_error(letters, text):
    try:
        script = letters.script(text)
    except TextError:
        return
    assert script.utterances
