"""The tables of egs/standin/RESULTS.md."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "egs" / "standin" / "local" / "results.py"


def test_systems_are_columns_and_metrics_rows(tmp_path):
    pesq = {"mean": 2.346, "low": 2.0, "high": 2.7, "n": 4}
    wer = {"mean": 0.01234, "low": None, "high": None, "n": 1}
    one = {"name": "a", "rtf": {"cpu": 0.01234}, "n_parameters": 7}
    systems = (
        {**one, "copy": {"pesq": pesq}, "speech": {"wer": wer}},
        {**one, "name": "b", "copy": {"wer": wer}, "speech": {}},
    )
    for system in systems:
        arena = {"contenders": [system], "recording": {"wer": wer}, "n_utterances": 4}
        (tmp_path / system["name"]).mkdir()
        (tmp_path / system["name"] / "arena.json").write_text(json.dumps(arena))
    command = [sys.executable, SCRIPT, tmp_path / "a", tmp_path / "b"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert lines[0] == "| copy synthesis | a | b |"
    assert "| PESQ (wide band) | 2.35 (2.00–2.70) |  |" in lines
    assert "| RTF | 0.0123 | 0.0123 |" in lines
    assert lines[-3:-1] == ["| word error, % | 1.2 |", ""]
    assert lines[-1].startswith("4 utterances; recordings: {'wer': '1.2'")
