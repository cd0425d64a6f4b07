"""`tts data`: each verb from its command line, in the order of a recipe."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tts.cli.data import app
from tts.data import datadir
from tts.errors import DataError


def run(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout


def test_from_corpus_to_tokens(corpus, tmp_path: Path):
    lines = [f"{u}|{t}|{t}|{corpus.utt2spk[u]}" for u, t in corpus.text.items()]
    (tmp_path / "metadata.csv").write_text("\n".join(lines))
    data, org, dump = tmp_path / "d", tmp_path / "org", tmp_path / "dump"
    made = json.loads(run("import", "ljspeech", tmp_path, data / "all", "--json"))
    assert made == {"n_utterances": 6, "n_speakers": 2, "out": str(data / "all")}
    assert "4 in " in run("split", data / "all", data, "--dev", 1, "--eval", 1)
    run("wav", data / "train", org, "--rate", 22050, "--nj", 2)
    assert "4 were there" in run("wav", data / "train", org, "--rate", 22050)
    run("ids", data / "train", data / "dev", "--out", dump / "speakers.txt")
    assert (dump / "speakers.txt").read_text() == "anna\nbert\n"
    out = json.loads(run("filter", org, dump / "train", "--min-s", "0.1", "--json"))
    assert out["n_kept"] == 4 and out["dropped"] == {}
    named = next(iter(datadir.read(org).utterances))
    out = json.loads(run("filter", org, tmp_path / "less", "--drop", named, "--json"))
    assert out["n_kept"] == 3 and list(out["dropped"]) == [named]
    run("tokens", dump / "train", "--out", dump, "--phonemiser", "letters", "--no-blank")
    assert json.loads((dump / "frontend.json").read_text())["config"]["blank"] is False
    assert json.loads(run("stats", dump / "train", "--json"))["n_speakers"] == 2


def test_validate_exits_with_one_until_fixed(corpus):
    assert "in order" in run("validate", corpus.path)
    Path(corpus.wav_scp["anna_0"]).unlink()
    shown = run("validate", corpus.path, status=1)
    assert "wav.scp:1: anna_0" in shown and "no such file" in shown and "1 problem;" in shown
    assert run("validate", corpus.path, "--no-wavs")
    report = json.loads(run("validate", corpus.path, "--json", status=1))
    assert report["ok"] is False and report["problems"][0]["line"] == 1
    assert "dropped anna_0" in run("validate", corpus.path, "--fix")
    assert len(datadir.read(corpus.path).utterances) == 5


def test_errors_come_through(tmp_path):
    with pytest.raises(DataError, match="no such data dir"):
        run("stats", tmp_path / "nothing")
    assert run("split", tmp_path, tmp_path, status=2) == ""
    counts = ("--dev", 1, "--eval", 1)
    assert run("split", tmp_path, tmp_path, *counts, "--seed", -1, status=2) == ""
