"""A file holds its old content or its new one, whatever happens in between."""

import errno
from pathlib import Path

import pytest

from tts.errors import DataError
from tts.files import replacing, write_bytes, write_text


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "one")
    write_bytes(path, b"zwei \xc3\xa4")
    assert path.read_text(encoding="utf-8") == "zwei ä"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_keeps_the_old_file_and_leaves_nothing(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(self: Path, content: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match=r"a\.txt: cannot be written \(No space left on device\)"):
        write_text(tmp_path / "a.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"make the folder .*nowhere first"):
        write_text(tmp_path / "nowhere" / "a.txt", "new")


def test_others_may_read_what_an_ordinary_file_would_let_them(tmp_path):
    (tmp_path / "ordinary").touch()
    with replacing(tmp_path / "made") as temporary:
        temporary.touch(0o600)
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "ordinary").stat().st_mode
