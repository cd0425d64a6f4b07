"""Writes tests/golden/golden.json: numbers that only a deliberate change may change.

    python tools/make_golden.py > tests/golden/golden.json

Token ids of sentences, a few values of a mel, and the first losses of tiny seeded trainings, in
float32 on one thread. A test compares; look at the difference before you commit a new file.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch

from tts.acoustic import glow_tts
from tts.audio.mel import MelSpectrogram
from tts.contracts import AcousticBatch, Contract, VocoderBatch
from tts.text.frontend import Frontend, FrontendConfig
from tts.vocoder import hifigan

SENTENCES = ("Hello, world.", "Dr. Lee paid $3.50 on 3 May 1999.", "Is it ten past nine?")
N_STEPS = 4


def golden() -> dict[str, Any]:
    """All the numbers."""
    torch.set_num_threads(1)
    frontend = Frontend.from_symbols(FrontendConfig())
    return {
        "tokens": {text: list(frontend(text).ids) for text in SENTENCES},
        "mel": _mel(),
        "glow_tts": _acoustic_losses(),
        "hifigan": _vocoder_losses(),
    }


def _mel() -> list[float]:
    """Every tenth band of the middle frame of a chirp."""
    time_s = torch.arange(22_050) / 22_050
    wav = 0.5 * torch.sin(2 * torch.pi * (100 + 2000 * time_s) * time_s)
    return MelSpectrogram(Contract())(wav[None])[0, ::10, 43].tolist()


def _acoustic_losses() -> list[float]:
    torch.manual_seed(0)
    config = glow_tts.Config(
        channels=16, n_blocks=1, flow_channels=16, n_flow_blocks=2,
        dropout=0.0, prenet_dropout=0.0, flow_dropout=0.0,
    )  # fmt: skip
    model = glow_tts.Model(config, Contract(channels=8), n_tokens=10)
    lens = torch.tensor([5, 3]), torch.tensor([24, 18])
    tokens, frames = torch.randint(1, 10, (2, 5)), torch.randn(2, 8, 24)
    batch = AcousticBatch(("a", "b"), tokens, lens[0], frames, lens[1])
    model.initialise(batch)
    return _train(model, batch)


def _vocoder_losses() -> list[float]:
    torch.manual_seed(0)
    contract = Contract(channels=8, hop=16, n_fft=64, win=64, sample_rate_hz=8000, fmax_hz=4000)
    config = hifigan.Config(
        channels=16, rates=(4, 4), rate_kernels=(8, 8), periods=(2, 3), period_widths=(4, 8),
        n_scales=2, scale_width_divisor=32,
    )  # fmt: skip
    batch = VocoderBatch(("a",), torch.randn(1, 8, 16), 0.1 * torch.randn(1, 256))
    return _train(hifigan.Model(config, contract), batch)


def _train(model: Any, batch: Any) -> list[float]:
    """Each player's total, at each of a few steps of plain gradient descent."""
    totals = []
    for step in range(1, N_STEPS + 1):
        torch.manual_seed(step)
        carry = {"step": step}
        for name in model.players:
            model.zero_grad()
            total = model.loss(batch, name, carry)["total"]
            total.backward()
            with torch.no_grad():
                for parameter in model.player(name).parameters():
                    parameter.sub_(1e-4 * parameter.grad)
            totals.append(total.item())
    return totals


if __name__ == "__main__":
    json.dump(golden(), sys.stdout, indent=1)
