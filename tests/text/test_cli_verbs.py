"""`tts normalise` and `tts phonemise`."""

import json

import pytest
import typer
from typer.testing import CliRunner

from tts.cli.normalise import normalise
from tts.cli.phonemise import phonemise
from tts.errors import TextError


@pytest.fixture
def app():
    app = typer.Typer()
    app.command("normalise")(normalise)
    app.command("phonemise")(phonemise)
    return app


def run(app, *words, stdin=None):
    result = CliRunner().invoke(app, words, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_normalise(app):
    result = run(app, "normalise", "Dr. No, 1962 😀")
    assert result.stdout == "Doctor No, nineteen sixty-two\n"
    assert "grinning face" in result.stderr
    assert run(app, "normalise", "-", stdin="5 kg\n").stdout == "five kilograms\n"
    assert run(app, "normalise", "£5", "--normaliser", "tacotron").stdout == "psfive\n"


def test_normalise_json(app):
    shown = json.loads(run(app, "normalise", "$5 ☂", "--json").stdout)
    assert set(shown) == {"text", "normalised", "warnings"}
    assert (shown["text"], shown["normalised"]) == ("$5 ☂", "five dollars")
    assert len(shown["warnings"]) == 1


def test_phonemise(app):
    assert run(app, "phonemise", "-", stdin="hello").stdout == "h ə l ˈoʊ\n"
    shown = json.loads(run(app, "phonemise", "2 Äpfel", "--language", "de", "--json").stdout)
    assert set(shown) == {"text", "normalised", "symbols", "words", "warnings"}
    assert [word["text"] for word in shown["words"]] == ["2", "Äpfel"]


def test_errors_of_the_user_propagate(app):
    with pytest.raises(TextError):
        run(app, "phonemise", "?!")
