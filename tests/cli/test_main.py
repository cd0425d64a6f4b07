"""The command as a whole: help, version, exit codes, the trace, and how fast it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import tts as package
from tests.cli.runner import tts
from tts.cli.main import app
from tts.errors import CheckpointError

VERBS = sorted(typer.main.get_command(app).commands)


def real(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    code = "from tts.cli.main import main; main()"
    root = str(Path(package.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
        timeout=120,
        **options,
    )


def test_help_names_every_verb() -> None:
    ended = tts("--help")
    assert ended.status == 0 and ended.err == ""
    for verb in VERBS:
        assert f"  {verb} " in ended.out
    assert len(VERBS) == 23
    assert "--debug" in ended.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    ended = tts(verb, "--help")
    assert ended.status == 0 and ended.out.startswith(f"Usage: tts {verb} ")


def test_version() -> None:
    assert tts("--version") == tts("--version", "say")
    assert tts("--version").out == f"{package.__version__}\n"


@pytest.mark.parametrize(
    "words", [["nope"], ["say"], ["synth", "x"], ["vocode", "a.wav"], ["--nope"], ["data", "nope"]]
)
def test_wrong_usage_is_2(words: list[str]) -> None:
    ended = tts(*words)
    assert ended.status == 2 and ended.out == "" and ended.err.startswith("Usage: tts")


def test_an_error_is_one_line_and_1() -> None:
    ended = tts("say", "Hello.", "--voice", "nowhere")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("tts: nowhere: no such voice") and ended.err.count("\n") == 1


@pytest.mark.parametrize("place", [0, 2, 4])
def test_debug_shows_the_trace_wherever_it_stands(place: int) -> None:
    words = ["say", "Hello.", "--voice", "nowhere"]
    words.insert(place, "--debug")
    with pytest.raises(CheckpointError):
        tts(*words)


def test_debug_behind_two_dashes_is_text() -> None:
    assert tts("say", "--voice", "nowhere", "--", "--debug").status == 1


def test_errors_of_the_system_are_one_line_too(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "out/x")

    monkeypatch.setattr("tts.voice.library.installed", full)
    assert tts("voices").err == "tts: out/x: No space left on device\n"


def test_the_real_command(tmp_path: Path) -> None:
    ended = real("say", "Hello.", "--voice", "nowhere", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("tts: nowhere: no such voice")
    shown = real("say", "Hello.", "--voice", "nowhere", "--debug", cwd=tmp_path)
    assert shown.returncode == 1 and "Traceback" in shown.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "from tts.cli.main import main; main()"
    root = str(Path(package.__file__).parent.parent)
    shell = f'"{sys.executable}" -c "{code}" --help | true; echo "${{PIPESTATUS[0]}}"'
    ended = subprocess.run(
        ["bash", "-c", shell],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
        timeout=60,
    )
    assert ended.stderr == "" and ended.stdout.strip() in ("0", "1")


def test_it_starts_at_once() -> None:
    """Nothing heavy is loaded for --help, whose time is mostly Python's own."""
    heavy = {"torch", "numpy", "scipy", "librosa", "pydantic", "soundfile"}
    code = f"import sys; from tts.cli.main import app; print(sorted({heavy!r} & set(sys.modules)))"
    root = str(Path(package.__file__).parent.parent)
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
        timeout=60,
    )
    assert loaded.stdout.strip() == "[]"
