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
    result = run(app, "normalise", "Dr. No, 1962 ⠿")
    assert result.stdout == "Doctor No, nineteen sixty-two\n"
    assert "braille" in result.stderr
    assert run(app, "normalise", "-", stdin="5 kg\n").stdout == "five kilograms\n"
    assert run(app, "normalise", "£5", "--normaliser", "tacotron").stdout == "psfive\n"


def test_normalise_json(app):
    shown = json.loads(run(app, "normalise", "$5 ⠿", "--json").stdout)
    assert set(shown) == {"text", "normalised", "spans", "warnings"}
    assert (shown["text"], shown["normalised"]) == ("$5 ⠿", "five dollars")
    assert len(shown["warnings"]) == 1


def test_phonemise(app):
    assert run(app, "phonemise", "-", stdin="hello").stdout == "h ə l ˈoʊ\n"
    shown = json.loads(run(app, "phonemise", "2 Äpfel", "--language", "de", "--json").stdout)
    assert set(shown) == {"text", "normalised", "symbols", "words", "spans", "warnings"}
    assert [word["text"] for word in shown["words"]] == ["zwei", "Äpfel"]


def test_errors_of_the_user_propagate(app):
    with pytest.raises(TextError):
        run(app, "phonemise", "?!")


def test_normalise_line_by_line(app):
    result = run(app, "normalise", "-", stdin="5 kg\n\n$3 [[h ə]]\r\nMay 1")
    assert result.stdout == "five kilograms\n\nthree dollars [[h ə]]\nMay first\n"
    shown = run(app, "normalise", "-", "--json", stdin="5 kg\n$3").stdout.splitlines()
    assert [json.loads(line)["normalised"] for line in shown] == [
        "five kilograms",
        "three dollars",
    ]


def test_traces(app):
    lines = run(app, "normalise", "It cost $3.", "--trace").stdout.splitlines()
    assert lines[0] == "It cost three dollars."
    assert lines[1].split("\t")[1:] == ["8-10", "money", "'$3' -> 'three dollars'"]
    lines = run(app, "phonemise", "I have read it.").stdout.splitlines()
    assert lines[0].startswith("aɪ <space>") and "homograph\t'read' -> 'past'" in lines[1]
    assert run(app, "phonemise", "I have read it.", "--no-trace").stdout.count("\n") == 1
    (span,) = json.loads(run(app, "normalise", "$3", "--json").stdout)["spans"]
    assert span == {
        "start": 0,
        "end": 2,
        "written": "$3",
        "kind": "money",
        "spoken": "three dollars",
    }


def test_languages(app):
    assert run(app, "normalise", "Straße 2", "--lang", "de").stdout == "Straße zwei\n"
    assert run(app, "normalise", "2 a", "--lang", "ia").stdout == "2 a\n"
    assert run(app, "phonemise", "ja", "--lang", "de").stdout == "j ˈɑː\n"
    assert run(app, "phonemise", "tomato", "--lang", "en-gb").stdout == "t ə m ˈɑː t əʊ\n"


def test_phonemise_with_a_lexicon(app, tmp_path):
    (tmp_path / "words.tsv").write_text("Nguyen\twˈɪn\n", encoding="utf-8")
    words = ("phonemise", "-", "--no-trace", "--lexicon", str(tmp_path / "words.tsv"))
    assert run(app, *words, stdin="Nguyen\nten").stdout == "w ˈɪ n\nt ˈɛ n\n"
