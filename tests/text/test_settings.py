"""The settings of a frontend."""

import pytest

from tts.text.lexicon import Lexicon
from tts.text.phonemise import EspeakPhonemiser, LetterPhonemiser
from tts.text.settings import FrontendConfig, make_phonemiser, make_reader, own_normaliser


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en-us", "english"),
        ("en-gb", "english"),
        ("de", "numbers"),
        ("fr-fr", "numbers"),
        ("ia", "none"),
    ],
)
def test_each_language_has_a_normaliser(language, name):
    assert own_normaliser(language) == name
    assert FrontendConfig(language=language, normaliser=name).normaliser == name


def test_phonemisers():
    assert isinstance(make_phonemiser(FrontendConfig()), EspeakPhonemiser)
    assert isinstance(make_phonemiser(FrontendConfig(phonemiser="letters")), LetterPhonemiser)


def test_homographs_are_for_english_with_espeak():
    german = FrontendConfig(language="de", normaliser="none")
    assert make_reader(FrontendConfig(), Lexicon()).homographs
    assert not make_reader(FrontendConfig(homographs=False), Lexicon()).homographs
    assert not make_reader(german, Lexicon()).homographs
    assert not make_reader(FrontendConfig(phonemiser="letters"), Lexicon()).homographs
