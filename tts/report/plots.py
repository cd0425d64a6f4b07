"""The figures of the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tts.audio.mel import comparison
from tts.contracts import Contract
from tts.files import replacing
from tts.metrics.spectral import log_mel
from tts.report.measures import Sounds
from tts.text.tokens import SPACE
from tts.voice.speech import Speech

N_POINTS = 600  # of a curve: more are averaged
_SPAN = tuple[str, float, float]  # a token, where it starts and ends, in seconds


def curves(lines: Sequence[Mapping[str, Any]]) -> Figure | None:
    """The scalars of a metrics file over the steps, a plot for each name; None without any.

    Args:
        lines: of `metrics.jsonl`.
    """
    found: dict[str, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        for name, value in line.items():
            if name not in ("step", "split") and not name.endswith(("/lr", "gradient_norm")):
                found[name.rpartition("/")[2]][_curve(line["split"], name)].append(
                    (line["step"], value)
                )
    if not found:
        return None
    n_columns = min(3, len(found))
    n_rows = -(-len(found) // n_columns)
    figure = Figure(figsize=(4.2 * n_columns, 2.8 * n_rows), layout="constrained")
    places = figure.subplots(n_rows, n_columns, squeeze=False).flatten()
    for axes, (title, group) in zip(places, found.items()):
        for label, points in group.items():
            marker = "o" if label.startswith("dev") else ""
            axes.plot(*_thinned(points).T, label=label, marker=marker, markersize=3, linewidth=1.2)
        axes.set(title=title, xlabel="step")
        axes.legend(fontsize=7)
        axes.grid(alpha=0.25)
    for axes in places[len(found) :]:
        axes.set_visible(False)
    return figure


def _curve(split: str, name: str) -> str:
    player = name.rpartition("/")[0]
    return f"{split} {player}".strip()


def _thinned(points: Sequence[tuple[int, float]]) -> np.ndarray:
    """At most `N_POINTS` points, (n, 2): the means of neighbours."""
    values = np.asarray(points, np.float64)
    if len(values) <= N_POINTS:
        return values
    return np.stack([part.mean(0) for part in np.array_split(values, N_POINTS)])


def utterance(sounds: Sounds, tokens: Sequence[_SPAN] = ()) -> Figure:
    """Mel of the recording, mel of the speech with its tokens, and both pitches.

    Args:
        tokens: what is spoken when, in the speech.
    """
    figure = Figure(figsize=(11, 6.2), layout="constrained")
    frame_s = sounds.hop / sounds.rate_hz
    axes = figure.subplots(3, 1, sharex=True, height_ratios=[3, 3, 2])
    low, high = sounds.mels[0].min(), sounds.mels[0].max()
    for place, (title, mel) in enumerate(zip(("recording", "speech"), sounds.mels)):
        extent = (0, mel.shape[1] * frame_s, 0, len(mel))
        axes[place].imshow(
            mel, origin="lower", aspect="auto", vmin=low, vmax=high, extent=extent, cmap="magma"
        )
        axes[place].set(ylabel=f"{title}\nmel channel")
    _write_tokens(axes[1], tokens)
    for title, track in zip(("recording", "speech"), sounds.tracks_hz):
        times = (np.arange(len(track)) + 0.5) * frame_s
        axes[2].plot(times, np.where(track > 0, track, np.nan), label=title, linewidth=1.5)
    axes[2].set(ylabel="F0, Hz", xlabel="seconds")
    axes[2].set_xlim(0, max(mel.shape[1] for mel in sounds.mels) * frame_s)
    axes[2].legend(loc="upper right", fontsize=8)
    axes[2].grid(alpha=0.25)
    return figure


def spoken(speech: Speech) -> Figure:
    """What a voice said: its mel with the tokens where they are spoken, waveform and words."""
    n_samples, rate_hz = len(speech.samples), speech.sample_rate_hz
    figure = Figure(figsize=(min(40.0, max(8.0, 2.2 * speech.audio_s)), 5), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    contract = Contract(kind="latent", sample_rate_hz=rate_hz, hop=2 * round(rate_hz / 172))
    mel = log_mel(speech.samples, comparison(contract))
    extent = (0, n_samples / rate_hz, 0, len(mel))
    top.imshow(mel, origin="lower", aspect="auto", extent=extent, cmap="magma")
    top.set(ylabel="mel channel")
    _write_tokens(top, [(t.text, t.start_s, t.end_s) for t in speech.tokens])
    bottom.plot(np.arange(n_samples) / rate_hz, speech.samples, linewidth=0.4, color="tab:blue")
    for word in speech.words:
        bottom.axvspan(word.start_s, word.end_s, color="tab:orange", alpha=0.15)
        middle_s = (word.start_s + word.end_s) / 2
        bottom.text(middle_s, -0.95, word.text, fontsize=8, ha="center")
    bottom.set(ylim=(-1, 1), xlim=(0, n_samples / rate_hz), xlabel="seconds")
    return figure


def _write_tokens(axes: Any, tokens: Sequence[_SPAN]) -> None:
    top = axes.get_ylim()[1]
    for text, start_s, end_s in tokens:
        if text == SPACE:
            continue
        axes.axvline(start_s, color="white", linewidth=0.4, alpha=0.6)
        axes.text(
            (start_s + end_s) / 2,
            top * 0.93,
            text,
            color="white",
            fontsize=7,
            ha="center",
            va="top",
        )


def against_speed(
    points: Mapping[str, tuple[float, float]], front: Sequence[str], title: str, better: str
) -> Figure:
    """Quality over real-time factor, with the front that nothing beats in both.

    Args:
        points: (RTF, quality) by name.
        front: the names on it.
        title: of the quality; better: `low` or `high`.
    """
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    ordered = sorted(points[name] for name in front)
    axes.plot(*zip(*ordered), color="tab:orange", linewidth=1.5, zorder=1, label="Pareto front")
    for name, (rtf, quality) in points.items():
        on = name in front
        axes.scatter(rtf, quality, color="tab:orange" if on else "tab:gray", zorder=2)
        axes.annotate(name, (rtf, quality), xytext=(6, 5), textcoords="offset points", fontsize=9)
    axes.set_xscale("log")
    axes.margins(0.18)
    axes.axvline(1.0, color="black", linewidth=0.8, linestyle=":", label="real time")
    if better == "low":
        axes.invert_yaxis()
    axes.set(xlabel="real-time factor (left is faster)", ylabel=f"{title} (up is better)")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.25, which="both")
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG."""
    with replacing(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary)
