"""How close a fine-tuned voice comes to a new speaker, by how many minutes of speech there are.

Run: python benchmarks/adaptation.py BASE VOCODER DUMP HELD -o OUT [--minutes 0.5 2 5 15]
    [--preset minutes lora] [--old-data DUMP] [--scratch CONF] [--speaker-encoder EXP]

BASE is an acoustic model; VOCODER speaks for all, and stays as it is. DUMP is a dump dir of the
new speaker, HELD a data dir of what he says and no training saw. For every number of minutes and
every preset the base is fine-tuned, and with `--scratch` the same minutes train that configuration
from nothing; each then speaks the held-out texts and is measured against the recordings. Beside
them stand the recordings, copied by the vocoder. Writes OUT/adaptation.json, and goes on where it
was stopped. Word error needs pocketsphinx and jiwer: pip install -e '.[eval]'.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from tts import checkpoint
from tts.audio import io
from tts.data.tables import read_table, write_table
from tts.files import write_text
from tts.report.evaluate import evaluate
from tts.train.finetune import finetune
from tts.train.loop import train
from tts.train.settings import load_experiment
from tts.voice.synth import synth
from tts.voice.vocoding import Vocoding

SCORES = ("wer", "f0_rmse_cents", "voicing_error", "log_mel", "mcd_db", "duration_error")
TABLES = ("wav.scp", "text", "utt2spk", "utt2num_samples", "text.phn", "text.norm", "feats.scp")
OF_ALL = ("frontend.json", "tokens.txt", "speakers.txt", "words.txt")
DEV_SHARE = 10  # one utterance in so many judges the training, and two at least


def main() -> None:
    """Print a table; a row that is measured already is taken over."""
    options = _options()
    torch.set_num_threads(1)
    path = options.out / "adaptation.json"
    rows = json.loads(path.read_text()) if path.is_file() else {}
    for name, speak in _systems(options):
        if name not in rows:
            rows[name] = measured(options, speak(options.out / name))
            write_text(path, json.dumps(rows, indent=2) + "\n")
    print(_table(rows))


def _systems(options: argparse.Namespace) -> Iterable[tuple[str, Callable[[Path], Path]]]:
    """Names, and what makes the wavs of each in a folder."""
    yield "copy", lambda out: copied(options, out)
    for minutes in options.minutes:
        parts = subset(options.dump, options.out / f"{minutes:g}" / "dump", 60 * minutes)
        for preset in options.preset:
            yield f"{minutes:g}/{preset}", lambda out, p=parts, n=preset: tuned(options, p, n, out)
        if options.scratch:
            yield f"{minutes:g}/scratch", lambda out, p=parts: from_nothing(options, p, out)


def subset(dump: Path, out: Path, seconds: float) -> Path:
    """The first utterances of a dump dir, as `train` and `dev` in a folder, which is returned."""
    contract = json.loads((dump / "contract.json").read_text())
    names, left = [], seconds * contract["sample_rate_hz"]
    for name, n_samples in read_table(dump / "utt2num_samples").items():
        if left <= 0:
            break
        names.append(name)
        left -= int(n_samples)
    n_dev = max(2, len(names) // DEV_SHARE)
    for part, chosen in (("train", names[:-n_dev]), ("dev", names[-n_dev:])):
        (out / part).mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            rows = read_table(dump / table)
            write_table(out / part / table, {name: rows[name] for name in chosen})
        write_text(out / part / "contract.json", json.dumps(contract))
    for file in OF_ALL:
        write_text(out / file, (dump.parent / file).read_text(encoding="utf-8"))
    return out


def tuned(options: argparse.Namespace, parts: Path, preset: str, out: Path) -> Path:
    """The base, fine-tuned to these minutes, speaks."""
    exp = out / "exp"
    if not (exp / checkpoint.FOLDER / "best.pt").is_file() or not (out / "done").is_file():
        finetune(
            options.base,
            exp,
            data=parts / "train",
            dev=parts / "dev",
            preset=preset,
            old_data=options.old_data,
            resume=True,
        )
        write_text(out / "done", "")
    return spoken(options, exp, out)


def from_nothing(options: argparse.Namespace, parts: Path, out: Path) -> Path:
    """A model that knows only these minutes speaks."""
    folders = [f"data.train={parts / 'train'}", f"data.dev={parts / 'dev'}"]
    experiment = load_experiment(options.scratch, [*folders, *options.scratch_args])
    train(experiment, out / "exp", resume=True)
    return spoken(options, out / "exp", out)


def spoken(options: argparse.Namespace, exp: Path, out: Path) -> Path:
    """The held-out texts by a model and the vocoder."""
    synth(options.held, out / "eval", exp, options.vocoder)
    return out / "eval" / "wav.scp"


def copied(options: argparse.Namespace, out: Path) -> Path:
    """The recordings by the vocoder: what no acoustic model can better."""
    out.mkdir(parents=True, exist_ok=True)
    vocoding = Vocoding.load(options.vocoder, device="cpu")
    rate_hz = vocoding.contract.sample_rate_hz
    for name, wav in read_table(options.held / "wav.scp").items():
        io.write(out / f"{name}.wav", vocoding.resynthesise(io.read(wav, rate_hz)[0]), rate_hz)
    return out


def measured(options: argparse.Namespace, wavs: Path) -> dict[str, Any]:
    """Means over the utterances, and their intervals."""
    names = [*SCORES, *(["speaker_cosine"] if options.speaker_encoder else options.similarity)]
    found = evaluate(
        options.held / "wav.scp",
        wavs,
        metrics=names,
        text=options.held,
        speaker_encoder=options.speaker_encoder,
    )
    return {name: [i.mean, i.low, i.high] for name, i in found.metrics.items()}


def _table(rows: dict[str, dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for system, row in rows.items():
        values = [f"{row[name][0]:.3f}" if name in row else "" for name in names]
        lines.append(f"| {system} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("vocoder")
    parser.add_argument("dump", type=Path)
    parser.add_argument("held", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, nargs="+", default=[0.5, 2, 5, 15])
    parser.add_argument("--preset", nargs="+", default=["minutes"])
    parser.add_argument("--old-data", type=Path)
    parser.add_argument("--scratch", type=Path, help="a configuration to train from nothing")
    parser.add_argument("--scratch-args", nargs="*", default=[], help="its overrides")
    parser.add_argument("--speaker-encoder", type=Path)
    parser.add_argument(
        "--similarity",
        action="store_const",
        const=["speaker_similarity"],
        default=[],
        help="the speaker's similarity by Resemblyzer, where it is installed",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
