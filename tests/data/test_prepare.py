"""Data dirs become dump dirs: wavs of one rate, speaker ids, and what is worth keeping."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts.audio import io
from tts.audio.resample import resample
from tts.data import datadir
from tts.data.datadir import Segment
from tts.data.prepare import (
    durations_s,
    filter_utterances,
    format_wavs,
    read_speaker_ids,
    speaker_ids,
)
from tts.data.tables import read_table
from tts.data.validate import validate
from tts.errors import DataError


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_wavs_are_resampled_and_named(corpus, tmp_path, n_jobs):
    done = format_wavs(corpus.path, tmp_path / "dump", 22_050, n_jobs=n_jobs)
    assert done.n_utterances == 6 and done.n_skipped == 0
    assert done.seconds == pytest.approx(3.6, abs=1e-3)
    made = datadir.read(tmp_path / "dump")
    assert made.text == corpus.text and made.utt2spk == corpus.utt2spk
    assert validate(tmp_path / "dump").ok
    wav, _ = io.read(made.wav_scp["bert_2"], 22_050)
    wanted = resample(io.read(corpus.wav_scp["bert_2"])[0], 16_000, 22_050)
    assert np.abs(wav - wanted).max() < 2 / 32768
    assert read_table(tmp_path / "dump" / "utt2num_samples")["bert_2"] == str(len(wav))
    assert soundfile.info(made.wav_scp["bert_2"]).subtype == "PCM_16"


def test_run_again_makes_only_what_is_missing_or_changed(corpus, tmp_path):
    format_wavs(corpus.path, tmp_path / "dump", 16_000)
    assert format_wavs(corpus.path, tmp_path / "dump", 16_000).n_skipped == 6
    (tmp_path / "dump" / "wavs" / "anna_0.wav").unlink()
    soundfile.write(corpus.wav_scp["anna_1"], np.full(5000, 0.25), 16_000)
    assert format_wavs(corpus.path, tmp_path / "dump", 16_000).n_skipped == 4
    assert len(io.read(tmp_path / "dump" / "wavs" / "anna_1.wav")[0]) == 5000
    assert read_table(tmp_path / "dump" / "utt2num_samples")["anna_1"] == "5000"
    assert format_wavs(corpus.path, tmp_path / "dump", 8000).n_skipped == 0


def test_segments_are_cut(corpus, tmp_path):
    whole, _ = io.read(corpus.wav_scp["anna_0"])
    cut = replace(
        corpus,
        wav_scp={"rec": corpus.wav_scp["anna_0"]},
        text={"x": "one", "y": "two"},
        utt2spk={"x": "s", "y": "s"},
        segments={"x": Segment("rec", 0.1, 0.25), "y": Segment("rec", 0.3, 0.6)},
    )
    datadir.write(cut, tmp_path / "cut")
    format_wavs(tmp_path / "cut", tmp_path / "dump", 16_000)
    assert np.array_equal(io.read(tmp_path / "dump" / "wavs" / "x.wav")[0], whole[1600:4000])
    assert np.array_equal(io.read(tmp_path / "dump" / "wavs" / "y.wav")[0], whole[4800:])
    assert datadir.read(tmp_path / "dump").segments is None
    datadir.write(replace(cut, segments=cut.segments | {"y": Segment("rec", 0.3, 1.5)}), cut.path)
    with pytest.raises(DataError, match=r"segment y runs from 0\.3 to 1\.5 s, and .* 0\.500 s"):
        format_wavs(cut.path, tmp_path / "dump", 16_000)


def test_commands_run_only_when_allowed(corpus, tmp_path):
    piped = replace(corpus, wav_scp={u: f"cat {p} |" for u, p in corpus.wav_scp.items()})
    datadir.write(piped, tmp_path / "piped")
    with pytest.raises(DataError, match=r"wav\.scp: anna_0: .* is a command"):
        format_wavs(tmp_path / "piped", tmp_path / "dump", 16_000)
    format_wavs(tmp_path / "piped", tmp_path / "dump", 16_000, allow_pipes=True)
    made, _ = io.read(tmp_path / "dump" / "wavs" / "bert_1.wav")
    assert np.array_equal(made, io.read(corpus.wav_scp["bert_1"])[0])


def test_bad_audio_is_named_with_its_entry(corpus, tmp_path):
    Path(corpus.wav_scp["bert_0"]).unlink()
    with pytest.raises(DataError, match=r"wav\.scp: bert_0: .*no such file"):
        format_wavs(corpus.path, tmp_path / "dump", 16_000, n_jobs=2)
    with pytest.raises(DataError, match="is the data dir that is read"):
        format_wavs(corpus.path, corpus.path, 16_000)


def test_full_disk_is_one_line_and_can_be_taken_up_again(corpus, tmp_path, monkeypatch):
    write, written = Path.write_bytes, []

    def fills_up(self: Path, content: bytes) -> int:
        if self.suffix == ".wav" and len(written) >= 2:
            write(self, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(self)
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fills_up)
    with pytest.raises(DataError, match="No space left on device"):
        format_wavs(corpus.path, tmp_path / "dump", 16_000)
    monkeypatch.undo()
    names = {p.name for p in (tmp_path / "dump" / "wavs").iterdir()}
    assert names == {".done", "anna_0.wav", "anna_1.wav"}
    assert format_wavs(corpus.path, tmp_path / "dump", 16_000).n_skipped == 2


def test_speaker_ids_are_sorted_and_read_back(corpus, tmp_path):
    datadir.write(replace(corpus, utt2spk=dict.fromkeys(corpus.text, "abel")), tmp_path / "b")
    names = speaker_ids([corpus.path, tmp_path / "b"], tmp_path / "dump" / "speakers.txt")
    assert (
        names == ["abel", "anna", "bert"] == read_speaker_ids(tmp_path / "dump" / "speakers.txt")
    )


def test_speakers_are_read_by_lines(tmp_path):
    path = tmp_path / "speakers.txt"
    path.write_bytes("Anna Maria\r\nJos\u00e9\u2028B.\n".encode())
    assert read_speaker_ids(path) == ["Anna Maria", "Jos\u00e9\u2028B."]
    path.write_bytes(b"")
    assert read_speaker_ids(path, allow_empty=True) == []


BAD_SPEAKERS = {"twice": b"a\nb\na\n", "gap": b"a\n\nb\n", "empty": b"", "latin1": b"Jos\xe9\n"}


@pytest.mark.parametrize("name", [*BAD_SPEAKERS, "gone", "folder"])
def test_files_that_list_no_speakers(tmp_path, name):
    path = tmp_path / f"{name}.txt"
    if name in BAD_SPEAKERS:
        path.write_bytes(BAD_SPEAKERS[name])
    elif name == "folder":
        path.mkdir()
    with pytest.raises(DataError, match=rf"{name}\.txt: .*; make it with `tts data ids"):
        read_speaker_ids(path)


@pytest.fixture
def org(corpus, tmp_path) -> Path:
    format_wavs(replace_text(corpus, "anna_1", "?!"), tmp_path / "org", 16_000)
    return tmp_path / "org"


def replace_text(corpus, utterance: str, text: str) -> Path:
    return datadir.write(replace(corpus, text=corpus.text | {utterance: text}), corpus.path).path


def test_filter_says_what_it_drops_and_why(org, tmp_path):
    done = filter_utterances(org, tmp_path / "dump", min_s=0.55, max_s=0.65, min_yield=0.1)
    assert (done.n_kept, done.n_all) == (1, 6)
    assert done.dropped["anna_0"] == "0.50 s is shorter than 0.55 s"
    assert done.dropped["bert_2"] == "0.70 s is longer than 0.65 s"
    assert done.dropped["anna_1"] == "no words in its text"
    assert datadir.read(tmp_path / "dump").utterances == ["bert_1"]
    assert durations_s(datadir.read(tmp_path / "dump")) == {"bert_1": 0.6}


def test_filter_refuses_to_drop_too_much(org, tmp_path):
    with pytest.raises(
        DataError, match=r"only 5 of 6 .* expected 95% \(first dropped: anna_1, no"
    ):
        filter_utterances(org, tmp_path / "dump")
    assert not (tmp_path / "dump").exists()
    assert filter_utterances(org, tmp_path / "dump", min_yield=0.8).n_kept == 5
    with pytest.raises(DataError, match="only 0 of 6"):
        filter_utterances(org, tmp_path / "dump", min_s=9, min_yield=0)


def test_filter_drops_what_is_named(org, tmp_path):
    named = ["anna_1", "bert_0", "bert_1"]
    done = filter_utterances(org, tmp_path / "dump", drop=named)
    assert done.n_kept == 3 and list(done.dropped) == named
    assert datadir.read(tmp_path / "dump").utterances == ["anna_0", "anna_2", "bert_2"]
    with pytest.raises(DataError, match="has no utterance carl_0 to drop"):
        filter_utterances(org, tmp_path / "other", drop=["anna_0", "carl_0"])
    with pytest.raises(DataError, match=r"only 3 of 4 .*first dropped: anna_0, 0\.50 s"):
        filter_utterances(org, tmp_path / "other", drop=["anna_1", "bert_0"], min_s=0.55)
    assert not (tmp_path / "other").exists()
