"""The sentences of the stand-in corpus."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "egs" / "standin" / "local" / "sentences.py"
SPOKEN = [f"Sentence {word} of the corpus." for word in ("one", "two", "three", "four", "five")]


def sentences(source: Path, out: Path, *options: str) -> list[str]:
    subprocess.run([sys.executable, SCRIPT, source, out, *options], check=True)
    return out.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    rows = [f"LJ-{i}|{i} raw|{text}\n" for i, text in enumerate(SPOKEN)]
    rows += ["LJ-6|In 1850.|In 1850.\n", "LJ-7|“Café.”|“Café.”\n", f"LJ-8|x|{'long ' * 60}\n"]
    file = tmp_path / "metadata.csv"
    file.write_text("".join(rows), encoding="utf-8")
    return file


def test_whole_sentences_come_once_with_prompts_between(metadata: Path, tmp_path: Path) -> None:
    lines = sentences(metadata, tmp_path / "out.txt")
    whole = [line for line in lines if line in {*SPOKEN, '"Cafe."'}]
    assert sorted(whole) == sorted([*SPOKEN, '"Cafe."'])
    prompts = [line for line in lines if line not in whole]
    assert [lines.index(prompt) for prompt in prompts] == [3, 7]
    assert all(len(prompt.split()) <= 5 for prompt in prompts)


def test_the_order_depends_on_the_seed_alone(metadata: Path, tmp_path: Path) -> None:
    first = sentences(metadata, tmp_path / "a.txt")
    assert first == sentences(metadata, tmp_path / "b.txt", "--seed", "0")
    assert first != sentences(metadata, tmp_path / "c.txt", "--seed", "1")


def test_gzipped_and_plain_texts(tmp_path: Path) -> None:
    plain, packed = tmp_path / "text.txt", tmp_path / "text.txt.gz"
    plain.write_text("\n".join(SPOKEN))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert sentences(plain, tmp_path / "a.txt") == sentences(packed, tmp_path / "b.txt")


def test_a_source_without_plain_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "digits.txt").write_text("1850\n")
    command = [sys.executable, SCRIPT, tmp_path / "digits.txt", tmp_path / "out.txt"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no line is plain text" in done.stderr
    assert not (tmp_path / "out.txt").exists()
