"""WaveNet on one CPU thread: samples a second, one by one, for one utterance and for eight.

Run: python benchmarks/wavenet.py [--only NAME] [--rounds N] [--peers FILE.py] [--json]
`--peers` names a Python file that runs the public code: its `wavenet_infer(name)`, for the cases
mol and mulaw (r9y9) and clarinet (the teacher), returns a callable that generates once, upsampling
included, with the attributes `samples` (how many), `state` and `config` (weights and JSON
configuration by the official names) and `forced` (mel (1, 80, T); a signal (1, N); the parameters
(1, P, N) of each of its samples given those before it, the first given silence). Ours takes those
weights, and must predict the same. For a case it does not know it returns None.

Each round times the public code and ours in float32 and with weights of 16 bits, one after another
and in turning order, in seconds of processor time, with upsampling and the packing of weights;
shown are medians over the rounds, the ratios being of one round. MB are of the weights that are
read for a sample of one utterance; beside them is the rate at which they are read, and the one at
which products that do nothing else read as much memory.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numba
import numpy as np
import torch
from torch import nn
from turns import load_peers, snr_db, timed

from tts import build
from tts.foreign import clarinet, wavenet
from tts.kernels.wavenet import Network
from tts.kernels.wavenet_numba import _multiply
from tts.kernels.wavenet_packed import AHEAD, shape_of, weights_of
from tts.kernels.wavenet_vector import PANEL
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast
from tts.train.settings import load_experiment
from tts.vocoder.wavenet import _network

CONFIGS = Path(__file__).parents[1] / "egs" / "ljspeech" / "conf"
N_FRAMES, MANY = 40, 8  # 10 240 samples; utterances side by side
SAME_DB = 60.0  # two implementations with the same weights agree at least so well
READERS = {"clarinet": clarinet.read}
CASES = {
    "mol": "wavenet_mol.yaml",
    "mulaw": "wavenet_mulaw.yaml",
    "clarinet": "wavenet_gaussian.yaml",
    "64": "wavenet_64.yaml",
}


def main() -> None:
    """Print a block of lines for each case, or one JSON object."""
    options = _options()
    torch.set_num_threads(1)
    peers = None if options.peers is None else load_peers(options.peers)
    rows = []
    for name in CASES:
        if options.only in ("", name):
            peer = None if peers is None else peers.wavenet_infer(name)
            rows.append(_case(name, peer, options.rounds))
            if not options.json:
                print(_lines(rows[-1]), flush=True)
    if options.json:
        print(json.dumps({"threads": 1, "rows": rows}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", choices=["", *CASES], help="one case")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", type=Path, metavar="FILE.py", help="runs the public code")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser.parse_args()


def _case(name: str, peer: Any, rounds: int) -> dict[str, Any]:
    model = _random(name) if peer is None else _taken_over(name, peer)
    row: dict[str, Any] = {"name": name}
    if peer is not None:
        row["public_snr_db"] = _agreement(name, model, peer)
    turns = {
        f"{precision}_{n_rows}": _ours(model, precision, n_rows)
        for n_rows in (1, MANY)
        for precision in ("float32", "bfloat16")
    }
    n_samples = dict.fromkeys(turns, N_FRAMES * model.contract.hop)
    n_samples |= {t: MANY * n for t, n in n_samples.items() if t.endswith(f"_{MANY}")}
    if peer is not None:
        turns, n_samples = {"public": peer, **turns}, {"public": peer.samples, **n_samples}
    row |= _measure(turns, n_samples, rounds)
    row |= _weights(_network(model), row)
    return {**row, "sample_rate_hz": model.contract.sample_rate_hz, "rounds": rounds}


# Models


def _random(name: str) -> nn.Module:
    experiment = load_experiment(CONFIGS / CASES[name])
    torch.manual_seed(0)
    return _ready(build.build("vocoder", experiment.section, experiment.audio))


def _taken_over(name: str, peer: Any) -> nn.Module:
    """Our model with the public one's weights."""
    with tempfile.TemporaryDirectory() as folder:
        file, config = Path(folder) / "checkpoint.pth", Path(folder) / "config.json"
        torch.save({"state_dict": peer.state}, file)
        config.write_text(json.dumps(peer.config), encoding="utf-8")
        imported = READERS.get(name, wavenet.read)(file, config)
    model = build.build(imported.role, imported.section, imported.contract)
    model.load_state_dict(imported.weights)
    return _ready(model)


def _ready(model: nn.Module) -> nn.Module:
    return fold(model).eval().requires_grad_(False)


@torch.inference_mode()
def _agreement(name: str, model: nn.Module, peer: Any) -> float:
    """SNR of what ours predicts after given samples, against the public code's predictions."""
    frames, signal, expected = peer.forced
    made = model.predict(model.condition(frames)[..., : signal.shape[1]], signal)
    found = snr_db(expected, made)
    if found < SAME_DB:
        sys.exit(f"wavenet: {name}: ours and the public predictions agree to {found:.0f} dB only")
    return found


def _ours(model: nn.Module, precision: Precision, n_rows: int) -> Callable[[], object]:
    generator = torch.Generator().manual_seed(0)
    frames = torch.rand(n_rows, model.contract.channels, N_FRAMES, generator=generator)

    @torch.inference_mode()
    def run() -> object:
        with autocast(precision, "cpu"):
            return model.generate(frames)

    return run


# Measuring


def _measure(
    turns: dict[str, Callable[[], object]], n_samples: dict[str, int], rounds: int
) -> dict[str, Any]:
    """Samples a second and ratios to the first, medians over rounds."""
    rates = {
        name: [n_samples[name] / seconds for seconds in taken]
        for name, taken in timed(turns, rounds).items()
    }
    first = rates[next(iter(turns))]
    row: dict[str, Any] = {f"{name}_per_s": median(found) for name, found in rates.items()}
    for name, found in rates.items():
        row[f"{name}_ratio"] = median(a / b for a, b in zip(found, first))
    return row


def _weights(network: Network, row: dict[str, Any]) -> dict[str, Any]:
    """How many bytes of weights are read for a sample, and how fast."""
    n_read, found = _n_read(network), {}
    for precision, dtype in (("float32", torch.float32), ("bfloat16", torch.float16)):
        packed = weights_of(network, shape_of(network, 1), dtype).packed
        n_bytes = n_read * packed.itemsize
        found |= {
            f"{precision}_mb": n_bytes / 1e6,
            f"{precision}_gb_per_s": n_bytes * row[f"{precision}_1_per_s"] / 1e9,
            f"{precision}_cache_gb_per_s": _reading_rate(packed[: PANEL * (n_read // PANEL)]),
        }
    return found


def _n_read(network: Network) -> int:
    """Weights a sample of one row needs: what is computed ahead shares a pass over its weights."""
    n_taps = network.dilated.shape[3]
    per_tap = network.dilated[0].numel() // n_taps
    older = sum((n_taps - 1) * per_tap / min(d, AHEAD) for d in network.dilations)
    newest = len(network.dilations) * per_tap
    rest = (network.residual, network.skip, network.hidden, network.last)
    return int(older + newest + network.cond.numel() / AHEAD + sum(m.numel() for m in rest))


@numba.njit
def _read(packed, x, y, times):  # type: ignore[no-untyped-def]
    for _ in range(times):
        _multiply(packed, PANEL, len(x), x, len(x), y, PANEL, 1)


def _reading_rate(packed: np.ndarray) -> float:
    """GB of weights a second in products that do nothing else, from memory of that size."""
    x, y = np.zeros(len(packed) // PANEL, np.float32), np.zeros(PANEL, np.float32)
    times, rates = max(1, 500_000_000 // packed.nbytes), []
    _read(packed, x, y, 1)
    for _ in range(9):
        start = time.process_time()
        _read(packed, x, y, times)
        rates.append(times * packed.nbytes / (time.process_time() - start) / 1e9)
    return median(rates)


# Showing

_TITLES = {
    "public": "public code",
    "float32_1": "float32",
    "bfloat16_1": "16 bits",
    f"float32_{MANY}": f"float32, {MANY} utterances",
    f"bfloat16_{MANY}": f"16 bits, {MANY} utterances",
}


def _lines(row: dict[str, Any]) -> str:
    lines = [f"{row['name']}: at {row['sample_rate_hz']} Hz, medians of {row['rounds']} rounds"]
    if "public_snr_db" in row:
        lines.append(f"  predictions against the public code: {row['public_snr_db']:.0f} dB")
    for name, title in _TITLES.items():
        if f"{name}_per_s" not in row:
            continue
        rate, ratio = row[f"{name}_per_s"], row[f"{name}_ratio"]
        real_time = rate / row["sample_rate_hz"]
        line = f"  {title:22} {rate:8.0f} samples/s {real_time:6.2f} x real time {ratio:7.1f} x"
        precision, n_rows = (*name.split("_"), "")[:2]
        if n_rows == "1":
            read, most = row[f"{precision}_gb_per_s"], row[f"{precision}_cache_gb_per_s"]
            line += f"  {row[f'{precision}_mb']:5.2f} MB a sample, {read:4.0f} of {most:4.0f} GB/s"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
