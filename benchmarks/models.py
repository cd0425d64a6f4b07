"""Models on one CPU thread: text to mel, mel to wav, and training steps.

Run: python benchmarks/models.py [--only TEXT] [--rounds N] [--peers FILE.py] [--json]
Takes five minutes, twelve beside the official code. `--peers` names a Python file that runs that
code; docs/benchmarks.md says what it must define, and what to expect.

Each round times the official code, ours in float32 and ours in the default precision, one after
another and in turning order; shown are the medians over the rounds, the ratios being of one round.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn
from turns import load_peers, snr_db, timed, times_as_fast

from tts import build
from tts.bridge.mel import Model as MelBridge
from tts.contracts import AcousticBatch, Contract, VocoderBatch
from tts.foreign import flowavenet, glow_tts, hifigan, waveglow
from tts.foreign.parts import Imported
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast, resolve
from tts.train.optim import clip, make_optimiser, schedule_factor
from tts.train.settings import Experiment, load_experiment
from tts.voice.vocoding import Vocoding

CONFIGS = Path(__file__).parents[1] / "egs" / "ljspeech" / "conf"
N_TOKENS, FRAMES_PER_TOKEN, N_SYMBOLS = 100, 6, 148  # as the official Glow-TTS reads English
VOCODED_FRAMES = 345  # four seconds
FLOW_FRAMES = 172  # two
ACOUSTIC_BATCH, VOCODER_BATCH, SEGMENT_FRAMES = 8, 4, 32
FLOW_GAIN = 0.3  # of the last convolutions of random couplings: shifts and log-scales of about 0.1
SAME_DB = 60.0  # two implementations with the same weights agree at least so well


@dataclass(frozen=True)
class Work:
    """One thing to time.

    Attributes:
        run: does it once, in a precision.
        deviation: how far the default precision is from float32.
    """

    run: Callable[[Precision], object]
    deviation: Callable[[], dict[str, float]]


def main(arguments: list[str]) -> None:
    """Print one row for each case, or one JSON object."""
    options = _parse(arguments)
    torch.set_num_threads(1)
    peers = None if options.peers is None else load_peers(options.peers)
    rows = []
    if not options.json:
        print(_HEAD)
    for name, (make, maker, args) in CASES.items():
        if options.only not in name:
            continue
        peer = getattr(peers, maker)(*args) if hasattr(peers, maker) else None
        rounds = max(3, options.rounds // 3) if name.endswith("training") else options.rounds
        rows.append({"name": name, **_measure(make(*args, peer=peer), peer, rounds)})
        if not options.json:
            print(_line(rows[-1]), flush=True)
    if options.json:
        default = str(resolve("auto", "cpu")).removeprefix("torch.")
        print(json.dumps({"threads": 1, "default_precision": default, "rows": rows}))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="cases with this in their name")
    parser.add_argument("--rounds", type=int, default=9, help="of inference; training has a third")
    parser.add_argument("--peers", type=Path, metavar="FILE.py", help="runs the official code")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser.parse_args(arguments)


# Measuring


def _measure(work: Work, peer: Any, rounds: int) -> dict[str, Any]:
    """Milliseconds and ratios, medians over rounds, and the default precision's deviation."""
    turns = {"float32": lambda: work.run("float32"), "default": lambda: work.run("auto")}
    if peer is not None:
        turns["official"] = peer
    deviation = work.deviation()
    taken = timed(turns, rounds)
    row: dict[str, Any] = {f"{name}_ms": 1000 * median(s) for name, s in taken.items()}
    against = "float32" if peer is None else "official"
    for name in ("float32", "default"):
        row[f"{name}_ratio"] = times_as_fast(taken, name, against)
    return {"official_ms": None, **row, "rounds": rounds, **deviation}


_HEAD = (
    f"{'':>21} {'official':>9} {'float32':>9} {'ratio':>6} {'default':>9} {'ratio':>6}  "
    "default against float32"
)


def _line(row: dict[str, Any]) -> str:
    official = f"{row['official_ms']:6.0f} ms" if row["official_ms"] else "-"
    apart = (
        f"{row['snr_db']:.1f} dB"
        if "snr_db" in row
        else f"loss {row['loss_difference']:.1e} apart"
    )
    return (
        f"{row['name']:>21} {official:>9} {row['float32_ms']:6.0f} ms {row['float32_ratio']:6.2f} "
        f"{row['default_ms']:6.0f} ms {row['default_ratio']:6.2f}  {apart}"
    )


# Text to mel, mel to wav


def acoustic(*, peer: Any) -> Work:
    """One text of 100 tokens to 600 frames."""
    experiment = load_experiment(CONFIGS / "glow_tts.yaml")
    model = _acoustic_model(experiment, peer)
    model = fold(model).eval().requires_grad_(False)
    tokens, token_lens = peer.inputs if peer else _tokens(1)

    @torch.inference_mode()
    def run(precision: Precision) -> torch.Tensor:
        with autocast(precision, "cpu"):
            made = model.infer(tokens, token_lens, seed=0)
        assert made.frames.shape[2] == N_TOKENS * FRAMES_PER_TOKEN, made.frames.shape
        return made.frames

    return Work(run, lambda: {"snr_db": snr_db(run("float32"), run("auto"))})


def vocoder(version: int, *, peer: Any) -> Work:
    """Four seconds of mel to samples."""
    experiment = load_experiment(CONFIGS / f"hifigan_v{version}.yaml")
    model = _vocoder_model(experiment, peer, for_training=False)
    mel = peer.inputs[0][0] if peer else _mel(experiment.audio, 1, VOCODED_FRAMES)[0]
    name = f"HiFi-GAN V{version}"
    ready = {p: Vocoding.of(model, name, precision=p, device="cpu") for p in ("float32", "auto")}

    def run(precision: Precision) -> torch.Tensor:
        return torch.from_numpy(ready[precision](mel))

    _refuse_another(name, peer, run)
    return Work(run, lambda: {"snr_db": snr_db(run("float32"), run("auto"))})


def flow_vocoder(name: str, channels: int = 256, *, peer: Any) -> Work:
    """Two seconds of mel and noise to samples."""
    experiment = load_experiment(CONFIGS / f"{name}.yaml", [f"vocoder.channels={channels}"])
    model = fold(_flow_model(experiment, peer))
    mel, noise, temperature = peer.inputs if peer else _flow_inputs(experiment.audio)
    ready = {
        p: Vocoding.of(copy.deepcopy(model), name, precision=p, device="cpu").model
        for p in ("float32", "auto")
    }

    @torch.inference_mode()
    def run(precision: Precision) -> torch.Tensor:
        with autocast(precision, "cpu"):
            return ready[precision].generate(mel, noise=noise, temperature=temperature)

    _refuse_another(name, peer, run)
    return Work(run, lambda: {"snr_db": snr_db(run("float32"), run("auto"))})


def _refuse_another(name: str, peer: Any, run: Callable[[Precision], torch.Tensor]) -> None:
    """The official code and ours must say the same."""
    if peer and (found := snr_db(peer().flatten(), run("float32").flatten())) < SAME_DB:
        sys.exit(f"models: {name}: ours and the official output agree to {found:.0f} dB only")


# Training steps, as the loop takes them


def acoustic_training(*, peer: Any) -> Work:
    """One step on a batch of 8 texts of 100 tokens and 600 frames."""
    experiment = load_experiment(CONFIGS / "glow_tts.yaml")
    model = _acoustic_model(experiment, peer)
    tokens, token_lens = peer.inputs[:2] if peer else _tokens(ACOUSTIC_BATCH)
    n_frames = N_TOKENS * FRAMES_PER_TOKEN
    batch = AcousticBatch(
        utterances=tuple(f"utterance{i}" for i in range(ACOUSTIC_BATCH)),
        tokens=tokens,
        token_lens=token_lens,
        frames=peer.inputs[2] if peer else _mel(experiment.audio, ACOUSTIC_BATCH, n_frames),
        frame_lens=torch.full((ACOUSTIC_BATCH,), n_frames),
    )
    return _training(model, experiment, batch)


def vocoder_training(version: int, *, peer: Any) -> Work:
    """One step of discriminators and generator on 4 segments of 8192 samples."""
    experiment = load_experiment(CONFIGS / f"hifigan_v{version}.yaml")
    contract = experiment.audio
    model = _vocoder_model(experiment, peer, for_training=True)
    wav = peer.inputs[1].squeeze(1) if peer else _speech(contract, VOCODER_BATCH, SEGMENT_FRAMES)
    batch = VocoderBatch(
        utterances=tuple(f"utterance{i}" for i in range(VOCODER_BATCH)),
        frames=MelBridge(contract).encode(wav),
        wav=wav,
    )
    return _training(model, experiment, batch)


def _training(model: nn.Module, experiment: Experiment, batch: Any) -> Work:
    settings = experiment.train.optimisers
    parameters = {name: list(model.player(name).parameters()) for name in model.players}
    optimisers = {name: make_optimiser(settings[name], parameters[name]) for name in settings}

    steps = itertools.count(1)

    def run(precision: Precision) -> None:
        model.train()
        step = next(steps)
        carry: dict[str, Any] = {"step": step}
        for name in model.players:
            with autocast(precision, "cpu"):
                losses = model.loss(batch, name, carry)
            assert torch.isfinite(losses["total"]), losses
            optimisers[name].zero_grad(set_to_none=True)
            losses["total"].backward()
            clip(settings[name], parameters[name])
            factor = schedule_factor(settings[name].schedule, step, experiment.train.steps)
            for group in optimisers[name].param_groups:
                group["lr"] = settings[name].lr * factor
            optimisers[name].step()

    @torch.no_grad()
    def loss(precision: Precision) -> float:
        model.eval()
        with autocast(precision, "cpu"):
            return float(model.loss(batch, model.players[-1], {"step": 1})["total"])

    def deviation() -> dict[str, float]:
        exact = loss("float32")
        return {"loss_difference": abs(loss("auto") / exact - 1)}

    return Work(run, deviation)


# Models: with the official code's weights, or with random ones of which every layer matters


def _acoustic_model(experiment: Experiment, peer: Any) -> nn.Module:
    if peer is not None:
        return _taken_over(peer, glow_tts.read)
    torch.manual_seed(0)
    sizes = {"n_tokens": N_SYMBOLS, "n_speakers": 1}
    model = build.build("acoustic", experiment.section, experiment.audio, sizes)
    with torch.no_grad():
        model.encoder.durations.out.weight.zero_()
        model.encoder.durations.out.bias.fill_(math.log(FRAMES_PER_TOKEN - 0.5))
        for flow in model.decoder.flows:
            if hasattr(flow, "net"):
                flow.net.end.weight.normal_(0, 0.25 * flow.net.end.in_channels**-0.5)
    return model


def _vocoder_model(experiment: Experiment, peer: Any, *, for_training: bool) -> nn.Module:
    if peer is not None:
        return _taken_over(peer, hifigan.read, for_training)
    torch.manual_seed(0)
    model = build.build("vocoder", experiment.section, experiment.audio, for_training=for_training)
    generator = model.generator
    layers = [generator.first, *(stage.upsample for stage in generator.stages), generator.last]
    for layer in layers:  # random layers fade out one after another; a trained model's do not
        _scale_output(layer, generator, _mel(experiment.audio, 1, SEGMENT_FRAMES))
    return model


def _flow_model(experiment: Experiment, peer: Any) -> nn.Module:
    if peer is not None:
        read = {"waveglow": waveglow.read, "flowavenet": flowavenet.read}
        return _taken_over(peer, read[experiment.section["name"]])
    torch.manual_seed(0)
    model = build.build("vocoder", experiment.section, experiment.audio)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("net.end.weight"):  # zero at first; the coupling would do nothing
                weight.normal_(0, FLOW_GAIN * weight.shape[1] ** -0.5)
    if hasattr(model, "initialise"):
        mel = _mel(experiment.audio, 1, SEGMENT_FRAMES)[:, :, :SEGMENT_FRAMES]
        model.initialise(VocoderBatch(("one",), mel, _speech(experiment.audio, 1, SEGMENT_FRAMES)))
    return model


@torch.no_grad()
def _scale_output(layer: nn.Module, generator: nn.Module, mel: torch.Tensor) -> None:
    """Give a layer the gain at which its output has variance 1."""
    seen: list[float] = []
    handle = layer.register_forward_hook(lambda _, __, out: seen.append(float(out.std())))
    generator(mel)
    handle.remove()
    layer.parametrizations.weight.original0.div_(seen[0])


def _taken_over(peer: Any, read: Callable[..., Imported], for_training: bool = False) -> nn.Module:
    """Our model with the official one's weights."""
    with tempfile.TemporaryDirectory() as folder:
        file, config = Path(folder) / "checkpoint.pth", Path(folder) / "config.json"
        torch.save(peer.state, file)
        if peer.config is not None:
            config.write_text(json.dumps(peer.config), encoding="utf-8")
        imported = read(file, **({"discriminator": file} if for_training else {}))
    model = build.build(
        imported.role,
        imported.section,
        imported.contract,
        imported.sizes,
        for_training=for_training,
    )
    model.load_state_dict(imported.weights)
    return model


# Inputs


def _tokens(n_texts: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(1, N_SYMBOLS, (n_texts, N_TOKENS), generator=generator)
    return tokens, torch.full((n_texts,), N_TOKENS)


def _flow_inputs(contract: Contract) -> tuple[torch.Tensor, torch.Tensor, float]:
    """A mel, noise at the place of its samples, and a temperature."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, FLOW_FRAMES * contract.hop, generator=generator)
    return _mel(contract, 1, FLOW_FRAMES)[:, :, :FLOW_FRAMES], noise, 0.7


def _mel(contract: Contract, n_items: int, n_frames: int) -> torch.Tensor:
    return MelBridge(contract).encode(_speech(contract, n_items, n_frames))


def _speech(contract: Contract, n_items: int, n_frames: int) -> torch.Tensor:
    """Harmonics of a gliding pitch under a slow envelope, and a little noise: (B, N)."""
    generator = torch.Generator().manual_seed(0)
    time_s = torch.arange(n_frames * contract.hop) / contract.sample_rate_hz
    rows = []
    for item in range(n_items):
        pitch_hz = 100 + 20 * item + 30 * torch.sin(2 * math.pi * 2 * time_s)
        phase = 2 * math.pi * pitch_hz.cumsum(0) / contract.sample_rate_hz
        tones = sum(torch.sin(k * phase) / k for k in range(1, 30))
        envelope = 0.1 + torch.sin(math.pi * (2 + item) * time_s).square()
        rows.append(0.2 * envelope * tones + 0.01 * torch.randn(len(time_s), generator=generator))
    return torch.stack(rows).clamp(-1, 1)


# Name: what makes our work, and the function of the peers' file and its arguments.
CASES: dict[str, tuple[Callable[..., Work], str, tuple[int, ...]]] = {
    "glow_tts": (acoustic, "glow_infer", ()),
    **{f"hifigan_v{v}": (vocoder, "hifigan_infer", (v,)) for v in (1, 2, 3)},
    **{
        f"waveglow_{c}": (partial(flow_vocoder, "waveglow"), "waveglow_infer", (c,))
        for c in (256, 512)
    },
    "flowavenet": (partial(flow_vocoder, "flowavenet"), "flowavenet_infer", ()),
    "glow_tts_training": (acoustic_training, "glow_train_step", ()),
    **{
        f"hifigan_v{v}_training": (vocoder_training, "hifigan_train_step", (v,)) for v in (1, 2, 3)
    },
}

if __name__ == "__main__":
    main(sys.argv[1:])
