"""Tiny models with random weights, saved as experiments: small enough to speak in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from tests.checks import perturb
from tts import build, checkpoint
from tts.config import dump_yaml, to_tree
from tts.contracts import Contract
from tts.text.frontend import Frontend, FrontendConfig

CONTRACT = Contract(sample_rate_hz=4000, hop=16, n_fft=64, win=64, channels=8, fmax_hz=2000.0)
LATENT = Contract(kind="latent", sample_rate_hz=4000, hop=16, channels=6)
ACOUSTIC = {
    "name": "glow_tts",
    "channels": 8,
    "feed_forward_channels": 8,
    "n_blocks": 1,
    "duration_channels": 8,
    "flow_channels": 8,
    "n_flow_blocks": 2,
    "n_flow_layers": 1,
    "speaker_channels": 4,
}
VOCODER = {
    "name": "hifigan",
    "channels": 8,
    "rates": [4, 4],
    "rate_kernels": [8, 8],
    "kernels": [3, 5],
    "dilations": [[1, 2], [1, 3]],
    "periods": [2],
    "period_widths": [4, 8],
    "n_scales": 1,
    "scale_width_divisor": 32,
}

BRIDGE = {
    "name": "glow_wavegan",
    "encoder_channels": 4,
    "strides": [4, 4],
    "n_units": 1,
    "decoder_channels": 8,
    "rates": [4, 4],
    "rate_kernels": [8, 8],
    "kernels": [3],
    "dilations": [[1, 2]],
    "periods": [2],
    "period_widths": [4, 8],
    "n_scales": 1,
    "scale_width_divisor": 32,
    "pitch_channels": 4,
}

SPEAKER = {"name": "ecapa_tdnn", "channels": 8, "groups": 2, "bottleneck": 4, "vector": 6}


def save_acoustic(
    exp_dir: Path,
    *,
    speakers: Sequence[str] = (),
    contract: Contract = CONTRACT,
    blank: bool = True,
    phonemiser: str = "letters",
    step: int = 7,
) -> Path:
    """An experiment with a Glow-TTS that speaks letters, about three frames each."""
    config = FrontendConfig(phonemiser=phonemiser, blank=blank)
    frontend = Frontend.from_symbols(config, set("abcdefghijklmnopqrstuvwxyz'"))
    sizes = {"n_tokens": len(frontend.table), "n_speakers": max(1, len(speakers))}
    with _seeded():
        model = build.build("acoustic", ACOUSTIC, contract, sizes)
        perturb(model)
    with torch.no_grad():
        model.encoder.durations.out.bias.fill_(1.0)
    save(exp_dir, "acoustic", ACOUSTIC, contract, model, step, sizes)
    frontend.save(exp_dir)
    (exp_dir / "speakers.txt").write_text("".join(f"{name}\n" for name in speakers))
    return exp_dir


def save_vocoder(
    exp_dir: Path,
    *,
    speakers: Sequence[str] = (),
    contract: Contract = CONTRACT,
    step: int = 9,
) -> Path:
    """An experiment with a HiFi-GAN, its discriminators included; told of speakers if any."""
    section = {**VOCODER, "speaker_bias": True} if speakers else VOCODER
    sizes = {"n_speakers": len(speakers)} if speakers else {}
    with _seeded():
        model = build.build("vocoder", section, contract, sizes, for_training=True)
        for parameter in model.speakers.parameters():
            torch.nn.init.normal_(parameter)
    save(exp_dir, "vocoder", section, contract, model, step, sizes)
    if speakers:
        (exp_dir / "speakers.txt").write_text("".join(f"{name}\n" for name in speakers))
    return exp_dir


def save_bridge(exp_dir: Path, *, contract: Contract = LATENT, step: int = 5) -> Path:
    """An experiment with a learned bridge, its discriminators included."""
    with _seeded():
        model = build.build("bridge", BRIDGE, contract, for_training=True)
    return save(exp_dir, "bridge", BRIDGE, contract, model, step)


def save_speaker_encoder(exp_dir: Path, *, contract: Contract = CONTRACT, step: int = 3) -> Path:
    """An experiment with an encoder of speakers, the classes of its training included."""
    sizes = {"n_speakers": 2}
    with _seeded():
        model = build.build("speaker", SPEAKER, contract, sizes, for_training=True)
    return save(exp_dir, "speaker", SPEAKER, contract, model, step, sizes)


@contextmanager
def _seeded() -> Iterator[None]:
    """The same weights whichever test comes first."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def save(
    exp_dir: Path,
    role: str,
    section: dict[str, Any],
    contract: Contract,
    model: torch.nn.Module,
    step: int,
    sizes: dict[str, int] | None = None,
) -> Path:
    """An experiment directory of one checkpoint and its config."""
    (exp_dir / checkpoint.FOLDER).mkdir(parents=True)
    content = checkpoint.Checkpoint(
        step, role, section, to_tree(contract), sizes or {}, model.state_dict()
    )
    checkpoint.save(content, checkpoint.path_of(exp_dir, step))
    (exp_dir / "config.yaml").write_text(dump_yaml({"audio": to_tree(contract), role: section}))
    return exp_dir
