"""What a vocoder loses when its frames come from an acoustic model instead of a recording.

The acoustic model makes frames along the recording's own durations (teacher-forced), so that
everything lies in step. What the vocoder makes of the recording's frames is the best it can do;
what it makes of the model's frames, against that, is the mismatch of the two stages.

References:
    Glow-WaveGAN (Cong et al., 2021), section 1: the mismatch. https://arxiv.org/abs/2106.10831
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tqdm import tqdm

from tts import build
from tts.audio import f0, io
from tts.audio.mel import comparison
from tts.contracts import Contract
from tts.data.tables import read_table
from tts.errors import ConfigError
from tts.files import make_folder, replacing, write_text
from tts.metrics.distribution import Moments, TwoSampleTest, energy_test, moments
from tts.metrics.pitch import compare_pitch
from tts.metrics.spectral import log_mel, log_mel_distance, mel_cepstral_distortion
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast, chosen_device
from tts.train.data import draw
from tts.train.extract import acoustic_data
from tts.voice.vocoding import Vocoding

UNITS = {
    "log_mel": "log-mel distance",
    "mcd_db": "MCD, dB",
    "f0_rmse_cents": "F0 RMSE, cents",
    "gross_error": "gross pitch error",
    "voicing_error": "voicing error",
}


@dataclass(frozen=True)
class Scores:
    """Sound against the recording, means over utterances; None where nothing is voiced."""

    log_mel: float
    mcd_db: float
    f0_rmse_cents: float | None
    gross_error: float | None
    voicing_error: float


@dataclass(frozen=True)
class FrameGap:
    """The model's frames against the recordings'.

    Attributes:
        mean_shift: mean over channels of |difference of means| / the recordings' deviation.
        std_ratio: mean over channels of the deviation over the recordings': under 1 is smoothed.
        skewness_gap, kurtosis_gap: mean absolute differences over channels.
        test: of equal distributions.
    """

    mean_shift: float
    std_ratio: float
    skewness_gap: float
    kurtosis_gap: float
    test: TwoSampleTest


@dataclass(frozen=True)
class Pair:
    """An acoustic model and a vocoder on one bridge.

    Attributes:
        natural: the vocoder on frames of recordings; generated: on the acoustic model's.
        frames: what tells these frames apart.
    """

    acoustic: str
    vocoder: str
    kind: str
    n_utterances: int
    n_frames: int
    natural: Scores
    generated: Scores
    frames: FrameGap


@dataclass(frozen=True)
class _Made:
    """One utterance's frames (C, T) and their sound, natural and generated."""

    utterance: str
    frames: tuple[np.ndarray, np.ndarray]
    wavs: tuple[np.ndarray, np.ndarray]


def mismatch(
    data: str | Path,
    acoustic: Sequence[str | Path],
    vocoder: Sequence[str | Path],
    out: str | Path,
    *,
    n_utterances: int = 16,
    temperature: float | None = None,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
) -> list[Pair]:
    """Measure acoustic models, each with a vocoder, and write `mismatch.json` and plots.

    All sound is compared by one mel, 80 bands over four hops of the first pair's bridge.

    Args:
        data: a dump dir of held-out utterances, with the frames that the models were trained on.
        acoustic: their experiments; vocoder: that of each, which may be a learned bridge.
        out: the folder for the report.
        n_utterances: measured, from all over the dump dir.
        temperature: of the acoustic models; their own by default.
        seed: of their noise.
    Raises:
        TTSError: models that do not fit together, or data that is not of their bridge.
    """
    if len(acoustic) != len(vocoder) or not acoustic:
        raise ConfigError(
            f"mismatch: {len(acoustic)} acoustic models and {len(vocoder)} vocoders; give a "
            "vocoder for each"
        )
    make_folder(out)
    device = chosen_device(device)
    wavs = read_table(Path(data) / "wav.scp")
    measured: list[Pair] = []
    measure: Contract | None = None
    for place, pair in enumerate(zip(acoustic, vocoder), 1):
        made, contract = _speak(data, *pair, n_utterances, temperature, seed, precision, device)
        measure = measure or comparison(_plain(contract))
        references = _references(made, wavs, contract, measure)
        measured.append(
            Pair(
                acoustic=str(pair[0]),
                vocoder=str(pair[1]),
                kind=contract.kind,
                n_utterances=len(made),
                n_frames=sum(m.frames[0].shape[1] for m in made),
                natural=_scores(references, [m.wavs[0] for m in made], measure),
                generated=_scores(references, [m.wavs[1] for m in made], measure),
                frames=_frame_gap(made, Path(out) / f"frames-{place}-{contract.kind}.png"),
            )
        )
    _plot_scores(measured, Path(out) / "scores.png")
    text = json.dumps({"pairs": [asdict(pair) for pair in measured]}, indent=2)
    write_text(Path(out) / "mismatch.json", text + "\n")
    return measured


def as_text(pairs: Sequence[Pair]) -> str:
    """For people: a table of the scores on both kinds of frames, and a line on the frames."""
    lines = []
    for pair in pairs:
        lines.append(f"{pair.vocoder} on {pair.kind} frames of recordings and of {pair.acoustic}")
        for name, unit in UNITS.items():
            sides = (pair.natural, pair.generated)
            natural, generated = (_shown(getattr(scores, name)) for scores in sides)
            lines.append(f"  {unit:18}{natural:>8}, on the model's frames{generated:>8}")
        gap = pair.frames
        lines.append(
            f"  frames: means off by {gap.mean_shift:.2f} deviations, deviations "
            f"{gap.std_ratio:.2f} of the recordings', energy distance {gap.test.distance:.3f} "
            f"(p {gap.test.p_value:.3f})"
        )
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _plain(contract: Contract) -> Contract:
    """The rate and the hop of a bridge, and nothing else of it."""
    return Contract(kind="latent", sample_rate_hz=contract.sample_rate_hz, hop=contract.hop)


@torch.inference_mode()
def _speak(
    data: str | Path,
    acoustic: str | Path,
    vocoder: str | Path,
    n_utterances: int,
    temperature: float | None,
    seed: int,
    precision: Precision,
    device: str,
) -> tuple[list[_Made], Contract]:
    """Both kinds of frames of some utterances, and what the vocoder makes of them."""
    loaded = build.load(acoustic, "acoustic")
    dataset = acoustic_data(data, acoustic, loaded)
    model = fold(loaded.model).to(device)
    options = {"precision": precision, "device": device}
    vocoding = Vocoding.load(vocoder, loaded.contract, str(acoustic), **options)
    n = min(n_utterances, len(dataset))
    made = []
    for index in tqdm([i * len(dataset) // n for i in range(n)], unit="utterance", disable=None):
        utterance = dataset.names[index]
        own_seed = draw(seed, utterance)
        batch = dataset.collate([dataset[index, own_seed]]).to(device)
        with autocast(precision, device):
            frames = model.teacher_forced(batch, seed=own_seed, temperature=temperature)
        both = [x[0].float().cpu() for x in (batch.frames, frames)]
        wavs = [vocoding(x, seed=own_seed % 2**32) for x in both]
        made.append(_Made(utterance, (both[0].numpy(), both[1].numpy()), (wavs[0], wavs[1])))
    return made, loaded.contract


def _references(
    made: Sequence[_Made], wavs: dict[str, str], contract: Contract, measure: Contract
) -> list[np.ndarray]:
    """The recordings, cut or lengthened by silence to what was made of them."""
    if contract.sample_rate_hz != measure.sample_rate_hz:
        raise ConfigError(
            f"mismatch: bridges at {measure.sample_rate_hz} and {contract.sample_rate_hz} Hz do "
            "not compare; measure them one by one"
        )
    found = []
    for each in made:
        wav, _ = io.read(wavs[each.utterance], contract.sample_rate_hz)
        n = len(each.wavs[0])
        found.append(np.pad(wav[:n], (0, max(0, n - len(wav)))))
    return found


def _scores(
    references: Sequence[np.ndarray], wavs: Sequence[np.ndarray], measure: Contract
) -> Scores:
    rows = [_score(ref, wav, measure) for ref, wav in zip(references, wavs)]
    return Scores(*(_mean([getattr(row, f.name) for row in rows]) for f in fields(Scores)))


def _score(ref: np.ndarray, wav: np.ndarray, measure: Contract) -> Scores:
    ref_mel, mel = log_mel(ref, measure), log_mel(wav, measure)
    rate_hz, hop = measure.sample_rate_hz, measure.hop
    tracks = f0.estimate(torch.from_numpy(np.stack([ref, wav])), rate_hz, hop).f0_hz.numpy()
    pitch = compare_pitch(*tracks)
    return Scores(
        log_mel=log_mel_distance(ref_mel, mel),
        mcd_db=mel_cepstral_distortion(ref_mel, mel),
        f0_rmse_cents=pitch.f0_rmse_cents,
        gross_error=pitch.gross_error,
        voicing_error=pitch.voicing_error,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _frame_gap(made: Sequence[_Made], plot: Path) -> FrameGap:
    """What tells generated frames from natural ones, with a plot of their moments."""
    natural, generated = ([m.frames[side] for m in made] for side in (0, 1))
    real, model = (moments(np.concatenate(side, 1)) for side in (natural, generated))
    moving = real.std > 1e-6  # a channel that never changes has no deviation to compare with
    _plot_moments({"recordings": real, "acoustic model": model}, plot)
    std = real.std[moving]
    return FrameGap(
        mean_shift=float((np.abs(model.mean - real.mean)[moving] / std).mean()),
        std_ratio=float((model.std[moving] / std).mean()),
        skewness_gap=float(np.abs(model.skewness - real.skewness).mean()),
        kurtosis_gap=float(np.abs(model.kurtosis - real.kurtosis).mean()),
        test=energy_test(natural, generated),
    )


def _plot_moments(sides: dict[str, Moments], path: Path) -> None:
    figure = Figure(figsize=(12, 8), layout="constrained")
    names = ("mean", "std", "skewness", "kurtosis")
    for axes, name in zip(figure.subplots(len(names), sharex=True), names):
        for side, found in sides.items():
            axes.plot(getattr(found, name), label=side, drawstyle="steps-mid")
        axes.set(ylabel=name)
        axes.legend()
    axes.set(xlabel="channel")
    _save(figure, path)


def _plot_scores(pairs: Sequence[Pair], path: Path) -> None:
    """Bars of every score: each pair on recordings' frames, and on the model's."""
    figure = Figure(figsize=(3 * len(UNITS), 4), layout="constrained")
    for axes, (name, unit) in zip(figure.subplots(1, len(UNITS)), UNITS.items()):
        for shift, side in ((-0.2, "natural"), (0.2, "generated")):
            heights = [getattr(getattr(pair, side), name) or 0.0 for pair in pairs]
            axes.bar(np.arange(len(pairs)) + shift, heights, 0.4, label=f"{side} frames")
        axes.set_xticks(range(len(pairs)), [pair.kind for pair in pairs])
        axes.set(title=unit)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary)
