"""Prints the tables of RESULTS.md, of what `tts compare` found: results.py arena/arena.json"""

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


def tables(arena: dict[str, Any]) -> Iterator[str]:
    """A table for each side, a system a column."""
    systems = arena["contenders"]
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
    arena = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print("\n".join(tables(arena)))
    heard = {name: cell(found, 100, 1) for name, found in arena["recording"].items()}
    print(f"{arena['n_utterances']} utterances; recordings: {heard}")
