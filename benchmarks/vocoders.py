"""Vocos on one CPU thread: beside the package of its author, HiFi-GAN and Griffin-Lim.

Run: python benchmarks/vocoders.py [--rounds N] [--json]
Takes a minute. With `pip install vocos` (which brings torchaudio) the package runs in the same
turns with the same weights, and the largest difference of a sample is shown.

Four seconds of mel to samples, weights at random; real-time factors of processor time, medians
over the rounds.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
import yaml
from turns import timed, times_as_fast

from tts import build
from tts.contracts import Contract
from tts.foreign import vocos
from tts.nn.conv import fold
from tts.nn.precision import Precision, resolve
from tts.train.settings import load_experiment
from tts.voice.vocoding import Vocoding

EGS = Path(__file__).parents[1] / "egs"
CONFS = {
    "vocos": "ljspeech/conf/vocos.yaml",
    "vocos (mini)": "mini/conf/vocos.yaml",
    "hifigan_v2": "ljspeech/conf/hifigan_v2.yaml",
    "hifigan_v3": "ljspeech/conf/hifigan_v3.yaml",
    "hifigan (mini)": "mini/conf/hifigan.yaml",
}
AUDIO_S = 4.0
PACKAGE, OURS = "vocos 24 kHz, package", "vocos 24 kHz"
WEIGHT_STD = 0.02  # what is added to the package's initial weights, many of which are 0 or 1


def main(arguments: list[str]) -> None:
    """Print one row for each vocoder and precision, or one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    turns: dict[str, Callable[[], object]] = {}
    for name, conf in CONFS.items():
        experiment = load_experiment(EGS / conf)
        model = build.build("vocoder", experiment.section, experiment.audio)
        turns |= _in_both_precisions(name, model, experiment.audio)
    turns |= _griffin_lim(Contract())
    difference = None
    if importlib.util.find_spec("vocos") is not None:
        more, difference = _beside_the_package()
        turns |= more
    taken = timed(turns, options.rounds)
    factors = {name: median(seconds) / AUDIO_S for name, seconds in taken.items()}
    ours = [n for n in taken if n.startswith(OURS) and n != PACKAGE]
    ratios = {name: times_as_fast(taken, name, PACKAGE) for name in ours}
    if options.json:
        print(json.dumps({"rtf": factors, "ratios": ratios, "largest_difference": difference}))
        return
    for name, factor in factors.items():
        print(f"{name:<32} RTF {factor:.5f}  {1 / factor:6.0f} times real time")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f} times as fast as the package; {difference:.1e} apart")


def _mel(contract: Contract) -> torch.Tensor:
    n_frames = round(AUDIO_S / contract.frame_s)
    return torch.randn(contract.channels, n_frames) - 4


def _in_both_precisions(
    name: str, model: torch.nn.Module, contract: Contract
) -> dict[str, Callable[[], object]]:
    mel, turns = _mel(contract), {}
    precisions: tuple[Precision, ...] = ("float32", "auto")
    for precision in precisions:
        ready = Vocoding.of(copy.deepcopy(fold(model)), name, precision=precision, device="cpu")
        shown = str(resolve(precision, "cpu")).removeprefix("torch.")
        turns[f"{name}, {shown}"] = lambda ready=ready: ready(mel)
    return turns


def _griffin_lim(contract: Contract) -> dict[str, Callable[[], object]]:
    ready, mel = Vocoding.load("griffin_lim", contract, device="cpu"), _mel(contract)
    return {"griffin_lim": lambda: ready(mel)}


def _beside_the_package() -> tuple[dict[str, Callable[[], object]], float]:
    """The package and ours with its weights, as turns, and how far they are apart."""
    with tempfile.TemporaryDirectory() as folder:
        package = _package(Path(folder))
        imported = vocos.read(Path(folder) / "pytorch_model.bin")
    model = build.build("vocoder", imported.section, imported.contract).eval()
    model.load_state_dict(imported.weights)
    mel = _mel(imported.contract)[None]
    with torch.inference_mode():
        theirs, ours = package.decode(mel), model.generate(mel)
    difference = float((theirs - ours[:, : theirs.shape[1]]).abs().max() / theirs.abs().max())

    @torch.inference_mode()
    def run() -> torch.Tensor:
        return package.decode(mel)

    turns = {PACKAGE: run} | _in_both_precisions(OURS, model, imported.contract)
    return turns, difference


def _package(folder: Path) -> Any:
    """The package's model of mels at 24 kHz, with its files in a folder."""
    from vocos import Vocos

    frames = {"n_fft": 1024, "hop_length": 256, "padding": "center"}
    parts = {
        "feature_extractor": (
            "feature_extractors.MelSpectrogramFeatures",
            {"sample_rate": 24_000, "n_mels": 100, **frames},
        ),
        "backbone": (
            "models.VocosBackbone",
            {"input_channels": 100, "dim": 512, "intermediate_dim": 1536, "num_layers": 8},
        ),
        "head": ("heads.ISTFTHead", {"dim": 512, **frames}),
    }
    tree = {
        name: {"class_path": f"vocos.{kind}", "init_args": given}
        for name, (kind, given) in parts.items()
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    model = Vocos.from_hparams(str(folder / "config.yaml")).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(WEIGHT_STD * torch.randn_like(parameter))
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return model


if __name__ == "__main__":
    main(sys.argv[1:])
