"""Voices on the Hub, which is a folder here: what is fetched, what is pushed, what is refused."""

from __future__ import annotations

import fnmatch
import shutil
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import tts
from tts.errors import CheckpointError, ConfigError
from tts.voice import hub, library, pack
from tts.voice.voice import Voice


class NetworkError(Exception):
    """Of the library that the package goes through."""


class Errors:
    """The errors of huggingface_hub, with its inheritance."""

    class HfHubHTTPError(NetworkError, OSError):
        pass

    class RepositoryNotFoundError(HfHubHTTPError):
        pass

    class RevisionNotFoundError(HfHubHTTPError):
        pass

    class LocalEntryNotFoundError(FileNotFoundError):
        pass

    class HFValidationError(ValueError):
        pass


class Api:
    """Repositories are folders under `root`."""

    root: Path

    def create_repo(self, repo: str, *, exist_ok: bool) -> None:
        if repo.startswith("others/"):
            raise Errors.HfHubHTTPError("403 Forbidden: not yours\nRequest ID: 1")
        (self.root / repo).mkdir(parents=True, exist_ok=exist_ok)

    def upload_folder(self, *, repo_id: str, folder_path: str, allow_patterns: list[str]) -> None:
        copy(Path(folder_path), self.root / repo_id, allow_patterns)


def copy(source: Path, to: Path, patterns: list[str]) -> None:
    for path in source.rglob("*"):
        name = path.relative_to(source)
        if path.is_file() and any(fnmatch.fnmatch(str(name), p) for p in patterns):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to / name)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Hub in a folder; returns the folder."""
    module: Any = types.ModuleType("huggingface_hub")
    root = Api.root = tmp_path / "hub"

    def snapshot_download(repo: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        raised = {
            "down/voice": NetworkError("connection refused"),
            "gone/voice": Errors.LocalEntryNotFoundError("no"),
            "odd/voice": Errors.HFValidationError("Repo id must not be odd"),
        }
        if repo in raised:
            raise raised[repo]
        if not (root / repo).is_dir():
            raise Errors.RepositoryNotFoundError("404")
        if revision not in (None, "main", "v1.0"):
            raise Errors.RevisionNotFoundError("404")
        to = tmp_path / "cache" / repo / (revision or "main")
        copy(root / repo, to, allow_patterns)
        return str(to)

    module.snapshot_download, module.HfApi = snapshot_download, Api
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", Errors)
    return root


def test_a_voice_goes_there_and_back(
    acoustic: Path, vocoder: Path, tmp_path: Path, fake: Path
) -> None:
    words = ("pack", acoustic, "--vocoder", vocoder, "-o", tmp_path / "anna")
    ended = tts(*words, "--push", "org/anna")
    assert ended.status == 0, ended.err
    assert "hf://org/anna: pushed" in ended.out
    (fake / "org" / "anna" / "evil.pt").write_bytes(b"pickle")
    (fake / "org" / "anna" / "evil.py").write_text("import os")
    for name in ("hf://org/anna", "hf://org/anna@v1.0"):
        folder = library.find_voice(name)
        sent = {p.name: p.read_bytes() for p in (tmp_path / "anna").iterdir()}
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == sent
    options = {"precision": "float32", "device": "cpu"}
    here, there = (Voice.load(v, **options) for v in (tmp_path / "anna", "hf://org/anna"))
    assert (here.say("a bad cab").samples == there.say("a bad cab").samples).all()
    assert tts("say", "fade", "--voice", "hf://org/anna", "-o", tmp_path / "a.wav").status == 0


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("hf://anna", ConfigError, "expected hf://ORG/NAME"),
        ("hf://org/anna/x", ConfigError, "expected hf://ORG/NAME"),
        ("hf://org/anna@", ConfigError, "expected hf://ORG/NAME"),
        ("hf://org/nobody", CheckpointError, "not on the Hub, or not for you to see"),
        ("hf://org/bert@v9", CheckpointError, "no such revision"),
        ("hf://gone/voice", CheckpointError, "not in the cache, and the Hub cannot be reached"),
        ("hf://down/voice", CheckpointError, "the Hub says: connection refused"),
        ("hf://odd/voice", CheckpointError, "the Hub says: Repo id must not be odd"),
        ("hf://org/bert", CheckpointError, "holds no voice.json"),
    ],
)
def test_what_cannot_be_fetched(
    fake: Path, name: str, error: type[Exception], message: str
) -> None:
    (fake / "org" / "bert").mkdir(parents=True)
    (fake / "org" / "bert" / "README.md").write_text("# Bert\n")
    with pytest.raises(error, match=message) as refused:
        library.find_voice(name)
    assert "\n" not in str(refused.value)


def test_what_cannot_be_pushed(acoustic: Path, tmp_path: Path, fake: Path) -> None:
    packed = pack.pack(acoustic, tmp_path / "anna")
    with pytest.raises(CheckpointError, match="others/anna: the Hub says: 403 Forbidden"):
        hub.push(packed, "others/anna")
    with pytest.raises(CheckpointError, match="not a packed voice"):
        hub.push(acoustic, "org/anna")
    ended = tts("pack", acoustic, "-o", tmp_path / "b", "--push", "anna")
    assert ended.status == 1 and "expected the name of a repository" in ended.err
    assert not (tmp_path / "b").exists()


def test_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for act in (lambda: hub.fetch("hf://org/anna"), lambda: hub.check_repo("org/anna")):
        with pytest.raises(ConfigError, match=r"huggingface_hub .*wavebridge\[hub\].*folder"):
            act()
