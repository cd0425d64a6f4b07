"""The page of samples, of what comparisons have made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sounds import speech
from tts.audio import io
from tts.errors import TTSError
from tts.report.samples import write_samples

RATE_HZ = 4000


def arena(folder: Path, systems: list[str], utterances: list[str], speaks: bool = True) -> Path:
    """What a comparison leaves behind, as far as samples need it."""
    contenders, sides = [], ("copy", "speech") if speaks else ("copy",)
    (folder / "recordings").mkdir(parents=True)
    for i, utterance in enumerate(utterances):
        io.write(
            folder / "recordings" / f"{utterance}.wav", speech(2.1 + i, rate_hz=RATE_HZ), RATE_HZ
        )
        for name in systems:
            for side in sides:
                (folder / side / name).mkdir(parents=True, exist_ok=True)
                made = speech(1.0, rate_hz=RATE_HZ)
                io.write(folder / side / name / f"{utterance}.wav", made, RATE_HZ)
    for name in systems:
        pesq = {"pesq": {"mean": 2.345, "low": 2.0, "high": 3.0, "n": 4}}
        contenders.append({"name": name, "copy": pesq, "speech": {}})
    files = (f"{u} {folder}/recordings/{u}.wav\n" for u in utterances)
    (folder / "recordings.scp").write_text("".join(files))
    (folder / "text").write_text("".join(f"{u} It says <{u}>.\n" for u in utterances))
    (folder / "arena.json").write_text(json.dumps({"contenders": contenders}))
    return folder


def test_every_system_speaks_the_same_sentences(tmp_path: Path) -> None:
    one = arena(tmp_path / "one", ["a", "b"], ["u1", "u2", "u3", "u9"])
    two = arena(tmp_path / "two", ["c"], ["u2", "u3", "u4", "u9"], speaks=False)
    made = write_samples([one, two], tmp_path / "out", 2)
    assert made.utterances == ("u2", "u3") and made.systems == ("a", "b", "c")
    page = (tmp_path / "out" / "index.html").read_text()
    assert "It says &lt;u2&gt;." in page and "u9" not in page and "2.35" in page
    files = [f.relative_to(tmp_path / "out").as_posix() for f in (tmp_path / "out").rglob("*.ogg")]
    assert len(files) == 2 * (1 + 2 * 2 + 1)
    assert all(f'src="{file}"' in page for file in files) and page.count("<audio") == len(files)
    samples, rate_hz = io.read(tmp_path / "out" / "a" / "speech-1.ogg")
    assert rate_hz == RATE_HZ and len(samples) == pytest.approx(RATE_HZ, rel=0.05)


def test_long_sentences_are_left_out_where_others_are_enough(tmp_path: Path) -> None:
    one = arena(tmp_path / "one", ["a"], [f"u{i}" for i in range(7)])  # 2.1 to 8.1 s
    assert write_samples([one], tmp_path / "two", 3).utterances == ("u0", "u1", "u2")
    made = write_samples([one], tmp_path / "six", 6)
    assert made.utterances == tuple(f"u{i}" for i in range(6))


def test_what_is_refused(tmp_path: Path) -> None:
    one, two = (arena(tmp_path / n, [n], ["u1"]) for n in ("one", "two"))
    three = arena(tmp_path / "three", ["x"], ["other"])
    with pytest.raises(TTSError, match="nothing: no finished comparison"):
        write_samples([tmp_path / "nothing"], tmp_path / "out")
    with pytest.raises(TTSError, match="one is in two"):
        write_samples([one, one], tmp_path / "out")
    with pytest.raises(TTSError, match="no recording in common"):
        write_samples([one, two, three], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_lies_there_is_kept(tmp_path: Path) -> None:
    one = arena(tmp_path / "one", ["a"], ["u1"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(TTSError, match="not empty"):
        write_samples([one], tmp_path / "out")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["mine"]
