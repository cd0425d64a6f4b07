"""`tts eval`, `tts report` and `tts compare`: what they print and write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.runner import tts


def test_eval_prints_a_table_or_json(data: Path, here: Path) -> None:
    words = ("eval", "data", "wavs", "--metric", "mcd_db", "--metric", "log_mel")
    text = tts(*words, "-o", "score")
    assert text.status == 0 and "MCD, dB" in text.out, text.err
    assert (here / "score" / "eval.json").is_file() and (here / "score" / "eval.tsv").is_file()
    found = json.loads(tts(*words, "--json").out)
    assert found["n_utterances"] == 4
    assert found["metrics"]["mcd_db"]["mean"] == found["metrics"]["mcd_db"]["high"] == 0
    assert set(found["metrics"]) == {"mcd_db", "log_mel"}


def test_eval_of_nothing(data: Path) -> None:
    ended = tts("eval", "data", "nowhere")
    assert ended.status == 1 and len(ended.err.splitlines()) == 1 and "nowhere" in ended.err
    assert tts("eval", "data").status == 2
    assert "there are log_mel" in tts("eval", "data", "data", "--metric", "beauty").err


def test_report_writes_one_page(acoustic: Path, here: Path) -> None:
    ended = tts("report", acoustic, "-o", "page.html", "--json")
    found = json.loads(ended.out)
    assert found["out"] == "page.html" and found["n_bytes"] == (here / "page.html").stat().st_size
    assert "page.html: 0.0 MiB" in tts("report", acoustic, "-o", "page.html").out
    assert tts("report", "nowhere").status == 1


def test_compare_wants_recordings(vocoder: Path, here: Path) -> None:
    ended = tts("compare", vocoder, "-o", "out")
    assert ended.status == 2 and "name the recordings" in ended.err


def test_compare_judges_answers(here: Path) -> None:
    sounds = {name: {"utterance": "u", "system": name} for name in ("recording", "a", "b")}
    key = {"test": "t", "kind": "mushra", "systems": ["a", "b"], "sounds": sounds}
    (here / "listening_key.json").write_text(json.dumps(key))
    answers = [{"trial": 0, "ratings": {"recording": 100, "a": 70, "b": 20}}]
    tree = {"test": "t", "kind": "mushra", "listener": "ann", "answers": answers}
    (here / "ann.json").write_text(json.dumps(tree))
    found = json.loads(tts("compare", "ann.json", "--scores", "-o", ".", "--json").out)
    assert found["systems"]["a"]["mean"] == 70
    assert "1 listeners (mushra)" in tts("compare", "ann.json", "--scores", "-o", here).out
    assert tts("compare", "none.json", "--scores", "-o", here).status == 1


@pytest.mark.parametrize("verb", ["eval", "report", "compare"])
def test_help(verb: str) -> None:
    assert "Usage: tts " + verb in tts(verb, "--help").out
