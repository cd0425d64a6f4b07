"""Prints the tables of RESULTS.md, of what one or more `tts compare` found: results.py ARENA…"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TITLES = {
    "log_mel": ("log-mel", 1, 3),
    "mcd_db": ("MCD, dB", 1, 2),
    "f0_rmse_cents": ("F0 RMSE, cents", 1, 0),
    "gross_error": ("gross pitch error, %", 100, 1),
    "voicing_error": ("voicing error, %", 100, 1),
    "duration_error": ("duration error, %", 100, 1),
    "stft_convergence": ("spectral convergence", 1, 3),
    "stft_log_magnitude": ("log-magnitude", 1, 3),
    "pesq": ("PESQ", 1, 2),
    "stoi": ("STOI", 1, 3),
    "estoi": ("ESTOI", 1, 3),
    "si_sdr_db": ("SI-SDR, dB", 1, 1),
    "speaker_similarity": ("similarity", 1, 3),
    "wer": ("word error, %", 100, 1),
    "cer": ("character error, %", 100, 1),
}


def cell(found: dict[str, Any] | None, scale: float, digits: int) -> str:
    """Mean (low–high)."""
    if found is None:
        return ""
    mean, *bounds = (found[k] for k in ("mean", "low", "high"))
    shown = "–".join(f"{scale * bound:.{digits}f}" for bound in bounds if bound is not None)
    return f"{scale * mean:.{digits}f}" + (f" ({shown})" if shown else "")


def tables(systems: list[dict[str, Any]]) -> Iterator[str]:
    """A table for each side, a system a column."""
    for side, title in (("copy", "copy synthesis"), ("speech", "text to speech")):
        here = [s for s in systems if s[side]]
        yield f"| {title} | " + " | ".join(s["name"] for s in here) + " |"
        yield "|---" * (len(here) + 1) + "|"
        for name, (shown, scale, digits) in TITLES.items():
            if any(name in s[side] for s in here):
                cells = (cell(s[side].get(name), scale, digits) for s in here)
                yield f"| {shown} | " + " | ".join(cells) + " |"
        if side == "copy":
            yield "| RTF | " + " | ".join(f"{s['rtf']['cpu']:.3g}" for s in here) + " |"
            yield "| parameters | " + " | ".join(str(s["n_parameters"]) for s in here) + " |"
        yield ""


if __name__ == "__main__":
    files = [Path(folder) / "arena.json" for folder in sys.argv[1:]]
    arenas = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    print("\n".join(tables([system for arena in arenas for system in arena["contenders"]])))
    heard = {name: cell(found, 100, 1) for name, found in arenas[0]["recording"].items()}
    print(f"{arenas[0]['n_utterances']} utterances; recordings: {heard}")
