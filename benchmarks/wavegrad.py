"""WaveGrad: its speed on one CPU thread, and what more steps buy.

Speed, two seconds of frames in six steps at the base configuration:
    python benchmarks/wavegrad.py [--rounds N] [--peers FILE.py] [--json]
`--peers` names a Python file that runs public code: its `wavegrad_infer(kind)`, for the kinds
`lmnt` and `ivanvovk`, returns a callable that makes the samples once, (1, N), with the attributes
`state` (the names of the published checkpoints), `config` (a dict, or None), `frames` (1, C, T),
`betas` (six numbers) and `draw()`, which makes them once more and returns the noise in the order
of drawing, (6, 1, N), and the samples. Ours takes those weights and that noise; both must agree.

Quality, of the held-out utterances in a dump dir:
    python benchmarks/wavegrad.py --quality EXP DUMP [--steps 6 12 25 50] [--plot FILE.png]
Copy synthesis with every number of steps and both samplers, with the schedules fitted to them,
those searched for, and a geometric one of six: STOI, the mean distance of natural-log mels.
Needs pystoi: pip install -e '.[eval]'.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from overfit import likeness
from torch import nn
from tqdm import tqdm
from turns import load_peers, snr_db, timed, times_as_fast

from tts import build
from tts.audio import io
from tts.data.tables import read_table
from tts.diffusion import schedules
from tts.diffusion.schedules import Schedule
from tts.foreign import wavegrad
from tts.nn.precision import Precision, autocast
from tts.train.settings import load_experiment
from tts.voice.vocoding import Vocoding

CONF = Path(__file__).parents[1] / "egs" / "ljspeech" / "conf" / "wavegrad.yaml"
N_FRAMES, N_STEPS = 172, 6
SAME_DB = 60.0  # two implementations with the same weights agree at least so well
SAMPLERS = ("ancestral", "ddim")


def main() -> None:
    """Print a table or one JSON object."""
    options = _options()
    torch.set_num_threads(1)
    if options.quality:
        rows = quality(*options.quality, options.steps, options.utterances)
        if options.plot:
            draw(rows, options.plot)
        print(json.dumps(rows) if options.json else _quality_lines(rows))
        return
    peers = None if options.peers is None else load_peers(options.peers)
    for kind in ("ours alone",) if peers is None else ("lmnt", "ivanvovk"):
        row = speed(kind, None if peers is None else peers.wavegrad_infer(kind), options.rounds)
        print(json.dumps(row) if options.json else _speed_line(row), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, metavar="FILE.py", help="runs the public code")
    parser.add_argument("--quality", nargs=2, metavar=("EXP", "DUMP"))
    parser.add_argument("--steps", type=int, nargs="+", default=[6, 12, 25, 50])
    parser.add_argument("--utterances", type=int, default=8, help="how many of DUMP")
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser.parse_args()


# Speed


def speed(kind: str, peer: Any, rounds: int) -> dict[str, Any]:
    """Seconds of processor time for two seconds of speech, and how well all agree."""
    model = _random() if peer is None else _taken_over(peer)
    frames, noise, expected = _inputs(model, peer)
    schedule = None if peer is None else Schedule(tuple(float(beta) for beta in peer.betas))
    knobs = {"noise": noise, "schedule": schedule, "steps": N_STEPS}

    def ours(precision: Precision) -> Callable[[], torch.Tensor]:
        @torch.inference_mode()
        def run() -> torch.Tensor:
            with autocast(precision, "cpu"):
                return model.generate(frames, **knobs)

        return run

    turns = {"float32": ours("float32"), "default": ours("auto")}
    exact = turns["float32"]()
    row: dict[str, Any] = {"kind": kind, "default_snr_db": snr_db(exact, turns["default"]())}
    if expected is not None:
        row["public_snr_db"] = snr_db(expected.flatten(), exact.flatten())
        if row["public_snr_db"] < SAME_DB:
            sys.exit(f"wavegrad: ours and {kind}'s agree to {row['public_snr_db']:.0f} dB only")
        turns = {"public": peer, **turns}
    taken, first = timed(turns, rounds), next(iter(turns))
    audio_s = exact.shape[1] / model.contract.sample_rate_hz
    row |= {f"{name}_rtf": median(times) / audio_s for name, times in taken.items()}
    row |= {f"{name}_ratio": times_as_fast(taken, name, first) for name in taken}
    return {**row, "audio_s": audio_s, "rounds": rounds}


def _random() -> nn.Module:
    experiment = load_experiment(CONF)
    torch.manual_seed(0)
    return (
        build.build("vocoder", experiment.section, experiment.audio).eval().requires_grad_(False)
    )


def _taken_over(peer: Any) -> nn.Module:
    """Our model with the public one's weights."""
    with tempfile.TemporaryDirectory() as folder:
        file, config = Path(folder) / "checkpoint.pt", Path(folder) / "config.json"
        torch.save({"model": peer.state}, file)
        if peer.config is not None:
            config.write_text(json.dumps(peer.config), encoding="utf-8")
        imported = wavegrad.read(file, None if peer.config is None else config)
    model = build.build(imported.role, imported.section, imported.contract)
    model.load_state_dict(imported.weights)
    return model.eval().requires_grad_(False)


def _inputs(
    model: Any, peer: Any
) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
    """Frames (1, C, T), noise (1, 6, N) and what the public code makes of them."""
    if peer is None:
        generator = torch.Generator().manual_seed(0)
        return torch.rand(1, model.contract.channels, N_FRAMES, generator=generator), None, None
    noise, expected = peer.draw()
    return peer.frames, noise.transpose(0, 1), expected


def _speed_line(row: dict[str, Any]) -> str:
    parts = [f"{row['kind']}: {row['audio_s']:.2f} s of audio, {N_STEPS} steps"]
    for name in ("public", "float32", "default"):
        if f"{name}_rtf" in row:
            parts.append(f"{name} RTF {row[f'{name}_rtf']:.2f} ({row[f'{name}_ratio']:.2f})")
    parts.append(f"default against float32 {row['default_snr_db']:.1f} dB")
    if "public_snr_db" in row:
        parts.append(f"float32 against the public code {row['public_snr_db']:.1f} dB")
    return ", ".join(parts)


# Quality


def quality(exp: str, dump: str, steps: Sequence[int], n_utterances: int) -> list[dict[str, Any]]:
    """One row for each schedule and sampler, means over the utterances."""
    vocoding = Vocoding.load(exp, device="cpu")
    rate_hz = vocoding.contract.sample_rate_hz
    files = list(read_table(Path(dump) / "wav.scp").values())[:n_utterances]
    wavs = [io.read(file, rate_hz)[0] for file in files]
    rows = []
    for name, sampler, schedule in tqdm(_ways(vocoding.model.schedules, steps), unit="schedule"):
        knobs = {"schedule": schedule, "sampler": sampler}
        likened = [
            likeness(wav, vocoding.resynthesise(wav, **knobs), vocoding.contract) for wav in wavs
        ]
        row = {"steps": schedule.n_steps, "sampler": sampler, "schedule": name}
        rows.append({**row, **_means(likened)})
    return rows


def _ways(
    searched: dict[tuple[int, str], Schedule], steps: Sequence[int]
) -> list[tuple[str, str, Schedule]]:
    """Where a schedule comes from, a sampler, the schedule."""
    ways = [
        ("fitted", sampler, schedules.fitted(n, sampler)) for sampler in SAMPLERS for n in steps
    ]
    ways += [("searched", sampler, schedule) for (_, sampler), schedule in searched.items()]
    return [*ways, ("geometric", "ancestral", schedules.geometric(N_STEPS))]


def _means(likened: list[dict[str, float]]) -> dict[str, float]:
    return {name: mean(each[name] for each in likened) for name in likened[0]}


_CURVES = (
    *(("fitted", sampler, "o-") for sampler in SAMPLERS),
    ("searched", "ancestral", "*"),
    ("geometric", "ancestral", "x"),
)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """STOI and mel distance against the number of steps."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    for axes, (measure, title) in zip(
        figure.subplots(1, 2), (("stoi", "STOI"), ("log_mel_distance", "log-mel distance"))
    ):
        for name, sampler, mark in _CURVES:
            own = [row for row in rows if (row["schedule"], row["sampler"]) == (name, sampler)]
            steps, values = (np.array([row[key] for row in own]) for key in ("steps", measure))
            axes.plot(steps, values, mark, label=f"{sampler}, {name}")
        axes.set(xscale="log", xlabel="steps", title=title)
        axes.set_xticks(sorted({row["steps"] for row in rows}), minor=False)
        axes.get_xaxis().set_major_formatter("{x:.0f}")
        axes.minorticks_off()
        axes.legend()
    figure.savefig(path, dpi=110)


def _quality_lines(rows: list[dict[str, Any]]) -> str:
    lines = ["| steps | sampler | schedule | STOI | log-mel distance |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['steps']} | {row['sampler']} | {row['schedule']} | {row['stoi']:.3f} "
        f"| {row['log_mel_distance']:.3f} |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
