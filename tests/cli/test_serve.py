"""`tts serve`: what is said when it cannot begin, and what its options become."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import tts

SERVED = ("fastapi", "uvicorn", "prometheus_client")


@pytest.fixture
def _installed() -> None:
    for package in SERVED:
        pytest.importorskip(package, reason="the extra [serve] is not installed")


@pytest.mark.parametrize("package", SERVED)
@pytest.mark.usefixtures("_installed")
def test_without_its_packages(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("tts.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    ended = tts("serve")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == (
        f"tts: tts serve: needs the package {package}; pip install 'wavebridge[serve]'\n"
    )


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--voice", "nowhere"], "nowhere: no such voice"),
        (["--voice", "{acoustic}", "--vocoder", "nowhere"], "nowhere"),
        (["--voice", "{vocoder}"], "holds the vocoder hifigan"),
        (["--voice", "a={acoustic}", "--voice", "a={acoustic}"], "a is taken by"),
        (["--voice", "{acoustic}", "--api-key", ""], "the API key is empty"),
        (
            ["--voice", "{acoustic}", "--vocoder", "{vocoder}", "--host", "nowhere"],
            "cannot listen",
        ),
        (["--voice", "{acoustic}", "--device", "tpu"], "device 'tpu'"),
    ],
)
def test_it_cannot_begin(words: list[str], message: str, acoustic: Path, vocoder: Path) -> None:
    ended = tts("serve", *(word.format(acoustic=acoustic, vocoder=vocoder) for word in words))
    assert (ended.status, ended.out) == (1, ""), ended
    line = [line for line in ended.err.splitlines() if line.startswith("tts: ")]
    assert len(line) == 1 and message in line[0]


@pytest.mark.parametrize(
    "words", [["--port", "70000"], ["--queue", "0"], ["--timeout", "0"], ["--workers", "none"]]
)
def test_numbers_out_of_range(words: list[str]) -> None:
    assert tts("serve", *words).status == 2


@pytest.mark.usefixtures("_installed")
def test_options(monkeypatch: pytest.MonkeyPatch) -> None:
    from tts.serve import server
    from tts.serve.limits import Limits

    asked: dict[str, Any] = {}

    def serve(voices: list[str], vocoders: list[str], **options: Any) -> None:
        asked.update(options, voices=voices, vocoders=vocoders)

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setenv("WAVEBRIDGE_API_KEY", "s3cret")
    words = "--voice a --voice b=c --vocoder d --max-chars 9 --queue 3 --timeout 2.5 --grace 1"
    assert tts("serve", *words.split(), "--workers", 2, "--port", 0).status == 0
    assert (asked["voices"], asked["vocoders"], asked["key"]) == (["a", "b=c"], ["d"], "s3cret")
    assert asked["limits"] == Limits(max_chars=9, queue=3, timeout_s=2.5)
    assert (asked["workers"], asked["port"], asked["grace_s"], asked["batch"]) == (2, 0, 1.0, None)
