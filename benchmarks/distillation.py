"""Does a student come near its teacher? Divergence and spectra over the checkpoints of a training.

Run: python benchmarks/distillation.py TEACHER STUDENT DUMP [--utterances N] [--plot FILE] [--json]
TEACHER and STUDENT are experiments, DUMP a dump dir of recordings that neither was trained on.
Train the student with train.keep=1000, so that its checkpoints are there to be looked at.

For every checkpoint, from the student that has learnt nothing (step 0) on: the divergence that it
is trained to lower, in nats a sample; and the distance, in decibels, between the spectra of what
the student and what the teacher make of the same frames. Two takes of the teacher with other noise
are some decibels apart as well, which is the least that a student can reach.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import nn

from tts import build, checkpoint
from tts.contracts import VocoderBatch
from tts.data.dataset import VocoderData
from tts.errors import TTSError
from tts.files import replacing
from tts.losses.spectral import Resolution, magnitude
from tts.nn.conv import fold

MIN_MAGNITUDE = 1e-2  # under the logarithm: about -90 dB of a full-scale sine


@dataclass(frozen=True)
class Row:
    """One state of the student.

    Attributes:
        kl: divergence from the teacher, nats a sample.
        to_teacher_db, to_recording_db: log-spectral distances.
        level_db: level of what it makes over the recordings'.
    """

    step: int
    kl: float
    to_teacher_db: float
    to_recording_db: float
    level_db: float


def main() -> None:
    """Print a table or one JSON object; draw the curves and the mean spectra."""
    options = _options()
    torch.set_num_threads(options.threads)
    try:
        result = measure(options)
    except TTSError as error:
        sys.exit(f"distillation: {error}")
    print(json.dumps(result) if options.json else _table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("teacher")
    parser.add_argument("student")
    parser.add_argument("dump")
    parser.add_argument("--utterances", type=int, default=4)
    parser.add_argument("--frames", type=int, default=120, help="of each, from its beginning")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser.parse_args()


@torch.no_grad()
def measure(options: argparse.Namespace) -> dict[str, Any]:
    """A row for every checkpoint, and the teacher's own numbers."""
    loaded = build.load(options.teacher, "vocoder")
    teacher, contract = fold(loaded.model).requires_grad_(False), loaded.contract
    files = sorted((Path(options.student) / checkpoint.FOLDER).glob("step-*.pt"))
    batch = _batch(VocoderData(options.dump, contract, 1, whole=True), options)
    resolution = Resolution(4 * contract.hop, contract.hop, 4 * contract.hop)
    spectra = {"recording": magnitude(batch.wav, resolution)}
    for name, seed in (("teacher", 1), ("teacher again", 2)):
        spectra[name] = magnitude(teacher.generate(batch.frames, seed=seed), resolution)
    rows = []
    for step, model in [(0, _untaught(files[0], contract, teacher)), *_students(files, teacher)]:
        wav = model.generate(batch.frames, seed=3)
        spectrum = magnitude(wav, resolution)
        spectra["student at first" if step == 0 else "student"] = spectrum
        rows.append(
            Row(
                step,
                float(model.loss(batch)["kl"]),
                distance_db(spectrum, spectra["teacher"]),
                distance_db(spectrum, spectra["recording"]),
                float(20 * (wav.std() / batch.wav.std()).log10()),
            )
        )
        print(f"step {step}: {rows[-1]}", file=sys.stderr, flush=True)
    if options.plot:
        _plot(options.plot, rows, spectra, contract.sample_rate_hz)
    return {
        "teacher_again_db": distance_db(spectra["teacher again"], spectra["teacher"]),
        "teacher_to_recording_db": distance_db(spectra["teacher"], spectra["recording"]),
        "rows": [asdict(row) for row in rows],
    }


def _batch(data: VocoderData, options: argparse.Namespace) -> VocoderBatch:
    """The beginnings of a few utterances that are long enough."""
    long = [i for i, n in enumerate(data.lengths) if n >= options.frames][: options.utterances]
    if not long:
        sys.exit(f"distillation: no utterance of {options.dump} has {options.frames} frames")
    items = [data[i, 0] for i in long]
    n_samples = options.frames * len(items[0].wav) // items[0].frames.shape[1]
    return VocoderBatch(
        utterances=tuple(item.utterance for item in items),
        frames=torch.stack([item.frames[:, : options.frames] for item in items]),
        wav=torch.stack([item.wav[:n_samples] for item in items]),
    )


def _untaught(file: Path, contract: Any, teacher: nn.Module) -> nn.Module:
    """The student before its first step, as its training draws it up to the seed."""
    torch.manual_seed(0)
    model = build.build("vocoder", checkpoint.load(file).section, contract)
    model.learn_from(teacher)
    return model.eval()


def _students(files: list[Path], teacher: nn.Module) -> Any:
    for file in files:
        loaded = build.load(file, "vocoder")
        loaded.model.learn_from(teacher)
        yield loaded.step, loaded.model


def distance_db(a: torch.Tensor, b: torch.Tensor) -> float:
    """Root mean square over bins of the difference of levels, mean over frames."""
    levels = [20 * x.clamp_min(MIN_MAGNITUDE).log10() for x in (a, b)]
    return float((levels[0] - levels[1]).square().mean(1).sqrt().mean())


def _plot(
    path: Path, rows: list[Row], spectra: dict[str, torch.Tensor], sample_rate_hz: int
) -> None:
    figure = Figure(figsize=(11, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    steps = [row.step for row in rows]
    left.plot(steps, [row.kl for row in rows], "o-")
    left.set_ylabel("divergence from the teacher, nats a sample")
    left.set_yscale("symlog", linthresh=0.1)
    left.set_xlabel("step")
    beside = left.twinx()
    beside.plot(steps, [row.to_teacher_db for row in rows], "s--", color="tab:red")
    floor = distance_db(spectra["teacher again"], spectra["teacher"])
    beside.axhline(floor, color="tab:red", linestyle=":")
    beside.set_ylabel("spectra to the teacher's, dB (dots: its next take)")
    for name, spectrum in spectra.items():
        if name != "teacher again":
            level = 20 * spectrum.square().mean((0, 2)).sqrt().log10()
            hz = torch.linspace(0, sample_rate_hz / 2, len(level))
            right.plot(hz.tolist(), level.tolist(), label=name)
    right.set_xlabel("Hz")
    right.set_ylabel("mean spectrum, dB")
    right.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")


def _table(result: dict[str, Any]) -> str:
    lines = [f"{'step':>8} {'kl':>9} {'to teacher':>11} {'to recording':>13} {'level':>8}"]
    for r in result["rows"]:
        distances = f"{r['to_teacher_db']:8.2f} dB {r['to_recording_db']:10.2f} dB"
        lines.append(f"{r['step']:8} {r['kl']:9.3f} {distances} {r['level_db']:5.1f} dB")
    lines.append(f"teacher, next take: {result['teacher_again_db']:.2f} dB from its first")
    lines.append(f"teacher to recording: {result['teacher_to_recording_db']:.2f} dB")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
