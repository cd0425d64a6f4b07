"""espeak's phones and letters."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tts.errors import ConfigError, TextError
from tts.text.blocks import Inline
from tts.text.phonemise import EspeakPhonemiser, LetterPhonemiser


@pytest.fixture(scope="module")
def espeak():
    return EspeakPhonemiser("en-us")


def say(phonemiser, *pieces):
    return " ".join(phonemiser.many([pieces])[0].symbols)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("hello world.", "h ə l ˈoʊ <space> w ˈɜː l d ."),
        ("Well, (he said) no!", "w ˈɛ l , <space> ( h iː <space> s ˈɛ d ) <space> n ˈoʊ !"),
        ("wait... what", "w ˈeɪ t … <space> w ˌʌ t"),
        ("no--yes – so", "n ˈoʊ — j ˈɛ s <space> — <space> s ˈoʊ"),
        ("¿“hi”?", '" h ˈaɪ " ?'),
        ("  hi \n there ", "h ˈaɪ <space> ð ˈɛɹ"),
        ("N Y C", "ˌɛ n w ˌaɪ s ˈiː"),
        ("the F B I's", "ð ɪ <space> ˌɛ f b ˌiː ˈaɪ z"),
        ("U.S.A. 3.5", "j ˌuː ˌɛ s ˈeɪ . <space> θ ɹ ˈiː <space> p ɔɪ n t <space> f ˈaɪ v"),
        ("came.It", "k ˈeɪ m . ɪ t"),
        ("", ""),
    ],
)
def test_phones(espeak, text, symbols):
    assert say(espeak, text) == symbols


def test_words_own_their_symbols(espeak):
    said = espeak.many([["Of the cats, 42 in B C."]])[0]
    owned = {w.text: " ".join(said.symbols[w.start : w.end]) for w in said.words}
    assert owned == {
        "Of the": "ʌ v ð ə",
        "cats": "k ˈæ t s",
        "42": "f ˈɔːɹ ɾ i <space> t ˈuː",
        "in": "ɪ n",
        "B C": "b ˌiː s ˈiː",
    }


def test_inline_symbols_pass_through(espeak):
    assert say(espeak, "say ", Inline(("k", "ˈæ", "t")), " now") == (
        "s ˈeɪ <space> k ˈæ t <space> n ˈaʊ"
    )


def test_language_flags_and_separators_leave_no_trace():
    german = EspeakPhonemiser("de")
    assert not set("()_") & set(say(german, "das Download Meeting ist cool"))
    assert all(s for s in german.many([["T-Shirt"]])[0].symbols)


def test_a_text_says_the_same_alone_in_a_batch_and_in_threads(espeak):
    texts = [[f"number {word} of the many"] for word in ("one", "two", "A", "the")] * 5
    batch = espeak.many(texts)
    assert batch == [espeak.many([text])[0] for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: espeak.many([text])[0], texts)) == batch


def test_long_unpunctuated_text_keeps_every_word(espeak):
    said = espeak.many([["cat " * 500]])[0]
    assert len(said.words) == 500
    assert " ".join(said.symbols) == " <space> ".join(["k ˈæ t"] * 500)


def test_words_without_sound_are_named(espeak, monkeypatch):
    assert [w.text for w in espeak.many([["- hi -"]])[0].words] == ["hi"]
    mute = EspeakPhonemiser()
    monkeypatch.setattr(
        mute._espeak, "text_to_phonemes", lambda text: " ".join(["h_ˈaɪ"] * text.count("hi"))
    )
    said = mute.many([["hi xyz - hi"]])[0]
    assert " ".join(said.symbols) == "h ˈaɪ <space> h ˈaɪ"
    assert said.warnings == ("espeak has no sound for 'xyz'; left out",)


def test_travels_to_other_processes_and_knows_its_version(espeak):
    again = pickle.loads(pickle.dumps(espeak))
    assert say(again, "hello") == say(espeak, "hello")
    assert espeak.version.count(".") == 2


def test_unknown_language_suggests_a_near_one():
    with pytest.raises(ConfigError, match=r"'en-uk' is not one of espeak's .* did you mean .*en-"):
        EspeakPhonemiser("en-uk")


def test_a_missing_library_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PHONEMIZER_ESPEAK_LIBRARY", str(tmp_path / "none.so"))
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    monkeypatch.setattr(EspeakWrapper, "_ESPEAK_LIBRARY", None)
    with pytest.raises(TextError, match="pip install espeakng-loader") as caught:
        EspeakPhonemiser()
    assert "\n" not in str(caught.value)


def test_a_missing_phonemizer_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonemizer.backend.espeak.wrapper", None)
    with pytest.raises(TextError, match="pip install phonemizer espeakng-loader"):
        EspeakPhonemiser()


def test_letters():
    letters = LetterPhonemiser()
    assert say(letters, " Don't go, X-ray! ") == ("d o n ' t <space> g o , <space> x - r a y !")
    said = letters.many([["(Hi), 'you'"]])[0]
    assert [w.text for w in said.words] == ["Hi", "you"]
