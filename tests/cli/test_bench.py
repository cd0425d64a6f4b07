"""`tts bench mas` as a user calls it."""

import json
import sys

import pytest
from typer.testing import CliRunner

from tts.cli.bench import app

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
