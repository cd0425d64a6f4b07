"""Normalisers of other projects, which are loaded only when asked for."""

import subprocess
import sys

import pytest

from tts.errors import TextError
from tts.text import grammars
from tts.text.normalise import normalise


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("nemo", "nemo_text_processing.text_normalization.normalize"),
        ("wetext", "tn.english.normalizer"),
    ],
)
def test_says_what_to_install(monkeypatch, name, package):
    grammars._nemo.cache_clear()
    grammars._wetext.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TextError, match="pip install"):
        normalise("5 kg", name)


def test_says_which_languages_there_are():
    with pytest.raises(TextError, match="normaliser wetext has no de; it has en, zh, ja"):
        normalise("5 kg", "wetext", "de")


def test_what_changed_is_found_word_by_word(monkeypatch):
    monkeypatch.setattr(grammars, "_nemo", lambda _: lambda text: text.replace("5 kg", "five k g"))
    result = normalise("I ate 5 kg of it", "nemo")
    assert [(s.written, s.spoken, s.kind) for s in result.spans] == [("5 kg", "five k g", "nemo")]


def test_nothing_is_imported_unasked():
    code = (
        "import sys; from tts.text.normalise import normalise; normalise('5 kg'); "
        "assert not {'num2words', 'nemo_text_processing', 'tn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
