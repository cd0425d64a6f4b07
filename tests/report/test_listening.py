"""The listening page: blind, complete, at one level, and the same for the same seed."""

from __future__ import annotations

import base64
import io as bytesio
import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.sounds import RATE_HZ, speech, with_noise
from tts.audio import io
from tts.errors import ConfigError
from tts.report.listening import ANCHOR, REFERENCE, at_level, low_pass, write_test

Files = tuple[dict[str, Path], dict[str, dict[str, Path]]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Four recordings, and three systems of other levels."""
    home = tmp_path_factory.mktemp("sounds")
    refs: dict[str, Path] = {}
    systems: dict[str, dict[str, Path]] = {f"system-{k}": {} for k in "xyz"}
    for i in range(4):
        wav = speech(0.5, 110 + 10 * i, seed=i)
        refs[f"u{i}"] = home / f"u{i}.wav"
        io.write(refs[f"u{i}"], wav, RATE_HZ)
        for place, (name, made) in enumerate(systems.items()):
            made[f"u{i}"] = home / f"u{i}-{name}.wav"
            io.write(made[f"u{i}"], with_noise(wav, 10, place) * 0.2, RATE_HZ)
    return refs, systems


def content(page: str | Path) -> dict:
    found = re.search(r'id="test">(.*?)</script>', Path(page).read_text(), re.DOTALL)
    return json.loads(found[1])


def decoded(uri: str) -> np.ndarray:
    return soundfile.read(bytesio.BytesIO(base64.b64decode(uri.split(",")[1])))[0]


def test_every_screen_has_all_systems_the_recording_and_the_anchor(
    files: Files, tmp_path: Path
) -> None:
    made = write_test(*files, tmp_path, n_trials=3)
    page, key = content(made.page), json.loads(Path(made.key).read_text())
    assert made.n_trials == len(page["trials"]) == 3 and key["test"] == page["id"]
    assert set(page["sounds"]) == set(key["sounds"])
    utterances = set()
    for trial in page["trials"]:
        shown = [key["sounds"][number] for number in trial["stimuli"]]
        assert {s["system"] for s in shown} == {REFERENCE, ANCHOR, *files[1]}
        assert len({s["utterance"] for s in shown}) == 1
        assert key["sounds"][trial["reference"]]["system"] == REFERENCE
        assert trial["reference"] not in trial["stimuli"]
        utterances.add(shown[0]["utterance"])
    assert len(utterances) == 3


def test_the_page_tells_nobody_what_is_what(files: Files, tmp_path: Path) -> None:
    page = Path(write_test(*files, tmp_path).page).read_text()
    source = re.sub(r'"data:[^"]*"', "", page)
    for secret in (*files[1], REFERENCE + '"', "3.5 kHz", "u0", ".wav"):
        assert secret not in source, secret
    assert "http" not in source


def test_all_sounds_have_the_level_of_the_recording(files: Files, tmp_path: Path) -> None:
    page = content(write_test(*files, tmp_path, n_trials=1).page)
    key = json.loads((tmp_path / "listening_key.json").read_text())["sounds"]
    levels = {
        key[n]["system"]: np.sqrt(np.square(decoded(u)).mean()) for n, u in page["sounds"].items()
    }
    for name in files[1]:
        assert levels[name] == pytest.approx(levels[REFERENCE], rel=0.01)


def test_pairs_meet_equally_often_and_never_twice(files: Files, tmp_path: Path) -> None:
    made = write_test(*files, tmp_path, kind="pairs", n_trials=100)
    key = json.loads(Path(made.key).read_text())["sounds"]
    met = []
    for trial in content(made.page)["trials"]:
        a, b = (key[number] for number in trial["stimuli"])
        assert a["utterance"] == b["utterance"]
        met.append((a["utterance"], *sorted((a["system"], b["system"]))))
    assert len(met) == len(set(met)) == 3 * 4


def test_a_seed_repeats_the_test_and_another_does_not(files: Files, tmp_path: Path) -> None:
    ids = [content(write_test(*files, tmp_path, seed=s, n_trials=2).page)["id"] for s in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]


def test_a_page_that_would_be_too_large_has_fewer_screens(files: Files, tmp_path: Path) -> None:
    made = write_test(*files, tmp_path, max_mib=0.2)
    assert 1 <= made.n_trials < 4
    page = content(made.page)
    used = {n for t in page["trials"] for n in [t["reference"], *t["stimuli"]]}
    assert used == set(page["sounds"])


def test_what_makes_no_test(files: Files, tmp_path: Path) -> None:
    refs, systems = files
    with pytest.raises(ConfigError, match="there are mushra, pairs"):
        write_test(refs, systems, tmp_path, kind="guess")
    with pytest.raises(ConfigError, match="two or more"):
        write_test(refs, {"x": systems["system-x"]}, tmp_path, kind="pairs")
    with pytest.raises(ConfigError, match="no utterance"):
        write_test(refs, {"x": {}}, tmp_path)


def test_the_anchor_lacks_what_lies_above() -> None:
    wav = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    power = np.abs(np.fft.rfft(low_pass(wav, 16_000, 3500))) ** 2
    assert power[4500:].sum() < 1e-3 * power[:3000].sum()
    assert low_pass(wav, 6000, 3500) is wav


def test_a_level_never_clips() -> None:
    wav = np.array([0.9, -0.1, 0.0], np.float32)
    assert np.abs(at_level(wav, 10 * wav)).max() == pytest.approx(1)
    assert not at_level(np.zeros(3, np.float32), wav).any()
