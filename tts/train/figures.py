"""Plots that a person can look at while a model trains: alignment, mel, losses."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tts.audio.mel import MelSpectrogram, comparison
from tts.contracts import AcousticBatch, VocoderBatch, WaveBatch
from tts.files import replacing
from tts.nn.masking import token_of_frame
from tts.train.data import TextSide
from tts.train.log import read_metrics


def acoustic(model: Any, batch: AcousticBatch, folder: Path, text: TextSide) -> None:
    """For the first utterance: what was spoken, what the model makes, and the alignment found."""
    n_tokens, n_frames = int(batch.token_lens[0]), int(batch.frame_lens[0])
    tokens = batch.tokens[:1, :n_tokens]
    speakers = None if batch.speakers is None else batch.speakers[:1]
    durations = model.align(batch)[:1, :n_tokens]
    made = model.infer(tokens, batch.token_lens[:1], speakers)
    folder.mkdir(parents=True, exist_ok=True)
    symbols = [text.frontend.table.symbols[i] for i in tokens[0].tolist()]
    _alignment(folder / "alignment.png", durations[0].cpu(), symbols, batch.utterances[0])
    _two_images(
        folder / "frames.png",
        ("recorded", batch.frames[0, :, :n_frames]),
        (f"synthesised at step {folder.name.removeprefix('step-')}", made.frames[0]),
    )


def copy(model: Any, batch: VocoderBatch | WaveBatch, folder: Path) -> None:
    """For the first segment: the mel of the recording, and of what a vocoder makes of its frames.

    A bridge that decodes makes its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made_of_own = isinstance(batch, WaveBatch)
    frames = model.encode(batch.wav[:1]) if made_of_own else batch.frames[:1]
    told = speakers_of(batch)
    mel = MelSpectrogram(comparison(model.contract)).to(batch.wav.device)
    pictures = [("recorded", batch.wav[:1]), ("generated", model.generate(frames, **told))]
    _two_images(folder / "frames.png", *((title, mel(wav)[0]) for title, wav in pictures))


def speakers_of(batch: VocoderBatch | WaveBatch) -> dict[str, torch.Tensor]:
    """What `generate` is told of the first segment's speaker, where the vocoder asks for it."""
    speakers = getattr(batch, "speakers", None)
    return {} if speakers is None else {"speakers": speakers[:1]}


def losses(exp_dir: Path) -> None:
    """Every `total`, of training and dev, over the steps: `plots/loss.png`."""
    curves: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for line in read_metrics(exp_dir / "metrics.jsonl"):
        for name, value in line.items():
            if name.endswith("total"):
                curves[f"{line['split']} {name}"].append((line["step"], value))
    if not curves:
        return
    (exp_dir / "plots").mkdir(exist_ok=True)
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    for name, points in curves.items():
        axes.plot(*zip(*points), label=name, marker="o" if name.startswith("dev") else "")
    axes.set(xlabel="step", ylabel="loss")
    axes.legend()
    _save(figure, exp_dir / "plots" / "loss.png")


def _alignment(path: Path, durations: torch.Tensor, symbols: list[str], title: str) -> None:
    index = token_of_frame(durations[None], int(durations.sum()))[0]
    matrix = np.zeros((len(durations), len(index)))
    matrix[index.numpy(), np.arange(len(index))] = 1
    figure = Figure(figsize=(12, 7), layout="constrained")
    axes = figure.subplots()
    axes.imshow(matrix, aspect="auto", origin="lower", interpolation="nearest")
    axes.set(xlabel="frame", ylabel="token", title=title)
    if len(symbols) <= 160:
        axes.set_yticks(range(len(symbols)), symbols, fontsize=max(3, min(9, 700 / len(symbols))))
    _save(figure, path)


def _two_images(
    path: Path, upper: tuple[str, torch.Tensor], lower: tuple[str, torch.Tensor]
) -> None:
    figure = Figure(figsize=(12, 7), layout="constrained")
    low, high = float(upper[1].min()), float(upper[1].max())
    for axes, (title, frames) in zip(figure.subplots(2), (upper, lower)):
        image = frames.detach().float().cpu().numpy()
        axes.imshow(image, aspect="auto", origin="lower", vmin=low, vmax=high)
        axes.set(xlabel="frame", ylabel="channel", title=title)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary)
