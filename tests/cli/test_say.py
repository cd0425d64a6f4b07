"""`tts say`: where the text comes from and where the speech goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import tts as package
from tests.cli.runner import Ended, tts
from tts.audio.io import pcm16
from tts.voice import library
from tts.voice.pack import pack
from tts.voice.voice import Voice

LONG = "A bad cab. Dead end.\n\n" * 200  # more than is spoken in one go


@pytest.fixture
def words(acoustic: Path, vocoder: Path) -> tuple[object, ...]:
    return "--voice", acoustic, "--vocoder", vocoder, "--precision", "float32"


def fine(*words: object, **options: bytes) -> Ended:
    ended = tts(*words, **options)
    assert ended.status == 0, ended.err
    return ended


def line(*words: object, **options: bytes) -> str:
    """The one line of a refusal."""
    ended = tts(*words, **options)
    assert ended.status == 1 and ended.out == "" and ended.err.count("\n") == 1, ended
    return ended.err


def test_from_a_file(here: Path, words: tuple[object, ...]) -> None:
    Path("t.txt").write_text("A bad cab.\n\nDead end.\n", encoding="utf-8-sig")
    fine("say", "--file", "t.txt", *words, "-o", "a.npy")
    fine("say", "A bad cab.\n\nDead end.\n", *words, "-o", "b.npy")
    assert np.array_equal(np.load("a.npy"), np.load("b.npy"))


def test_a_long_text_goes_by_paragraphs(here: Path, words: tuple[object, ...]) -> None:
    Path("t.txt").write_text(LONG[:5000])
    read = json.loads(fine("say", "--file", "t.txt", *words, "-o", "a.wav", "--json").out)
    assert read["files"] == ["a.wav"] and read["n_sentences"] == 400 and read["n_resumed"] == 0
    fine("say", "-", *words, "-o", "b.wav", stdin=LONG[:5000].encode())
    fine("say", LONG[:5000], *words, "-o", "c.wav")
    contents = {Path(name).read_bytes() for name in ("a.wav", "b.wav", "c.wav")}
    assert len(contents) == 1 and sorted(p.name for p in here.iterdir()) == [
        *("a.wav", "b.wav", "c.wav", "t.txt")
    ]


def test_chapters(here: Path, words: tuple[object, ...]) -> None:
    Path("t.txt").write_text("# One\nA bad cab.\n# Two\nDead end.\n")
    ended = fine("say", "--file", "t.txt", *words, "--split", "headings", "--times", "srt")
    names = ["out-001-one.srt", "out-001-one.wav", "out-002-two.srt", "out-002-two.wav"]
    assert sorted(path.name for path in here.iterdir()) == [*names, "t.txt"]
    assert ended.out.splitlines()[0] == "out-001-one.wav" and "RTF" in ended.out
    for wrong in (("--stream",), ("--times", "x.srt")):
        line("say", "--file", "t.txt", *words, "--split", "gaps", *wrong)


@pytest.mark.parametrize("kind", ["srt", "vtt", "json", "TextGrid"])
def test_times(here: Path, words: tuple[object, ...], kind: str) -> None:
    fine("say", "A bad cab.", *words, "--times", kind)
    fine("say", "A bad cab.", *words, "--times", f"x.{kind}")
    assert Path(f"out.{kind}").read_bytes() == Path(f"x.{kind}").read_bytes() != b""
    assert "no kind of times" in line("say", "A bad cab.", *words, "--times", "lrc")


def test_a_picture(here: Path, words: tuple[object, ...]) -> None:
    fine("say", "A bad cab.", *words, "-o", "a.wav", "--plot", "a.png")
    assert Path("a.png").read_bytes()[:4] == b"\x89PNG"
    assert "png" in line("say", "A bad cab.", *words, "--plot", "a.gif")
    assert "-o" in line("say", "A bad cab.", *words, "--stream", "--plot", "a.png")
    assert "short" in line("say", LONG[:5000], *words, "-o", "b.wav", "--plot", "b.png")


def test_pauses(here: Path, words: tuple[object, ...]) -> None:
    text = "a bad cab. Dead.\n\nEnd."
    lengths = []
    for pause in (0, 1):
        options = ("--pause", pause, "--paragraph-pause", 2 * pause, "--json")
        lengths.append(json.loads(fine("say", text, *words, *options).out)["audio_s"])
    assert lengths[1] == pytest.approx(lengths[0] + 3, abs=1e-3)
    assert "pause_s 99.0: expected 0 to 20" in line("say", text, *words, "--pause", 99)


def test_playing(here: Path, words: tuple[object, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "bin").mkdir()
    monkeypatch.setenv("PATH", str(here / "bin"))
    monkeypatch.setattr("tts.audio.player._sounddevice", lambda: None)
    assert "nothing here can play sound" in line("say", "a cab", *words, "--play")
    player = here / "bin" / "aplay"
    player.write_text("#!/bin/bash\n/bin/cat > heard\n")
    player.chmod(0o755)
    ended = fine("say", "a cab", *words, "--play")
    assert ended.out.startswith("played: ") and not Path("out.wav").exists()
    fine("say", "a cab", *words, "--play", "-o", "a.npy")
    assert Path("heard").read_bytes() == pcm16(np.load("a.npy")).tobytes()


def test_the_voice_that_is_installed(
    here: Path, acoustic: Path, vocoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "folders", lambda: [here / "voices", here / "none"])
    assert "no voice is installed; put a packed one into" in line("say", "a cab")
    pack(acoustic, here / "voices" / "anna", vocoder)
    fine("say", "a cab")
    assert Path("out.wav").is_file()


@pytest.mark.parametrize("given", [[], ["a", "--file", "t.txt"], ["a", "--split", "never"]])
def test_wrong_usage(here: Path, words: tuple[object, ...], given: list[str]) -> None:
    assert tts("say", *given, *words).status == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--file", "no.txt"], "no.txt: cannot be read"),
        (["--file", "."], "cannot be read"),
        (["--file", "latin1.txt"], "latin1.txt: not UTF-8; convert it"),
        (["--file", "empty.txt"], "nothing to speak"),
        (["a", "-o", "a.xyz"], "cannot write .xyz"),
        (["a", "-o", "no/a.wav"], "make the folder no first"),
        (["", "-o", "a.wav"], "nothing to speak"),
        (["a", "--stream", "--times", "srt"], "beside which file?"),
        (["a", "--speaker", "carl"], "speaker 'carl'"),
    ],
)
def test_what_cannot_be(
    here: Path, words: tuple[object, ...], given: list[str], message: str
) -> None:
    Path("latin1.txt").write_bytes(b"caf\xe9")
    Path("empty.txt").write_bytes(b"")
    assert message in line("say", *given, *words)
    assert not Path("a.wav").exists()


def start(*words: object, **options: object) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    code = "import torch; torch.set_num_threads(1); from tts.cli.main import main; main()"
    root = str(Path(package.__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        **options,
    )


def test_a_stream_down_a_pipe_and_one_that_breaks(
    here: Path, words: tuple[object, ...], acoustic: Path, vocoder: Path
) -> None:
    whole = start("say", LONG[:300], *words, "--stream")
    broken = start("say", LONG, *words, "--stream")
    assert broken.stdout is not None and len(broken.stdout.read(512)) == 512
    broken.stdout.close()  # as `| head` does
    samples, error = whole.communicate(timeout=120)
    voice = Voice.load(acoustic, vocoder, precision="float32", device="cpu")
    assert whole.returncode == 0 and error == b""
    assert samples == pcm16(voice.say(LONG[:300]).samples).tobytes()
    assert broken.wait(timeout=120) == 1
    assert broken.stderr is not None and broken.stderr.read() == b""
    assert list(here.iterdir()) == []


def test_a_book_that_is_killed(here: Path, words: tuple[object, ...]) -> None:
    Path("t.txt").write_text(LONG * 10)
    command = ("say", "--file", "t.txt", *words, "-o", "a.wav", "--json")
    process = start(*command)
    journal = here / ".a.wav.work" / "journal.jsonl"
    waited = time.monotonic()
    while not (journal.is_file() and journal.stat().st_size > 2000):
        assert process.poll() is None and time.monotonic() - waited < 120
        time.sleep(0.02)
    process.kill()
    process.wait()
    Path("t.txt").write_text(LONG[:5000])  # which begins as before
    read = json.loads(fine(*command).out)
    assert 0 < read["n_resumed"] <= read["n_sentences"]
    fine("say", "--file", "t.txt", *words, "-o", "b.wav")
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()
    assert sorted(path.name for path in here.iterdir()) == ["a.wav", "b.wav", "t.txt"]
