"""Prints the tables of RESULTS.md, of what one or more `tts compare` found: results.py ARENA…"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tts.report.measures import METRICS

DIGITS = {"mcd_db": 2, "f0_rmse_cents": 0, "pesq": 2, "si_sdr_db": 1}  # else three, of percent one
PERCENT = ("gross_error", "voicing_error", "duration_error", "wer", "cer")


def cell(name: str, found: dict[str, Any] | None) -> str:
    """Mean (low–high)."""
    if found is None:
        return ""
    scale, digits = (100, 1) if name in PERCENT else (1, DIGITS.get(name, 3))
    mean, *bounds = (found[k] for k in ("mean", "low", "high"))
    shown = "–".join(f"{scale * bound:.{digits}f}" for bound in bounds if bound is not None)
    return f"{scale * mean:.{digits}f}" + (f" ({shown})" if shown else "")


def tables(systems: list[dict[str, Any]]) -> Iterator[str]:
    """A table for each side, a system a column."""
    for side, title in (("copy", "copy synthesis"), ("speech", "text to speech")):
        here = [s for s in systems if s[side]]
        yield f"| {title} | " + " | ".join(s["name"] for s in here) + " |"
        yield "|---" * (len(here) + 1) + "|"
        for name, metric in METRICS.items():
            if any(name in s[side] for s in here):
                unit = ", %" if name in PERCENT else ""
                cells = (cell(name, s[side].get(name)) for s in here)
                yield f"| {metric.title}{unit} | " + " | ".join(cells) + " |"
        if side == "copy":
            yield "| RTF | " + " | ".join(f"{s['rtf']['cpu']:.3g}" for s in here) + " |"
            yield "| parameters | " + " | ".join(str(s["n_parameters"]) for s in here) + " |"
        yield ""


if __name__ == "__main__":
    files = [Path(folder) / "arena.json" for folder in sys.argv[1:]]
    arenas = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    print("\n".join(tables([system for arena in arenas for system in arena["contenders"]])))
    heard = {name: cell(name, found) for name, found in arenas[0]["recording"].items()}
    print(f"{arenas[0]['n_utterances']} utterances; recordings: {heard}")
