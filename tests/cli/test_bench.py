"""`tts bench` as a user calls it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.tiny import CONTRACT, VOCODER
from tts.cli.bench import app
from tts.config import dump_yaml, to_tree
from tts.report import bench_vocoder
from tts.report.bench_vocoder import VocoderSpeed

SMALL = ["mas", "--batch", "2", "--tokens", "20", "--frames", "50"]


def test_mas_prints_one_json_object() -> None:
    result = CliRunner().invoke(app, [*SMALL, "--json"])
    assert result.exit_code == 0
    tree = json.loads(result.stdout)
    assert tree["shape"] == [2, 20, 50] and set(tree) == {"shape", "ours_ms", "peer_ms", "ratio"}


def test_mas_prints_for_people() -> None:
    result = CliRunner().invoke(app, SMALL)
    assert result.exit_code == 0 and result.stdout.startswith("2 x 20 tokens x 50 frames: ")


def test_mas_says_how_to_get_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "monotonic_align", None)
    result = CliRunner().invoke(app, SMALL)
    assert result.exit_code == 0 and "pip install -e '.[oracle]'" in result.stdout


def test_more_tokens_than_frames_is_wrong_usage() -> None:
    result = CliRunner().invoke(app, ["mas", "--tokens", "60", "--frames", "50"])
    assert result.exit_code == 2 and "60 tokens need at least as many frames" in result.output


SPEED = VocoderSpeed(
    vocoder="wavenet",
    weights="random",
    n_parameters=3_717_292,
    device="cpu",
    precision="bfloat16",
    threads=1,
    knobs={"temperature": 0.7},
    audio_s=0.5,
    n_samples=11_008,
    rounds=5,
    wall_s=2.0,
    cpu_s=1.9,
    rtf=4.0,
    samples_per_s=5504.0,
    weights_mib=14.25,
    memory_mib=200.4,
    gmac_per_audio_s=80.86,
    gmac_per_s=20.215,
    product_gmac_per_s={"float32": 50.0, "bfloat16": 240.0},
)


def test_vocoder_prints_one_json_object(tmp_path: Path) -> None:
    conf = tmp_path / "tiny.yaml"
    conf.write_text(dump_yaml({"audio": to_tree(CONTRACT), "vocoder": VOCODER}))
    arguments = ["vocoder", "--conf", str(conf), "--seconds", "0.1", "--rounds", "2", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    tree = json.loads(result.stdout)
    assert set(tree) == set(asdict(SPEED)) and tree["vocoder"] == "hifigan"
    assert tree["n_samples"] == 25 * CONTRACT.hop and tree["rounds"] == 2


def test_vocoder_prints_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def call(name: str | None, **options: Any) -> VocoderSpeed:
        given.update(options, name=name)
        return SPEED

    monkeypatch.setattr(bench_vocoder, "bench_vocoder", call)
    result = CliRunner().invoke(app, ["vocoder", "wavenet", "--temperature", "0.7"])
    assert result.exit_code == 0
    assert given == {
        "name": "wavenet",
        "conf": None,
        "seconds": None,
        "rounds": 5,
        "threads": 1,
        "precision": "auto",
        "device": None,
        "temperature": 0.7,
    }
    assert result.stdout.splitlines() == [
        "vocoder     wavenet, 3,717,292 parameters, random weights, temperature 0.7",
        "machine     cpu, 1 thread, bfloat16",
        "speed       RTF 4.0000, 5,504 samples/s",
        "measured    0.50 s of audio in 2.000 s (1.900 s of processor time), median of 5",
        "memory      200 MiB at the most, of which weights 14.2 MiB",
        "arithmetic  20.2 GMAC/s, 80.86 GMAC for 1 s of audio",
        "product     50.0 (float32), 240.0 (bfloat16): GMAC/s of a matrix product in the same run",
    ]


def test_a_vocoder_must_be_named() -> None:
    result = CliRunner().invoke(app, ["vocoder"])
    assert result.exit_code == 2 and "name a vocoder or an experiment" in result.output
