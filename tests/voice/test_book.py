"""Long texts: what is written, and that a run that was killed ends as an unbroken one."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.voice.test_times import read_textgrid
from tts.audio.io import pcm16
from tts.errors import DataError, TextError, TTSError
from tts.voice import book as reading
from tts.voice.book import Read, read_aloud
from tts.voice.voice import Voice
from tts.voice.work import Work

TEXT = """CHAPTER I

A bad cab. Dead end,
a fade.
[pause 0.3s]

[pause 1s]

Dead [pause 0.2s] face. Bed.


Chapter 2: A bee

A deaf bee, a bad cafe. Fade [pause 0.1s]
"""
N_SENTENCES = 9


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "book.txt").write_text(TEXT)
    return tmp_path / "book.txt"


def samples_of(path: Path | str) -> np.ndarray:
    return soundfile.read(path, dtype="int16")[0]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_what_say_makes_of_the_text(voice: Voice, book: Path) -> None:
    out = book.with_name("a.wav")
    read = read_aloud(voice, book, out, seed=3, speed=1.25)
    said = voice.say(TEXT, seed=3, speed=1.25)
    assert np.array_equal(samples_of(out), pcm16(said.samples))
    assert read.files == (str(out),) and read.n_sentences == N_SENTENCES
    assert read.audio_s == said.audio_s and read.rtf == pytest.approx(read.wall_s / read.audio_s)
    assert names(book.parent) == ["a.wav", "book.txt"]


@pytest.mark.parametrize("kind", ["flac", "npy", "wav"])
def test_lines_of_stdin_and_other_formats(voice: Voice, tmp_path: Path, kind: str) -> None:
    out, said = tmp_path / f"a.{kind}", voice.say(TEXT).samples
    read_aloud(voice, io.StringIO(TEXT), out)
    if kind == "npy":
        assert np.array_equal(np.load(out), said)
    else:
        assert np.array_equal(samples_of(out), pcm16(said))
    assert names(tmp_path) == [out.name]


class Killed(BaseException):
    """As a signal would end it."""


def killed_after(monkeypatch: pytest.MonkeyPatch, n: int, half_a_line: bool = False) -> None:
    """The next run dies at its sentence `n`, perhaps with half of its samples and line written."""
    add, done = Work.add, [0]

    def dying(self: Work, row: Any, samples: np.ndarray, sentence: Any) -> None:
        if done[0] == n:
            if half_a_line:
                add(self, row, samples[:7], sentence)
                content = self._journal.read_bytes()
                self._journal.write_bytes(content[:-9])
            raise Killed
        done[0] += 1
        add(self, row, samples, sentence)

    monkeypatch.setattr(Work, "add", dying)


def read_all(voice: Voice, book: Path, out: Path, **options: Any) -> Read:
    return read_aloud(voice, book, out, times="TextGrid", **options)


@pytest.mark.parametrize("split", [None, "headings", "gaps"])
@pytest.mark.parametrize("half_a_line", [False, True])
@pytest.mark.parametrize("n", [0, 1, 4, 7])
def test_killed_and_taken_up_again(
    voice: Voice,
    book: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    split: Any,
    half_a_line: bool,
    n: int,
) -> None:
    whole, again = tmp_path / "whole", tmp_path / "again"
    for folder in (whole, again):
        folder.mkdir()
    unbroken = read_all(voice, book, whole / "a.wav", split=split)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed_after(patch, n, half_a_line)
        read_all(voice, book, again / "a.wav", split=split)
    assert (again / ".a.wav.work").is_dir() and not (again / "a.wav").exists()
    resumed = read_all(voice, book, again / "a.wav", split=split)
    assert (resumed.n_sentences, resumed.n_resumed) == (N_SENTENCES, n)
    assert resumed.audio_s == unbroken.audio_s
    assert names(again) == names(whole)
    for name in names(whole):
        assert (again / name).read_bytes() == (whole / name).read_bytes(), name


def test_what_is_split_where(voice: Voice, book: Path) -> None:
    out = book.with_name("a.wav")
    read = read_aloud(voice, book, out, split="headings", times="TextGrid")
    assert [Path(f).name for f in read.files] == [
        "a-001-chapter-i.wav",
        "a-002-chapter-2-a-bee.wav",
    ]
    second = read_textgrid(book.with_name("a-002-chapter-2-a-bee.TextGrid"))["words"]
    assert [t for *_, t in second if t][:4] == ["Chapter", "two", "A", "bee"]
    assert second[0][:1] == (0.0,) and second[0][2] == "Chapter"  # no silence before it
    info = soundfile.info(read.files[1])
    assert second[-1][1] == pytest.approx(info.frames / info.samplerate, abs=1e-5)
    gaps = read_aloud(voice, book, book.with_name("b.wav"), split="gaps")
    assert len(gaps.files) == 2


def test_a_chapter_that_was_written_is_not_spoken_again(
    voice: Voice, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.wav"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed_after(patch, 7)
        read_aloud(voice, book, out, split="headings")
    first = next(tmp_path.glob("a-001*.wav"))
    written = first.stat().st_mtime_ns
    assert names(tmp_path / ".a.wav.work") == ["001.pcm", "journal.jsonl"]
    assert read_aloud(voice, book, out, split="headings").n_resumed == 7
    assert first.stat().st_mtime_ns == written
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed_after(patch, 7)
        read_aloud(voice, book, out, split="headings")
    first.unlink()  # its samples are gone
    assert read_aloud(voice, book, out, split="headings").n_resumed == 0
    assert first.is_file()


def test_what_is_changed_is_spoken_again(
    voice: Voice, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill() -> None:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            killed_after(patch, 8)
            read_aloud(voice, book, tmp_path / "a.wav")

    kill()
    book.write_text(TEXT.replace("Dead [pause", "A dead [pause"))
    read = read_aloud(voice, book, tmp_path / "a.wav")
    assert read.n_resumed == 3  # up to the paragraph that is another
    expected = pcm16(voice.say(book.read_text()).samples)
    assert np.array_equal(samples_of(tmp_path / "a.wav"), expected)
    kill()
    assert read_aloud(voice, book, tmp_path / "a.wav", seed=1).n_resumed == 0
    kill()
    spool = tmp_path / ".a.wav.work" / "000.pcm"
    spool.write_bytes(spool.read_bytes()[:100])  # a disk that lost what was written
    assert read_aloud(voice, book, tmp_path / "a.wav").n_resumed == 0


def test_other_options_begin_anew_and_say_so(
    voice: Voice,
    book: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        killed_after(patch, 5)
        read_aloud(voice, book, tmp_path / "a.wav")
    with caplog.at_level(logging.WARNING):
        read_aloud(voice, book, tmp_path / "a.wav", lexicon={"cab": "b e d"})
    assert "begins anew" in caplog.text


def test_a_mark_that_cannot_be_used_is_mended_without_loss(
    voice: Voice, book: Path, tmp_path: Path
) -> None:
    book.write_text(TEXT + "\nA bad [pause long] cab.\n")
    with pytest.raises(TextError, match=r"from line 16 on: line 1, column 7: a pause of 'long'"):
        read_aloud(voice, book, tmp_path / "a.wav")
    book.write_text(TEXT + "\nA bad cab.\n")
    read = read_aloud(voice, book, tmp_path / "a.wav")
    assert (read.n_resumed, read.n_sentences) == (N_SENTENCES, N_SENTENCES + 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "nothing to speak"),
        (b"* * *\n\n---\n", "nothing to speak"),
        (b"a bad cab\n\ncaf\xe9\n", "not UTF-8; convert it"),
        (None, "no such text file"),
    ],
)
def test_texts_that_cannot_be_read(
    voice: Voice, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "t.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TTSError, match=message):
        read_aloud(voice, path, tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


def test_outputs_that_cannot_be_written(
    voice: Voice, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for out, message in {"a.xyz": "cannot write .xyz", "no/a.wav": "no such folder"}.items():
        with pytest.raises(DataError, match=message):
            read_aloud(voice, book, tmp_path / out)
    with pytest.raises(DataError, match="one file for the times of several"):
        read_aloud(voice, book, tmp_path / "a.wav", split="gaps", times="x.srt")
    opened = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if mode == "ab":
            raise OSError(28, "No space left on device")
        return opened(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DataError, match=r"No space left on device.*goes on where it stopped"):
        read_aloud(voice, book, tmp_path / "a.wav")


def test_ssml_is_read_as_a_whole(voice: Voice, tmp_path: Path) -> None:
    ssml = "<speak>\n<p>A bad cab.</p>\n\n<p>Dead <break time='1s'/> end.</p></speak>"
    read_aloud(voice, io.StringIO(ssml), tmp_path / "a.wav")
    assert np.array_equal(samples_of(tmp_path / "a.wav"), pcm16(voice.say(ssml).samples))


def test_no_more_than_a_paragraph_is_held(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, longest = [], [0]
    scripts = type(voice.frontend).scripts

    def noting(self: Any, text: str, **options: Any) -> Any:
        longest[0] = max(longest[0], len(text))
        return scripts(self, text, **options)

    monkeypatch.setattr(type(voice.frontend), "scripts", noting)

    def lines() -> Any:
        for i in range(30):
            asked.append(i)
            yield "A bad cab. Dead end.\n"
            yield "\n"

    read = read_aloud(voice, lines(), tmp_path / "a.wav")
    assert read.n_sentences == 60 and longest[0] < 30


def test_progress_is_told_where_there_is_no_terminal(
    voice: Voice, book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tts.voice.progress.LINE_S", 0.0)
    read_aloud(voice, book, book.with_name("a.wav"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6 and all("spoken, about 0:00:" in line for line in lines)


def test_the_result_is_plain(voice: Voice, book: Path) -> None:
    read = read_aloud(voice, book, book.with_name("a.wav"))
    assert json.loads(json.dumps(read.as_dict()))["n_sentences"] == N_SENTENCES
    assert reading.Split is not None
