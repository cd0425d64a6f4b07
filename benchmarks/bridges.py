"""Copy synthesis through bridges: from a recording to frames and back.

Run: python benchmarks/bridges.py DUMP EXP [EXP ...] [--utterances N] [--json]
DUMP is a dump dir of held-out utterances (or a folder of audio files), EXP a learned bridge with
its decoder, or a vocoder on a mel; Griffin-Lim joins them. For each, means over the utterances of

  stoi, pesq, log_mel_distance    of what it makes against the recording
  f0_rmse_cents, voicing_error    of the pitch tracks of the two

and for a learned bridge, besides,

  kl               divergence of the posterior from N(0, 1), nats a frame
  active           dimensions whose means vary: a variance over 0.01 (Burda et al., 2016)
  std              median standard deviation of the posterior
  latent_f0_rmse_cents, latent_voicing_error    of the pitch that is told from the latent alone

Needs pystoi and pesq: pip install -e '.[eval]'.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from tts.audio import f0, io
from tts.contracts import Contract
from tts.data.tables import read_table
from tts.losses.posterior import standard_kl
from tts.metrics.perceptual import pesq, stoi
from tts.metrics.pitch import compare_pitch
from tts.metrics.spectral import log_mel, log_mel_distance
from tts.voice.vocoding import Vocoding

ACTIVE = 0.01  # variance of a dimension's mean over the frames, above which it says something


def main() -> None:
    """Print a table or one JSON object."""
    options = _options()
    torch.set_num_threads(1)
    vocodings = [Vocoding.load(exp, device="cpu") for exp in options.exp]
    vocodings.append(Vocoding.load("griffin_lim", device="cpu"))
    rate_hz = vocodings[0].contract.sample_rate_hz
    wavs = [io.read(file, rate_hz)[0] for file in _files(options.dump)[: options.utterances]]
    rows = {v.name: measured(v, wavs) for v in tqdm(vocodings, unit="model")}
    print(json.dumps(rows) if options.json else _table(rows))


def _files(folder: Path) -> list[str]:
    if (folder / "wav.scp").exists():
        return list(read_table(folder / "wav.scp").values())
    return [str(path) for path in sorted(folder.iterdir()) if path.suffix in (".wav", ".flac")]


def measured(vocoding: Vocoding, wavs: Sequence[np.ndarray]) -> dict[str, float]:
    """Means over the utterances, by name."""
    found: dict[str, list[float]] = {}
    for wav in wavs:
        scores: dict[str, Any] = _likeness(wav, vocoding)
        if hasattr(vocoding.model, "encoder"):
            scores |= _of_latent(wav, vocoding)
        for name, score in scores.items():
            if score is not None:
                found.setdefault(name, []).append(score)
    return {name: mean(scores) for name, scores in found.items()}


def _likeness(wav: np.ndarray, vocoding: Vocoding) -> dict[str, float | None]:
    made, rate_hz = vocoding.resynthesise(wav), vocoding.contract.sample_rate_hz
    contract = Contract(sample_rate_hz=rate_hz)
    errors = compare_pitch(_track(wav, vocoding.contract), _track(made, vocoding.contract))
    return {
        "stoi": stoi(wav, made, rate_hz),
        "pesq": pesq(wav, made, rate_hz),
        "log_mel_distance": log_mel_distance(log_mel(wav, contract), log_mel(made, contract)),
        "f0_rmse_cents": errors.f0_rmse_cents,
        "voicing_error": errors.voicing_error,
    }


@torch.inference_mode()
def _of_latent(wav: np.ndarray, vocoding: Vocoding) -> dict[str, float | None]:
    model = vocoding.model
    posterior = model.posterior(torch.from_numpy(wav)[None])
    told = model.predict_f0(posterior.mean)[0].numpy()
    errors = compare_pitch(_track(wav, vocoding.contract), told)
    return {
        "kl": float(standard_kl(posterior.mean, posterior.log_std).sum(1).mean()),
        "active": int((posterior.mean.var(2) > ACTIVE).sum()),
        "std": float(posterior.log_std.exp().median()),
        "latent_f0_rmse_cents": errors.f0_rmse_cents,
        "latent_voicing_error": errors.voicing_error,
    }


def _track(wav: np.ndarray, contract: Contract) -> np.ndarray:
    found = f0.estimate(torch.from_numpy(wav)[None], contract.sample_rate_hz, contract.hop)
    return found.f0_hz[0].numpy()


def _table(rows: dict[str, dict[str, float]]) -> str:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for model, row in rows.items():
        values = [f"{row[name]:.3f}" if name in row else "" for name in names]
        lines.append(f"| {model} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dump", type=Path)
    parser.add_argument("exp", nargs="+")
    parser.add_argument("--utterances", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
