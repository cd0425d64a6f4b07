"""The noise schedule of a trained diffusion vocoder: searched for on held-out speech, or adopted.

It goes into the experiment, where synthesis with as many steps finds it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from tts import checkpoint
from tts.audio.mel import MelSpectrogram, comparison
from tts.contracts import Contract, VocoderBatch
from tts.data.dataset import VocoderData
from tts.diffusion import samplers, schedules
from tts.diffusion.samplers import Sampler
from tts.diffusion.schedules import Schedule
from tts.diffusion.search import Found, Score, search
from tts.errors import ConfigError
from tts.files import make_folder
from tts.nn.precision import Precision, autocast
from tts.voice.vocoding import Vocoding


@dataclass(frozen=True)
class Written:
    """A schedule in an experiment.

    Attributes:
        score: mean distance of natural-log mels of what it makes from the recordings; None for one
            that was adopted. fitted_score: the same with the schedule used before a search.
        n_tried: schedules that were tried; wall_s: seconds that took.
    """

    out: str
    n_steps: int
    sampler: str
    betas: tuple[float, ...]
    score: float | None = None
    fitted_score: float | None = None
    n_tried: int = 0
    wall_s: float = 0.0


def search_schedule(
    exp: str | Path,
    data: str | Path,
    n_steps: int,
    *,
    sampler: Sampler = "ancestral",
    n_utterances: int = 4,
    seconds: float = 1.0,
    budget: int = 100,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
) -> Written:
    """Search for the best schedule of so many steps and write it into the experiment.

    One that is there already is among the starts, so that another search goes on from it.

    Args:
        exp: a trained diffusion vocoder: its experiment, or a checkpoint in it.
        data: a dump dir of held-out utterances.
        n_utterances, seconds: how many excerpts are made with each schedule, and how long.
        budget: schedules to try.
        seed: of the excerpts, of the noise, and of the random part of the search.
    Raises:
        TTSError: not a diffusion vocoder, or data of another bridge.
    """
    started = time.perf_counter()
    samplers.check_sampler(sampler)
    fitted = schedules.fitted(n_steps, sampler)
    vocoding = _load(exp, precision, device)
    batch = _excerpts(data, vocoding.contract, n_utterances, seconds, seed)
    score = _scorer(vocoding, batch, sampler, seed)
    folder = _folder(exp)
    known = schedules.read_folder(folder).get((n_steps, sampler))
    starts = [fitted, schedules.geometric(n_steps), *([known] if known else [])]
    with tqdm(total=budget, unit="schedule") as bar:

        def show(found: Found) -> None:
            bar.set_postfix_str(f"best {found.score:.4f}, at first {found.start_score:.4f}")
            bar.update(found.n_tried - bar.n)

        found = search(score, starts, budget=budget, seed=seed, progress=show)
    return _write(
        folder,
        found.schedule,
        sampler,
        score=found.score,
        fitted_score=found.start_score,
        n_tried=found.n_tried,
        wall_s=time.perf_counter() - started,
    )


def adopt_schedule(
    exp: str | Path, source: str | Path, *, sampler: Sampler = "ancestral"
) -> Written:
    """Put a schedule from elsewhere into the experiment: a file of betas, or a torch file of them.

    Raises:
        TTSError: not a diffusion vocoder, or no schedule in the file.
    """
    samplers.check_sampler(sampler)
    _load(exp, "float32", "cpu")
    return _write(_folder(exp), _read(Path(source)), sampler)


def _read(path: Path) -> Schedule:
    if path.suffix not in (".pt", ".pth"):
        return schedules.read(path)
    tree = checkpoint.read_tensors(path)
    try:
        return Schedule(tuple(float(beta) for beta in tree))
    except (TypeError, ValueError, RuntimeError):
        raise ConfigError(f"{path}: no noise schedule; expected a list of betas") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _load(exp: str | Path, precision: Precision, device: str | None) -> Vocoding:
    vocoding = Vocoding.load(exp, precision=precision, device=device)
    if not hasattr(vocoding.model, "schedules"):
        raise ConfigError(f"{exp}: this vocoder takes no noise schedule; name a diffusion vocoder")
    return vocoding


def _folder(exp: str | Path) -> Path:
    return checkpoint.find(exp).parent.parent / schedules.FOLDER


def _excerpts(
    data: str | Path, contract: Contract, n: int, seconds: float, seed: int
) -> VocoderBatch:
    """Excerpts of utterances from all over a dump dir."""
    dataset = VocoderData(data, contract, max(1, round(seconds / contract.frame_s)))
    n = min(n, len(dataset))
    places = [i * len(dataset) // n for i in range(n)]
    return dataset.collate([dataset[place, seed + place] for place in places])


def _scorer(vocoding: Vocoding, batch: VocoderBatch, sampler: Sampler, seed: int) -> Score:
    """How far what a schedule makes is from the recordings."""
    batch = batch.to(vocoding.device)
    mel = MelSpectrogram(comparison(vocoding.contract)).to(vocoding.device)
    target = mel(batch.wav)
    seeds = [seed + row for row in range(len(batch.wav))]

    @torch.inference_mode()
    def score(schedule: Schedule) -> float:
        with autocast(vocoding.precision, vocoding.device):
            wav = vocoding.model.generate(
                batch.frames, seed=seeds, schedule=schedule, sampler=sampler
            )
        return float((mel(wav.clamp(-1, 1)) - target).abs().mean())

    return score


def _write(folder: Path, schedule: Schedule, sampler: Sampler, **facts: Any) -> Written:
    make_folder(folder)
    path = folder / schedules.file_name(schedule.n_steps, sampler)
    schedules.write(schedule, path, facts)
    return Written(str(path), schedule.n_steps, sampler, schedule.betas, **facts)
