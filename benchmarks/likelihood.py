"""What a flow vocoder finds in speech it has not heard: bits per sample, and how normal z is.

Run: python benchmarks/likelihood.py EXP DUMP [--utterances N] [--json]

EXP is a trained WaveGlow or FloWaveNet, DUMP the dump dir of a held-out set. For the trained model
and for an untrained one, with its data-dependent initialisation, it prints

  speech    bits that a 16-bit sample of held-out speech takes
  own       the same for the model's own samples, drawn at the temperature it was trained at
  mean, std, kurtosis    of z of held-out speech, over sigma; kurtosis is 0 for a normal variable
  channels  the largest deviation of a channel's mean from 0 and of its deviation from 1, a channel
            being the samples of one place in a group
  distance  Kolmogorov and Smirnov's, between z and the normal distribution: 0 at best
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from tts import build
from tts.contracts import VocoderBatch
from tts.data.dataset import VocoderData
from tts.flows.likelihood import Likelihood
from tts.nn.conv import fold

SEGMENT_FRAMES = 64
N_GROUP = 8  # places told apart by `channels`


def main() -> None:
    """Measure both models, and print a table or one JSON object."""
    options = _options()
    torch.set_num_threads(1)
    loaded = build.load(options.exp, "vocoder")
    batch = held_out(Path(options.dump), loaded.contract, options.utterances)
    torch.manual_seed(0)
    fresh = build.build("vocoder", loaded.section, loaded.contract, for_training=True)
    if hasattr(fresh, "initialise"):
        fresh.initialise(batch)
    rows = {"untrained": fresh.eval(), f"step {loaded.step}": loaded.model}
    result = {name: measured(fold(model), batch) for name, model in rows.items()}
    if options.json:
        print(json.dumps(result))
        return
    columns = list(next(iter(result.values())))
    print(f"{'':>12}" + "".join(f"{name:>14}" for name in columns))
    for name, row in result.items():
        print(f"{name:>12}" + "".join(f"{row[column]:>14.3f}" for column in columns))


def held_out(dump: Path, contract: Any, n_utterances: int) -> VocoderBatch:
    """One segment of each utterance, the same ones every time."""
    data = VocoderData(dump, contract, SEGMENT_FRAMES)
    return data.collate([data[i, 0] for i in range(min(n_utterances, len(data)))])


@torch.inference_mode()
def measured(model: Any, batch: VocoderBatch) -> dict[str, float]:
    """Bits of speech and of own samples, and statistics of z, in float32."""
    sigma = getattr(model.config, "sigma", 1.0)
    speech = model.log_likelihood(batch.frames, batch.wav)
    seeds = list(range(len(batch.wav)))
    own = model.generate(batch.frames, seed=seeds, temperature=sigma)
    return {
        "speech": _bits(speech),
        "own": _bits(model.log_likelihood(batch.frames, own)),
        **normality(speech.latent / sigma),
    }


def _bits(found: Likelihood) -> float:
    return float(found.bits_per_sample.mean())


def normality(z: torch.Tensor) -> dict[str, float]:
    """Moments of z (B, N) and its distance from the standard normal distribution."""
    z = z.double()
    values = z.flatten().sort().values
    std = values.std()
    standard = (values - values.mean()) / std
    expected = torch.special.ndtr(values)
    reached = torch.arange(1, len(values) + 1, dtype=torch.float64) / len(values)
    places = z.unflatten(1, (-1, N_GROUP))
    return {
        "mean": float(values.mean()),
        "std": float(std),
        "kurtosis": float(standard.pow(4).mean() - 3),
        "channel mean": float(places.mean((0, 1)).abs().max()),
        "channel std": float((places.std((0, 1)) - 1).abs().max()),
        "distance": float((expected - reached).abs().max()),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("exp")
    parser.add_argument("dump")
    parser.add_argument("--utterances", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
