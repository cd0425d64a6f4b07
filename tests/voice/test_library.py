"""Voices that can be called by name."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from tts.errors import CheckpointError
from tts.voice import library
from tts.voice.pack import CARD, pack


@pytest.fixture
def shelves(acoustic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders of voices; both hold an `anna`."""
    first, second = tmp_path / "first", tmp_path / "second"
    for voice in (first / "anna", second / "anna", second / "bert"):
        voice.parent.mkdir(exist_ok=True)
        pack(acoustic, voice)
    monkeypatch.setenv(library.FOLDERS_VARIABLE, os.pathsep.join(map(str, (first, second))))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(library, "PACKAGED", tmp_path / "packaged")
    return first, second


def test_the_first_folder_wins(shelves: tuple[Path, Path]) -> None:
    first, second = shelves
    names = {voice.name: voice.folder for voice in library.installed()}
    assert names == {"anna": first / "anna", "bert": second / "bert"}
    assert library.installed()[0].sample_rate_hz == 4000
    assert library.find_voice("bert") == second / "bert"


def test_the_users_data_folder_comes_next(shelves: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "data" / "wavebridge").mkdir(parents=True)
    (shelves[0]).rename(tmp_path / "data" / "wavebridge" / "voices")
    assert library.find_voice("anna") == shelves[1] / "anna"
    assert library.folders()[2] == tmp_path / "data" / "wavebridge" / "voices"


def test_a_path_comes_before_a_name(
    shelves: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "anna").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert library.find_voice("anna") == Path("anna")


def test_a_name_that_is_not_known(shelves: tuple[Path, Path]) -> None:
    with pytest.raises(CheckpointError, match="voices that can be named: anna, bert"):
        library.find_voice("carl")


def test_one_damaged_voice_does_not_hide_the_others(
    shelves: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    (shelves[0] / "anna" / CARD).write_text("{")
    with caplog.at_level(logging.WARNING):
        assert library.find_voice("anna") == shelves[1] / "anna"
    assert "not a voice" in caplog.text
