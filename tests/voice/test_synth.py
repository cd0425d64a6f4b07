"""Many texts to a folder: the manifest, and going on where it was stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny import save_acoustic, save_vocoder
from tts.audio import io
from tts.data.tables import read_table, write_table
from tts.errors import CheckpointError, ConfigError, DataError, TextError
from tts.voice import render as rendering
from tts.voice.synth import MANIFEST, Synthesised, synth
from tts.voice.voice import Voice

TEXTS = {"a1": "a bad cab", "b2": "Dead end.", "c3": "fade"}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    write_table(tmp_path / "in" / "text", TEXTS)
    return tmp_path / "in"


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / MANIFEST).read_text().splitlines()]


def wav_times(out: Path) -> dict[str, int]:
    return {p.stem: p.stat().st_mtime_ns for p in (out / "wav").iterdir()}


def run(texts: Path, out: Path, acoustic: Path, vocoder: Path, seed: int = 0) -> Synthesised:
    return synth(texts, out, acoustic, vocoder, seed=seed, precision="float32", device="cpu")


def test_what_it_writes(
    texts: Path, acoustic: Path, vocoder: Path, voice: Voice, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(texts, out, acoustic, vocoder, seed=3)
    assert (done.n_spoken, done.n_skipped) == (3, 0)
    assert [row["id"] for row in rows(out)] == list(TEXTS)
    for row in rows(out):
        samples, rate_hz = io.read(out / "wav" / f"{row['id']}.wav")
        expected = voice.say(TEXTS[row["id"]], seed=3)
        np.testing.assert_allclose(samples, expected.samples, atol=1 / 32768)
        assert rate_hz == row["sample_rate_hz"] == 4000
        assert (row["text"], row["seed"]) == (TEXTS[row["id"]], 3)
        assert row["tokens"] == expected.as_dict()["tokens"]
        assert row["audio_s"] == pytest.approx(len(samples) / 4000)
    assert read_table(out / "wav.scp") == {u: str(out / "wav" / f"{u}.wav") for u in TEXTS}
    assert done.audio_s == pytest.approx(sum(row["audio_s"] for row in rows(out)))
    assert done.rtf == done.wall_s / done.audio_s


def test_it_speaks_as_asked(
    texts: Path, acoustic: Path, vocoder: Path, voice: Voice, tmp_path: Path
) -> None:
    how = {"speed": 2.0, "temperature": 0.0}
    options = {"precision": "float32", "device": "cpu", **how}
    synth(texts, tmp_path / "out", acoustic, vocoder, **options)
    for name, text in TEXTS.items():
        samples, _ = io.read(tmp_path / "out" / "wav" / f"{name}.wav")
        np.testing.assert_allclose(samples, voice.say(text, **how).samples, atol=1 / 32768)
    assert run(texts, tmp_path / "out", acoustic, vocoder).n_spoken == 3  # another request


def test_a_table_alone_will_do(texts: Path, acoustic: Path, vocoder: Path, tmp_path: Path) -> None:
    assert run(texts / "text", tmp_path / "out", acoustic, vocoder).n_spoken == 3


def test_it_goes_on_where_it_was_killed(
    texts: Path,
    acoustic: Path,
    vocoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, render = tmp_path / "out", rendering.render
    options = {"precision": "float32", "device": "cpu", "batch": 1}
    synth(texts, tmp_path / "whole", acoustic, vocoder, **options)

    def dying(voice: Voice, jobs: Sequence[rendering.Job], **how: Any) -> Any:
        if jobs[0].tokens.text == TEXTS["c3"]:
            raise KeyboardInterrupt
        return render(voice, jobs, **how)

    monkeypatch.setattr("tts.voice.synth.render", dying)
    with pytest.raises(KeyboardInterrupt):
        synth(texts, out, acoustic, vocoder, **options)
    with (out / MANIFEST).open("a") as file:
        file.write('{"id": "c3", "te')  # killed while it wrote
    before = wav_times(out)
    monkeypatch.undo()
    done = synth(texts, out, acoustic, vocoder, **options)
    assert (done.n_spoken, done.n_skipped) == (1, 2)
    after = wav_times(out)
    assert {u: after[u] for u in before} == before
    unlike = ("wall_s", "rtf")
    for ours, whole in zip(rows(out), rows(tmp_path / "whole"), strict=True):
        assert {**ours, **dict.fromkeys(unlike)} == {**whole, **dict.fromkeys(unlike)}


def test_nothing_is_done_twice(texts: Path, acoustic: Path, vocoder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(texts, out, acoustic, vocoder)
    before = wav_times(out), rows(out)
    done = run(texts, out, acoustic, vocoder)
    assert (done.n_spoken, done.n_skipped, done.audio_s, done.rtf) == (0, 3, 0, 0)
    assert (wav_times(out), rows(out)) == before


def test_what_changed_is_spoken_again(
    texts: Path, acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(texts, out, acoustic, vocoder)
    write_table(texts / "text", {**TEXTS, "a1": "a cab"})
    assert run(texts, out, acoustic, vocoder).n_spoken == 1
    (out / "wav" / "b2.wav").unlink()
    assert run(texts, out, acoustic, vocoder).n_spoken == 1
    assert run(texts, out, acoustic, vocoder, seed=1).n_spoken == 3
    os.utime(next((vocoder / "checkpoints").iterdir()))  # as if trained on
    assert run(texts, out, acoustic, vocoder, seed=1).n_spoken == 3
    write_table(texts / "text", {"a1": "a cab"})
    assert run(texts, out, acoustic, vocoder, seed=1).n_skipped == 1
    assert [row["id"] for row in rows(out)] == ["a1"]


def test_speakers_of_the_data_dir(texts: Path, vocoder: Path, tmp_path: Path) -> None:
    acoustic = save_acoustic(tmp_path / "exp", speakers=("anna", "bert"))
    write_table(texts / "utt2spk", {"a1": "bert", "b2": "anna", "c3": "carl"})
    run(texts, tmp_path / "out", acoustic, vocoder)
    assert [row["speaker"] for row in rows(tmp_path / "out")] == ["bert", "anna", None]
    voice = Voice.load(acoustic, vocoder, precision="float32", device="cpu")
    samples, _ = io.read(tmp_path / "out" / "wav" / "a1.wav")
    expected = voice.say(TEXTS["a1"], speaker="bert").samples
    np.testing.assert_allclose(samples, expected, atol=1 / 32768)


def test_a_text_that_cannot_be_spoken_does_not_keep_the_others(
    texts: Path, acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    write_table(texts / "text", {**TEXTS, "b2": "?!", "d4": "[pause long] a bad cab"})
    options = {"precision": "float32", "device": "cpu", "batch": 2}
    message = (
        r"in/text: 2 of 4 texts not spoken, all others are: b2: nothing to speak in '\?!'; .*; "
        "d4: line 1, column 1: a pause of 'long'"
    )
    with pytest.raises(TextError, match=message):
        synth(texts, tmp_path / "out", acoustic, vocoder, **options)
    assert [row["id"] for row in rows(tmp_path / "out")] == ["a1", "c3"]
    assert list(read_table(tmp_path / "out" / "wav.scp")) == ["a1", "c3"]
    write_table(texts / "text", TEXTS)
    done = synth(texts, tmp_path / "out", acoustic, vocoder, **options)
    assert (done.n_spoken, done.n_skipped) == (1, 2)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_batches_and_workers_are_as_one_by_one(
    acoustic: Path, vocoder: Path, tmp_path: Path, precision: str
) -> None:
    words = ("a", "bad", "cab", "dead", "fade", "cafe. Decade")
    texts = {f"u{i}": " ".join(words[: i % 6 + 1]) + "." for i in range(9)}
    write_table(tmp_path / "text", texts)
    voice = Voice.load(acoustic, vocoder, precision=precision, device="cpu")
    ways = {"one": {}, "batch": {"batch": 4}}
    if precision == "float32":
        ways["two"] = {"workers": 2}
    for name, options in ways.items():
        synth(
            tmp_path / "text", tmp_path / name, acoustic, vocoder,
            precision=precision, device="cpu", **options,
        )  # fmt: skip
        assert [row["id"] for row in rows(tmp_path / name)] == list(texts)
        for utterance, text in texts.items():
            samples, _ = io.read(tmp_path / name / "wav" / f"{utterance}.wav")
            expected = voice.say(text).samples
            if (name, precision) == ("batch", "bfloat16"):  # asked for; it rounds otherwise
                assert len(samples) == len(expected)
                continue
            np.testing.assert_allclose(samples, expected, atol=1.01 / 32768)


def test_numbers_that_make_no_sense(texts: Path, acoustic: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="workers 0"):
        synth(texts, tmp_path / "out", acoustic, workers=0)


@pytest.mark.parametrize("name", ["../b2", "a/b", ".b2"])
def test_names_that_would_leave_the_folder(
    texts: Path, acoustic: Path, vocoder: Path, tmp_path: Path, name: str
) -> None:
    write_table(texts / "text", {name: "a bad cab"})
    with pytest.raises(DataError, match="makes no file name"):
        run(texts, tmp_path / "out", acoustic, vocoder)
    assert not (tmp_path / "out").exists()


def test_a_voice_that_cannot_be_used_leaves_nothing(
    texts: Path, acoustic: Path, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError):
        run(texts, tmp_path / "out", acoustic, tmp_path / "nowhere")
    assert not (tmp_path / "out").exists()


def test_a_full_disk(
    texts: Path,
    acoustic: Path,
    vocoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(texts, tmp_path / "out", acoustic, vocoder)
    write_table(texts / "text", {**TEXTS, "d4": "decade"})
    opened = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if mode == "a":
            raise OSError(28, "No space left on device")
        return opened(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DataError, match=r"manifest\.jsonl: cannot be written \(No space left"):
        run(texts, tmp_path / "out", acoustic, vocoder)
    assert len(rows(tmp_path / "out")) == 3


def test_another_vocoder_is_another_request(
    texts: Path, acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(texts, out, acoustic, vocoder)
    assert run(texts, out, acoustic, save_vocoder(tmp_path / "v")).n_spoken == 3


def test_a_lexicon_counts_as_part_of_the_request(
    acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("u1 a cab\n")
    words = tmp_path / "words.tsv"
    words.write_text("cab\td e a d\n")
    options = {"precision": "float32", "device": "cpu"}

    def spoken(lexicon: Path | None) -> tuple[int, list[str]]:
        done = synth(
            tmp_path / "text", tmp_path / "out", acoustic, vocoder, lexicon=lexicon, **options
        )
        row = json.loads((tmp_path / "out" / "manifest.jsonl").read_text())
        return done.n_spoken, [token["text"] for token in row["tokens"]]

    assert spoken(words) == (1, ["a", "<space>", *"dead"])
    assert spoken(words)[0] == 0
    assert spoken(None) == (1, ["a", "<space>", *"cab"])
