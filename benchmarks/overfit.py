"""Can a vocoder learn two seconds of speech by heart, and how long does that take?

Run: python benchmarks/overfit.py CONF WAV [key=value ...] [--start S] [--seconds S]
     [--knobs "steps=6 temperature=0.5"]... [--out DIR]
For instance: python benchmarks/overfit.py egs/mini/conf/waveglow.yaml speech.wav train.steps=2000

The configuration is trained by the loop that trains it in a recipe, on random segments of the one
excerpt; then the excerpt is resynthesised from its own frames and compared with itself: STOI
(intelligibility, 1 at best), the mean distance of natural-log mels, and the same with Griffin-Lim.
Each --knobs is one more way of sampling, besides the model's own defaults.
Needs pystoi: pip install -e '.[eval]'.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from tts.audio import io
from tts.bridge.mel import Model as MelBridge
from tts.contracts import Contract
from tts.data.features import write_features
from tts.data.tables import write_table
from tts.metrics.perceptual import stoi
from tts.metrics.spectral import log_mel, log_mel_distance
from tts.train.loop import train
from tts.train.settings import load_experiment
from tts.voice.vocoding import Vocoding

N_COPIES = 8  # names the excerpt has, so that a batch holds as many segments of it


def main() -> None:
    """Train, resynthesise, and print one line or one JSON object."""
    options = _options()
    torch.set_num_threads(1)
    out = Path(options.out)
    overrides = [f"data.train={out / 'dump'}", f"data.dev={out / 'dump'}", "data.workers=0"]
    plan = load_experiment(options.conf, overrides + options.override)
    wav = excerpt(options.wav, plan.audio, options.start, options.seconds)
    write_dump(out / "dump", wav, plan.audio)
    started = time.perf_counter()
    trained = train(plan, out / "exp", resume=True, cpu=True)
    minutes = (time.perf_counter() - started) / 60
    result: dict[str, Any] = {"conf": options.conf, "steps": trained.step, "minutes": minutes}
    for name, path, knobs in _ways(out / "exp", options.knobs):
        made = Vocoding.load(path, plan.audio, device="cpu").resynthesise(wav, **knobs)
        io.write(out / f"{name}.wav", made, plan.audio.sample_rate_hz)
        result[name] = likeness(wav, made, plan.audio)
    print(json.dumps(result) if options.json else _lines(result))


def _ways(exp: Path, knobs: list[str]) -> list[tuple[str, Path | str, dict[str, Any]]]:
    """What to resynthesise with: a name, a vocoder, its knobs."""
    turned = [(each.replace(" ", "_"), exp, _knobs(each)) for each in knobs]
    return [("model", exp, {}), *turned, ("griffin_lim", "griffin_lim", {})]


def _knobs(text: str) -> dict[str, Any]:
    pairs = (pair.partition("=") for pair in text.split())
    return {name: yaml.safe_load(value) for name, _, value in pairs}


def excerpt(path: str, contract: Contract, start_s: float, seconds: float) -> np.ndarray:
    """Samples of a recording at the bridge's rate, a whole number of frames."""
    wav, _ = io.read(path, contract.sample_rate_hz)
    wav = wav[int(start_s * contract.sample_rate_hz) :]
    n_frames = int(seconds * contract.sample_rate_hz) // contract.hop
    return wav[: min(n_frames, len(wav) // contract.hop) * contract.hop]


def write_dump(folder: Path, wav: np.ndarray, contract: Contract) -> None:
    """A dump dir in which all utterances are the same excerpt."""
    (folder / "wav").mkdir(parents=True, exist_ok=True)
    file = folder / "wav" / "excerpt.wav"
    io.write(file, wav, contract.sample_rate_hz)
    names = [f"copy{i}" for i in range(N_COPIES)]
    write_table(folder / "wav.scp", dict.fromkeys(names, file.resolve()))
    write_table(folder / "utt2num_samples", dict.fromkeys(names, len(wav)))
    bridge = MelBridge(contract)
    write_features(
        folder,
        lambda samples: bridge.encode(torch.from_numpy(samples)[None])[0].numpy(),
        contract,
    )


def likeness(wav: np.ndarray, made: np.ndarray, contract: Contract) -> dict[str, float]:
    """STOI, and the mean absolute distance of natural-log mels."""
    rate_hz = contract.sample_rate_hz
    frames, again = (log_mel(x, Contract(sample_rate_hz=rate_hz)) for x in (wav, made))
    intelligible = stoi(wav, made, rate_hz)
    return {
        "stoi": math.nan if intelligible is None else intelligible,
        "log_mel_distance": log_mel_distance(frames, again),
    }


def _lines(result: dict[str, Any]) -> str:
    rows = [f"{result['conf']}: {result['steps']} steps in {result['minutes']:.1f} minutes"]
    rows += [
        f"{name:>24}: STOI {row['stoi']:.3f}, log-mel distance {row['log_mel_distance']:.3f}"
        for name, row in result.items()
        if isinstance(row, dict)
    ]
    return "\n".join(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("conf")
    parser.add_argument("wav")
    parser.add_argument("override", nargs="*", help="key=value, on top of the configuration")
    parser.add_argument("--start", type=float, default=0.5, help="where the excerpt begins, in s")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--knobs", action="append", default=[], help="key=value key=value ...")
    parser.add_argument("--out", default="exp/overfit", help="a folder; a second run resumes")
    parser.add_argument("--json", action="store_true")
    return parser.parse_intermixed_args()


if __name__ == "__main__":
    main()
