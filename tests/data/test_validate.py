"""Every kind of problem is found, named with its line, and mended where it can be."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.data import datadir
from tts.data.tables import read_table, write_table
from tts.data.validate import fix, validate
from tts.errors import DataError


def put(corpus, name: str, **changes: str | None) -> None:
    table = read_table(corpus.path / name) | changes
    write_table(corpus.path / name, {k: v for k, v in table.items() if v is not None})


def test_a_good_dir_is_in_order(corpus):
    report = validate(corpus.path)
    assert report.ok and report.n_utterances == 6 and report.n_speakers == 2
    assert report.rates_hz == {16_000: 6} and report.seconds == pytest.approx(3.6)
    assert "in order" in report.as_text()


def test_everything_is_listed_at_once(corpus, tmp_path):
    rng = np.random.default_rng(0)
    loud = rng.standard_normal(4000).astype(np.float32)
    soundfile.write(corpus.wav_scp["anna_0"], np.stack([loud, loud], 1) * 0.1, 16_000)
    Path(corpus.wav_scp["anna_1"]).unlink()
    Path(corpus.wav_scp["anna_2"]).write_bytes(b"")
    loud[5] = np.nan
    soundfile.write(corpus.wav_scp["bert_0"], loud, 16_000, subtype="FLOAT")
    soundfile.write(corpus.wav_scp["bert_1"], np.abs(loud[:3]), 8000)
    put(corpus, "wav.scp", bert_2="~/a.wav", carl_0="cat a.wav |")
    put(corpus, "text", bert_1="", bert_2="bell \a rings")
    put(corpus, "utt2spk", **{"d/0": "dora"})
    lines = [str(p) for p in validate(corpus.path).problems]
    for wanted in (
        "wav.scp:1: anna_0: .*2 channels.*mix it down",
        "wav.scp:2: anna_1: .*no such file",
        "wav.scp:3: anna_2: .*an empty file",
        "wav.scp:4: bert_0: .*sample 5 is nan",
        "wav.scp:6: bert_2: ~ is not expanded here; write it out",
        "wav.scp:7: carl_0: .*is a command; let it run",
        "text:5: bert_1 has no text; write what is said",
        r"text:6: bert_2 has the control character U\+0007",
        "text: carl_0 of wav.scp is missing",
        "utt2spk:7: d/0 cannot be the name of a file",
        "wav.scp: d/0 of utt2spk is missing",
        "spk2utt: does not agree with utt2spk",
    ):
        found = [line for line in lines if re.search(wanted, line)]
        assert found, f"{wanted} not in {lines}"


def test_several_rates(corpus):
    samples, _ = soundfile.read(corpus.wav_scp["bert_1"])
    soundfile.write(corpus.wav_scp["bert_1"], samples, 22_050)
    (problem,) = validate(corpus.path).problems
    assert "5 of 16000 Hz, 1 of 22050 Hz" in str(problem)
    assert f"tts data wav {corpus.path} OUT --rate 16000" in str(problem)
    assert validate(corpus.path, wavs=False).ok


def test_segments_past_the_end(corpus):
    data = datadir.read(corpus.path)
    write_table(
        corpus.path / "segments", {u: f"{u} 0.1 {2 if u == 'anna_1' else 0.4}" for u in data.text}
    )
    (problem,) = validate(corpus.path).problems
    assert str(problem).startswith(f"{corpus.path / 'segments'}:2: anna_1 runs to 2 s, and anna_1")


def test_fix_sorts_drops_and_keeps_a_backup(corpus):
    Path(corpus.wav_scp["anna_1"]).unlink()
    put(corpus, "text", bert_0=None, bert_1="")
    path = corpus.path / "utt2spk"
    before = "".join(reversed(path.read_text().splitlines(keepends=True)))
    path.write_text(before)
    fixed = fix(corpus.path)
    assert fixed.remaining.ok
    assert sorted(fixed.dropped) == ["anna_1", "bert_0", "bert_1"]
    assert "no such file" in fixed.dropped["anna_1"] and "no text" in fixed.dropped["bert_1"]
    assert datadir.read(corpus.path).utterances == ["anna_0", "anna_2", "bert_2"]
    assert (fixed.backup / "utt2spk").read_text() == before


def test_fix_keeps_the_first_of_duplicates(corpus):
    with (corpus.path / "text").open("a") as file:
        file.write("anna_0 something else\n")
    assert fix(corpus.path).dropped == {}
    assert datadir.read(corpus.path).text == corpus.text


def test_fix_does_not_drop_commands_it_did_not_run(corpus):
    put(corpus, "wav.scp", anna_0=f"cat {corpus.wav_scp['anna_0']} |")
    assert fix(corpus.path).dropped == {}
    assert not fix(corpus.path).remaining.ok
    assert fix(corpus.path, allow_pipes=True).remaining.ok


def test_fix_leaves_a_hopeless_dir_alone(corpus):
    before = (corpus.path / "text").read_text()
    for path in corpus.wav_scp.values():
        Path(path).unlink()
    with pytest.raises(DataError, match="no utterance could be kept"):
        fix(corpus.path)
    assert (corpus.path / "text").read_text() == before


def test_fix_needs_every_file(corpus):
    (corpus.path / "text").unlink()
    with pytest.raises(DataError, match="no utterance could be kept"):
        fix(corpus.path)


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match="no such data dir"):
        validate(tmp_path / "nothing")
