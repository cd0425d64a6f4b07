"""One page on an experiment, and on what a pair of them says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import tiny
from tests.sounds import RATE_HZ, speech, with_noise
from tts.audio import io
from tts.errors import DataError
from tts.report.evaluate import Row, evaluate
from tts.report.experiment import report, worst_first


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A recipe's folder: two trained experiments, what they say, and its scores."""
    vocoder = tiny.save_vocoder(tmp_path / "vocoder")
    (vocoder / "metrics.jsonl").write_text(
        "".join(json.dumps({"step": s, "split": "train", "g/total": 1 / s}) + "\n" for s in (1, 2))
    )
    (vocoder / "run.sh").write_text("tts train <it>\n")
    home, rows = tmp_path / "pair", []
    (tmp_path / "ref").mkdir()
    (home / "eval" / "wav").mkdir(parents=True)
    for i in range(3):
        wav = speech(1, seed=i)
        io.write(tmp_path / "ref" / f"u{i}.wav", wav, RATE_HZ)
        io.write(home / "eval" / "wav" / f"u{i}.wav", with_noise(wav, 10 * i), RATE_HZ)
        tokens = [{"text": "a", "start_s": 0.0, "end_s": 1.0}]
        row = {"id": f"u{i}", "text": f"Number <{i}>", "audio_s": 1.0, "wall_s": 0.5, "rtf": 0.5}
        paths = {"voice": str(tmp_path / "gone"), "vocoder": str(vocoder)}
        rows.append({**row, "tokens": tokens, **paths})
    (home / "eval" / "manifest.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    scores = {"metrics": ["mcd_db", "log_mel"], "out": home / "score"}
    evaluate(tmp_path / "ref", home / "eval" / "wav", **scores)
    return home


def test_the_page_holds_everything(pair: Path) -> None:
    made = report(pair)
    page = Path(made.out).read_text()
    assert Path(made.out) == pair / "report.html" and made.n_bytes == len(page.encode())
    assert made.n_utterances == 3 and made.n_players == page.count("<audio") == 6
    places = [page.index(f"<h3>u{i}</h3>") for i in range(3)]
    assert places == sorted(places)  # the noisiest first
    assert "MCD, dB" in page and "real-time factor 0.500" in page
    assert "Number &lt;1&gt;" in page and "tts train &lt;it&gt;" in page
    assert "losses of" in page and "Configuration of" in page and "2 steps" in page
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)
    for found in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert found.startswith("data:")


def test_the_sound_is_bounded(pair: Path) -> None:
    made = report(pair, n_utterances=2, max_mib=0.08)
    page = Path(made.out).read_text()
    assert made.n_utterances == 2 and made.n_players < 4
    assert page.count("sound left out") == 2 - made.n_players // 2


def test_without_scores_it_says_how_to_get_them(pair: Path, tmp_path: Path) -> None:
    made = report(pair, tmp_path / "p.html", scores=tmp_path / "none")
    assert "tts eval RECORDINGS" in Path(made.out).read_text() and made.n_utterances == 0


def test_an_experiment_alone(pair: Path) -> None:
    page = Path(report(pair.parent / "vocoder").out).read_text()
    assert "losses of" in page and "run.sh" in page and "<audio" not in page


def test_nothing_to_report_on(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds neither config\.yaml nor"):
        report(tmp_path)


def test_the_worst_by_all_metrics_together() -> None:
    values = {
        "fine": {"mcd_db": 1.0, "stoi": 0.9},
        "dull": {"mcd_db": 3.0, "stoi": 0.5},
        "odd": {"mcd_db": 2.0},
    }
    rows = [Row(name, "", "", v) for name, v in values.items()]
    assert [row.utterance for row in worst_first(rows)] == ["dull", "odd", "fine"]
