"""A whole evaluation: pairs in, means and tables out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import RATE_HZ, speech, with_noise
from tests.tiny import save_speaker_encoder
from tts.audio import io
from tts.errors import ConfigError, DataError
from tts.metrics.packages import MissingPackage
from tts.report.evaluate import RESULTS, TABLE, evaluate, read_results

FAST = ("log_mel", "mcd_db", "si_sdr_db", "duration_error")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Three utterances and noisier copies; the third copy is slower."""
    home = tmp_path_factory.mktemp("eval")
    for name in ("ref", "syn"):
        (home / name).mkdir()
    for i in range(3):
        wav = speech(1.5, f0_hz=110 + 20 * i, seed=i)
        made = with_noise(wav, 30 - 10 * i) if i < 2 else speech(1.5, 150, tempo=0.8)
        io.write(home / "ref" / f"u{i}.wav", wav, RATE_HZ)
        io.write(home / "syn" / f"u{i}.wav", made, RATE_HZ)
    (home / "text").write_text("u0 hello world\nu1 two dogs ran\nu2 yes\n")
    return home / "ref", home / "syn"


def test_means_rows_and_notes(folders: tuple[Path, Path]) -> None:
    found = evaluate(*folders, metrics=FAST)
    assert list(found.metrics) == list(FAST) and len(found.rows) == 3
    mcd = found.metrics["mcd_db"]
    assert mcd.mean == pytest.approx(np.mean([row.values["mcd_db"] for row in found.rows]))
    assert mcd.low <= mcd.mean <= mcd.high and mcd.n == 3
    assert found.metrics["si_sdr_db"].n == 2 and "si_sdr_db" not in found.rows[2].values
    assert any("si_sdr_db left out of 1 of 3" in note for note in found.notes)
    tree = found.as_dict()
    assert set(tree["metrics"]["mcd_db"]) == {"mean", "low", "high", "n", "better"}
    assert "MCD" in found.as_text() and "note: " in found.as_text()
    assert evaluate(*folders, metrics=FAST, n_jobs=2) == found


def test_files_can_be_read_back(folders: tuple[Path, Path], tmp_path: Path) -> None:
    found = evaluate(*folders, metrics=FAST, out=tmp_path / "score")
    assert read_results(tmp_path / "score" / RESULTS) == found
    lines = (tmp_path / "score" / TABLE).read_text().splitlines()
    assert lines[0].split("\t") == ["utterance", *FAST] and lines[-1].startswith("mean\t")
    assert len(lines) == 5
    (tmp_path / "broken.json").write_text('{"utterances": 3}')
    with pytest.raises(DataError, match="not the results"):
        read_results(tmp_path / "broken.json")


def test_single_files(folders: tuple[Path, Path]) -> None:
    found = evaluate(folders[0] / "u0.wav", folders[1] / "u1.wav", metrics=["mcd_db"])
    assert found.metrics["mcd_db"].low is None and found.metrics["mcd_db"].n == 1
    json.dumps(found.as_dict(), allow_nan=False)


def test_word_errors_by_any_recogniser(folders: tuple[Path, Path]) -> None:
    pytest.importorskip("jiwer", reason="the extra [eval] is not installed")
    heard = iter(["Hello word.", "2 dogs ran", ""])
    options = {"metrics": ["wer", "cer"], "text": folders[0].parent}
    found = evaluate(*folders, asr=lambda samples, rate_hz: next(heard), **options)
    assert [row.values["wer"] for row in found.rows] == [0.5, 0, 1]
    assert found.metrics["wer"].mean == pytest.approx(2 / 6)  # of all words, not of utterances
    assert found.rows[1].heard == "two dogs ran"
    texts = {"u0": "a", "u1": "a", "u2": "a"}
    every = evaluate(*folders, metrics=["wer"], text=texts, asr=lambda *_: "a")
    assert every.metrics["wer"].mean == 0


def test_what_is_not_installed(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("pystoi", "pesq", "jiwer", "pocketsphinx", "resemblyzer"):
        monkeypatch.setitem(sys.modules, package, None)
    found = evaluate(*folders, text=folders[0].parent)
    assert not {"stoi", "estoi", "pesq", "wer", "speaker_similarity"} & set(found.metrics)
    assert {"mcd_db", "f0_rmse_cents", "stft_convergence"} <= set(found.metrics)
    assert sum("pip install" in note for note in found.notes) == 5
    assert "pesq" not in evaluate(folders[1], folders[0]).metrics
    slow_first = {f"a{i}": folders[1] / f"u{2 - i}.wav" for i in range(3)}
    table = folders[0].parent / "slow_first.scp"
    table.write_text("".join(f"{u} {p}\n" for u, p in slow_first.items()))
    against = folders[0].parent / "against.scp"
    against.write_text("".join(f"a{i} {folders[0]}/u{2 - i}.wav\n" for i in range(3)))
    assert evaluate(against, table).metrics["stft_convergence"].n == 2
    with pytest.raises(MissingPackage):
        evaluate(*folders, metrics=["pesq"])
    with pytest.raises(MissingPackage):
        evaluate(*folders, metrics=["wer"], text=folders[0].parent)


def test_an_encoder_of_our_own_compares_speakers(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    exp = save_speaker_encoder(tmp_path / "exp")
    found = evaluate(*folders, metrics=["speaker_cosine"], speaker_encoder=exp, n_jobs=2)
    assert [-1 <= row.values["speaker_cosine"] <= 1 for row in found.rows] == [True] * 3
    same = evaluate(folders[0], folders[0], metrics=["speaker_cosine"], speaker_encoder=exp)
    assert same.metrics["speaker_cosine"].mean == pytest.approx(1)
    assert same.metrics["speaker_cosine"].mean > found.metrics["speaker_cosine"].mean
    assert "speaker_cosine" not in evaluate(folders[0], folders[0]).metrics


def test_what_cannot_be_measured(folders: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="metric 'beauty': there are log_mel"):
        evaluate(*folders, metrics=["beauty"])
    with pytest.raises(ConfigError, match="needs what is said"):
        evaluate(*folders, metrics=["wer"])
    with pytest.raises(ConfigError, match="needs an encoder of speakers; name one"):
        evaluate(*folders, metrics=["speaker_cosine"])
