"""The report on recordings: what is measured, what is found wrong, and what is advised."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests import tiny
from tests.cli.runner import tts
from tts.data import datadir
from tts.data.datadir import DataDir
from tts.errors import DataError
from tts.report.material import material

RATE_HZ = 16_000


def speech(seconds: float, gain: float = 0.1, seed: int = 0, around_s: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sound = gain * rng.standard_normal(round(seconds * RATE_HZ))
    silence = 1e-5 * rng.standard_normal(round(around_s * RATE_HZ))
    return np.concatenate([silence, sound, silence]).astype(np.float32)


def data_dir(folder: Path, wavs: dict[str, np.ndarray], texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    files = {}
    for name, samples in wavs.items():
        files[name] = str(folder / f"{name}.wav")
        soundfile.write(files[name], samples, RATE_HZ, subtype="PCM_16")
    data = DataDir(folder, files, texts, dict.fromkeys(files, "anna"))
    return datadir.write(data, folder).path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Five utterances of ten letters a second."""
    texts = {f"u{i}": f"ab cd {'efgh' * i}" for i in range(1, 6)}
    sizes = {u: sum(map(str.isalpha, text)) for u, text in texts.items()}
    wavs = {u: speech(sizes[u] / 10, seed=i, around_s=0.1) for i, u in enumerate(texts)}
    return data_dir(tmp_path / "good", wavs, texts)


def test_good_recordings_are_measured(good: Path) -> None:
    made = material(good)
    assert (made.n_utterances, made.dropped, made.suspicious) == (5, {}, {})
    sound = made.sound
    assert sound is not None and sound.rates_hz == {RATE_HZ: 5}
    assert sound.minutes == pytest.approx((8 + 12 + 16 + 20 + 24 + 10) / 600)
    assert sound.leading_s == pytest.approx(0.1, abs=0.02) == sound.trailing_s
    assert sound.inside_share == 0 and sound.noise_db is not None and sound.noise_db < -90
    assert sound.speech_db == pytest.approx(-20, abs=1) and sound.clipped == ()
    assert made.words_a_minute == pytest.approx(60 * 15 / 8.0, rel=0.05)
    assert made.duplicates == () and "few" in made.advice[0]


def test_what_the_base_has_not_seen(good: Path, tmp_path: Path) -> None:
    (good / "text").write_text(
        (good / "text").read_text().replace("u1 ab cd efgh", "u1 ab çd efgh")
    )
    base = tiny.save_acoustic(tmp_path / "base", speakers=["zoe"], contract=tiny.CONTRACT)
    made = material(good, base)
    assert made.unseen_symbols == {"ç": 1}
    assert made.symbols_a_second == pytest.approx(12.2, abs=1.5)  # spaces are symbols, too
    assert "symbols that the base lacks: ç (1)" in made.as_text()


def test_what_will_be_dropped_and_why(good: Path) -> None:
    table, text = good / "wav.scp", good / "text"
    soundfile.write(good / "u2.wav", speech(0.05), RATE_HZ)
    (good / "u3.wav").write_bytes(b"no sound")
    soundfile.write(good / "u4.wav", np.zeros(RATE_HZ, np.float32), RATE_HZ)
    text.write_text(text.read_text().replace("u5 ab cd " + "efgh" * 5, "u5 ..."))
    made = material(good)
    assert table.is_file() and set(made.dropped) == {"u2", "u3", "u4", "u5"}
    assert made.dropped["u2"] == "0.05 s is shorter than 0.3 s"
    assert "not readable as audio" in made.dropped["u3"]
    assert made.dropped["u4"] == "silence, and nothing else"
    assert made.dropped["u5"] == "no words in its text"
    assert any("4 of 5 utterances will be dropped" in sentence for sentence in made.advice)


def test_nothing_is_left(tmp_path: Path) -> None:
    folder = data_dir(tmp_path / "bad", {"u": np.zeros(800, np.float32)}, {"u": "a"})
    made = material(folder)
    assert made.sound is None and made.advice == (
        "nothing here can be used; look at the reasons above",
    )
    assert "0.05 s" in made.as_text() or "silence" in made.as_text()


def test_bad_recordings_get_clear_words(tmp_path: Path) -> None:
    """Quiet, half silent, noisy, clipped, and of a lower rate than the base."""
    noise = np.random.default_rng(1).standard_normal(4 * RATE_HZ).astype(np.float32)
    quiet = 0.002 * noise
    quiet[RATE_HZ : 2 * RATE_HZ] *= 10
    loud = np.clip(20 * speech(2.0, seed=2), -1, 1)
    wavs = {"u1": quiet, "u2": quiet * 0.9, "u3": quiet * 0.8, "u4": 0.7 * quiet}
    texts = dict.fromkeys(wavs, "ab cd efghij")
    advice = " ".join(material(data_dir(tmp_path / "bad", wavs, texts)).advice)
    assert "is silence" in advice and "quiet (" in advice and "noisy: speech is only 2" in advice
    wavs["u4"] = loud
    advice = " ".join(material(data_dir(tmp_path / "loud", wavs, texts)).advice)
    assert "1 utterances are clipped (u4)" in advice


def test_a_rate_below_that_of_the_base(good: Path, tmp_path: Path) -> None:
    fast = tiny.CONTRACT.model_copy(update={"sample_rate_hz": 22_050, "fmax_hz": 8000.0})
    base = tiny.save_acoustic(tmp_path / "base", contract=fast, speakers=["zoe"])
    assert any("recorded at 16000 Hz" in sentence for sentence in material(good, base).advice)


def test_wrong_text_stands_out(good: Path) -> None:
    text = good / "text"
    text.write_text(text.read_text().replace("u5 ab cd " + "efgh" * 5, "u5 ab"))
    (name,) = material(good).suspicious
    assert name == "u5"


def test_the_same_twice(good: Path) -> None:
    (good / "u2.wav").write_bytes((good / "u1.wav").read_bytes())
    text = good / "text"
    text.write_text(text.read_text().replace("u4 ab cd " + "efgh" * 4, "u4 ab cd " + "efgh" * 5))
    assert material(good).duplicates == (("u1", "u2"), ("u4", "u5"))


def test_the_verb(good: Path, tmp_path: Path) -> None:
    ended = tts("data", "report", good, "-o", tmp_path / "report.txt")
    assert ended.status == 0 and ended.out == (tmp_path / "report.txt").read_text()
    tree = json.loads(tts("data", "report", good, "--json").out)
    assert tree["sound"]["n_utterances"] == 5 and tree["expected"]["rows"] is not None


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such data dir; make one with `tts data import`"):
        material(tmp_path / "nothing")
