"""The arena, with tiny vocoders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import tiny
from tests.sounds import speech
from tts.audio import io
from tts.errors import ConfigError
from tts.report import compare as comparing
from tts.report.bench_vocoder import measure
from tts.report.compare import compare

RATE_HZ = tiny.CONTRACT.sample_rate_hz
OPTIONS = {"precision": "float32", "device": "cpu", "asr": "pocketsphinx", "n_utterances": 2}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data dir of three utterances; the timing runs in the test's own process, and shortly."""
    folder = tmp_path / "data"
    folder.mkdir()
    for i in range(3):
        io.write(folder / f"u{i}.wav", speech(0.8, rate_hz=RATE_HZ, seed=i), RATE_HZ)
    (folder / "wav.scp").write_text("".join(f"u{i} {folder}/u{i}.wav\n" for i in range(3)))
    (folder / "text").write_text("u0 a bad cab\nu1 dead end\nu2 fade\n")

    def quick(vocoder: str, **options: object) -> object:
        return measure(vocoder, **{**options, "rounds": 1, "seconds": 0.2})

    monkeypatch.setattr(comparing, "bench_vocoder", quick)
    return folder


def test_vocoders_meet_on_the_same_utterances(
    data: Path, acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = compare([vocoder, "griffin_lim"], data, out, acoustic=[acoustic], **OPTIONS)
    first, second = found.contenders
    assert (first.model, first.step) == ("hifigan", 9) and first.n_parameters > 0
    assert (second.model, second.step, second.n_parameters) == ("griffin_lim", None, 0)
    for contender in found.contenders:
        assert contender.rtf["cpu"] > 0 and contender.copy["mcd_db"].n == 2
        assert contender.speech["mcd_db"].n == 2
        for side in ("copy", "speech"):
            names = {path.stem for path in (out / side / contender.name).glob("*.wav")}
            assert names == {"u0", "u1"}
    assert first.name == "exp" and set(found.front) <= {"exp", "griffin_lim"} and found.front
    tree = json.loads((out / "arena.json").read_text())
    assert tree["contenders"][1]["copy"]["mcd_db"]["mean"] == second.copy["mcd_db"].mean
    assert len((out / "arena.tsv").read_text().splitlines()) in (3, 4)
    assert (out / "pareto.png").read_bytes()[:4] == b"\x89PNG"
    page = (out / "arena.html").read_text()
    assert page.count("<audio") == 2 * 5 and "Pareto" not in found.as_text()
    assert (out / "listening.html").is_file() and (out / "listening_key.json").is_file()
    assert "MCD, dB (copy)" in found.as_text()


def test_a_vocoder_of_another_bridge_does_not_speak(
    data: Path, acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    other = tiny.CONTRACT.model_copy(update={"fmax_hz": 1500.0})
    odd = tiny.save_vocoder(tmp_path / "odd", contract=other)
    found = compare(
        [odd], data, tmp_path / "out", acoustic=[acoustic], by="speaker_similarity", **OPTIONS
    )
    assert found.contenders[0].speech == {} and found.contenders[0].copy
    assert any("odd: does not speak" in note for note in found.notes)


def test_a_learned_bridge_takes_part(data: Path, tmp_path: Path) -> None:
    bridge = tiny.save_bridge(tmp_path / "bridge")
    found = compare([bridge], data, tmp_path / "out", test="mushra", **OPTIONS)
    assert found.contenders[0].model == "glow_wavegan"


def test_what_is_refused(data: Path, vocoder: Path, tmp_path: Path) -> None:
    for vocoders, options, match in (
        ([], {}, "no vocoder"),
        ([vocoder, vocoder], {}, "comes twice"),
        ([vocoder], {"by": "beauty"}, "metric 'beauty'"),
    ):
        with pytest.raises(ConfigError, match=match):
            compare(vocoders, data, tmp_path / "out", **options)
    (data / "text").unlink()
    with pytest.raises(ConfigError, match="has no text"):
        compare([vocoder], data, tmp_path / "out", acoustic=["exp"])
