"""LJSpeech's download: checked, resumed, unpacked whole; on a local archive of two wavs."""

import hashlib
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "egs" / "ljspeech" / "local" / "download.sh"

NOWHERE = "file:///nowhere/LJSpeech-1.1.tar.bz2"

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="reads file:// through curl")


@pytest.fixture
def download(tmp_path):
    """Calls a copy of the script that knows another address, checksum and count."""
    layout = tmp_path / "made" / "LJSpeech-1.1"
    (layout / "wavs").mkdir(parents=True)
    (layout / "metadata.csv").write_text("a|x|x\nb|y|y\n")
    for name in "ab":
        (layout / "wavs" / f"{name}.wav").write_bytes(name.encode() * 5000)
    archive = tmp_path / "LJSpeech-1.1.tar.bz2"
    with tarfile.open(archive, "w:bz2") as tar:
        tar.add(layout, "LJSpeech-1.1")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    facts = {"url": archive.as_uri(), "sha256": digest, "n_utterances": "2"}

    def call(**changed: str) -> subprocess.CompletedProcess:
        text = SCRIPT.read_text()
        for name, value in {**facts, **changed}.items():
            text, n = re.subn(rf"(?m)^readonly {name}=.*$", f"readonly {name}={value}", text)
            assert n == 1
        (tmp_path / "download.sh").write_text(text)
        corpus = tmp_path / "downloads" / "LJSpeech-1.1"
        command = ["bash", tmp_path / "download.sh", corpus]
        return subprocess.run(command, capture_output=True, text=True)

    call.folder, call.archive = tmp_path / "downloads", archive
    return call


def test_the_corpus_is_unpacked_and_a_second_call_does_nothing(download):
    assert download().returncode == 0
    assert (download.folder / "LJSpeech-1.1/wavs/b.wav").stat().st_size == 5000
    assert sorted(p.name for p in download.folder.iterdir()) == [
        "LJSpeech-1.1",
        "LJSpeech-1.1.tar.bz2",
    ]
    assert download(url=NOWHERE).returncode == 0


def test_a_broken_download_is_resumed(download):
    download.folder.mkdir()
    part = download.folder / "LJSpeech-1.1.tar.bz2.part"
    part.write_bytes(download.archive.read_bytes()[:100])
    assert download().returncode == 0
    assert (download.folder / "LJSpeech-1.1/metadata.csv").exists()


def test_a_whole_download_that_was_not_renamed_is_taken(download):
    download.folder.mkdir()
    shutil.copy(download.archive, download.folder / "LJSpeech-1.1.tar.bz2.part")
    assert download(url=NOWHERE).returncode == 0


def test_another_checksum_is_refused_and_the_file_removed(download):
    done = download(sha256="0" * 64)
    assert done.returncode == 1 and "checksum" in done.stderr
    assert list(download.folder.iterdir()) == []


def test_an_address_that_does_not_answer_says_how_to_go_on(download):
    done = download(url=NOWHERE)
    assert done.returncode == 1
    assert "call again to go on, or give a copy with --corpus-dir" in done.stderr


def test_a_folder_of_something_else_is_refused(download):
    (download.folder / "LJSpeech-1.1").mkdir(parents=True)
    done = download()
    assert done.returncode == 1 and "no LJSpeech" in done.stderr
