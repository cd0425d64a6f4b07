"""ClariNet's student on one CPU thread: two seconds of mel to samples.

Run: python benchmarks/parallel_wavenet.py [--conf FILE] [--rounds N] [--peers FILE.py] [--json]
`--peers` names a Python file that runs the public code: its `student_infer(n_frames)` returns a
callable that makes the samples once, upsampling included, (1, 1, n_frames * 256), with the
attributes `state` (`teacher`, `student`: state dicts by the official names) and `inputs` (`c`, the
mel (1, 80, n_frames); `z`, the noise (1, 1, n_frames * 256)). Ours then takes those weights and
that noise, and what both make must agree.

Each round times the public code, ours in float32 and ours in the default precision, one after
another and in turning order; shown are the medians over the rounds, the ratios being of one round.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn
from turns import load_peers, snr_db, timed, times_as_fast

from tts import build
from tts.contracts import Contract
from tts.foreign import clarinet
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast
from tts.train.settings import load_experiment

CONF = Path(__file__).parents[1] / "egs" / "ljspeech" / "conf" / "clarinet.yaml"
N_FRAMES = 172  # two seconds
SAME_DB = 60.0  # two implementations with the same weights agree at least so well


def main() -> None:
    """Print one line for each contender, or one JSON object."""
    options = _options()
    torch.set_num_threads(1)
    peer = None if options.peers is None else _peer(options.peers)
    model = _random_student(options.conf) if peer is None else _taken_over(peer)
    frames, noise = _inputs(model.contract, peer)
    ours = {p: _ours(model, frames, noise, p) for p in ("float32", "auto")}
    row = {"audio_s": noise.shape[1] / model.contract.sample_rate_hz, **_agreement(ours, peer)}
    turns = {"float32": ours["float32"], "default": ours["auto"]}
    row |= _measure(turns if peer is None else {"public": peer, **turns}, options.rounds)
    print(json.dumps(row) if options.json else _lines(row))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--conf", default=str(CONF), help="a student's configuration, alone")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peers", type=Path, metavar="FILE.py", help="runs the public code")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser.parse_args()


def _peer(file: Path) -> Any:
    """The public student, with a noise of zero where ours has none: before the first sample."""
    peer = load_peers(file).student_infer(N_FRAMES)
    peer.inputs["z"][..., 0] = 0
    return peer


def _taken_over(peer: Any) -> nn.Module:
    """Our student with the public one's weights."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(Path(folder) / f"{name}.pth") for name in ("student", "teacher")}
        for name, file in files.items():
            torch.save({"state_dict": peer.state[name]}, file)
        imported = clarinet.read(files["student"], teacher=files["teacher"])
    model = build.build(imported.role, imported.section, imported.contract)
    model.load_state_dict(imported.weights)
    return fold(model).eval().requires_grad_(False)


def _random_student(conf: str) -> nn.Module:
    experiment = load_experiment(conf)
    torch.manual_seed(0)
    model = build.build("vocoder", experiment.section, experiment.audio)
    return fold(model).eval().requires_grad_(False)


def _inputs(contract: Contract, peer: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Frames (1, C, T) and noise (1, N); the public code's sample t + 1 is our sample t."""
    if peer is None:
        generator = torch.Generator().manual_seed(0)
        frames = torch.rand(1, contract.channels, N_FRAMES, generator=generator)
        return frames, torch.randn(1, N_FRAMES * contract.hop, generator=generator)
    return peer.inputs["c"], nn.functional.pad(peer.inputs["z"][0, :, 1:], (0, 1))


def _ours(
    model: nn.Module, frames: torch.Tensor, noise: torch.Tensor, precision: Precision
) -> Callable[[], torch.Tensor]:
    @torch.inference_mode()
    def run() -> torch.Tensor:
        with autocast(precision, "cpu"):
            return model.generate(frames, noise=noise)

    return run


def _agreement(ours: dict[str, Callable[[], torch.Tensor]], peer: Any) -> dict[str, float | None]:
    exact = ours["float32"]()
    found = {"default_snr_db": snr_db(exact, ours["auto"]())}
    if peer is None:
        return {"public_snr_db": None, **found}
    same = snr_db(peer()[0, :, 1:], exact[:, :-1])
    if same < SAME_DB:
        sys.exit(f"parallel_wavenet: ours and the public output agree to {same:.0f} dB only")
    return {"public_snr_db": same, **found}


def _measure(turns: dict[str, Callable[[], object]], rounds: int) -> dict[str, Any]:
    """Seconds of processor time and ratios to the first, medians over rounds."""
    taken, first = timed(turns, rounds), next(iter(turns))
    row: dict[str, Any] = {f"{name}_s": median(times) for name, times in taken.items()}
    ratios = {f"{name}_ratio": times_as_fast(taken, name, first) for name in taken}
    return {**row, **ratios, "rounds": rounds}


def _lines(row: dict[str, Any]) -> str:
    lines = [f"{row['audio_s']:.2f} s of audio, medians of {row['rounds']} rounds"]
    for name in ("public", "float32", "default"):
        if f"{name}_s" in row:
            seconds, ratio = row[f"{name}_s"], row[f"{name}_ratio"]
            rtf = seconds / row["audio_s"]
            lines.append(f"{name:8} {seconds:7.3f} s  RTF {rtf:6.3f}  {ratio:5.2f} times as fast")
    same = row["public_snr_db"]
    if same is not None:
        lines.append(f"float32 against the public code: {same:.1f} dB")
    lines.append(f"default against float32: {row['default_snr_db']:.1f} dB")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
