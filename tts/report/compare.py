"""`tts compare`: vocoders side by side on the same held-out utterances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from tts import build
from tts.audio import io
from tts.audio.resample import resample
from tts.data.tables import read_table, write_table
from tts.errors import ConfigError, ContractError
from tts.files import make_folder
from tts.metrics.intervals import Interval
from tts.metrics.packages import MissingPackage
from tts.nn.precision import Precision
from tts.report.arena import (
    COPY,
    RECORDINGS,
    SPEECH,
    TEXTS,
    Arena,
    Contender,
    pareto_front,
    points,
    save,
)
from tts.report.bench_vocoder import VocoderSpeed, bench_vocoder
from tts.report.evaluate import ASR, Evaluation, evaluate
from tts.report.listening import Kind, write_test
from tts.report.measures import METRICS, TEXTUAL
from tts.report.pairs import sounds
from tts.train.data import draw
from tts.voice.vocoding import Vocoding
from tts.voice.voice import Voice

_BY = ("pesq", "mcd_db")  # the quality that is set against speed: the first that all have

_Make = Callable[[str], tuple[np.ndarray, int]]  # an utterance to its samples and their rate


def compare(
    vocoders: Sequence[str | Path],
    data: str | Path,
    out: str | Path,
    *,
    acoustic: Sequence[str | Path] = (),
    bridge: str | Path | None = None,
    n_utterances: int = 16,
    test: Kind = "mushra",
    by: str | None = None,
    asr: str = ASR,
    threads: int = 1,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
    **knobs: Any,
) -> Arena:
    """Let vocoders make the same utterances; measure, time and plot, and write a listening test.

    Args:
        vocoders: experiments, checkpoints, or `griffin_lim`.
        data: held-out recordings, a folder or a data dir; with `text` in it, words are counted.
        out: a new folder.
        acoustic: acoustic models, one a bridge, that speak the texts through the vocoders of it.
        bridge: the experiment of the learned bridge, for vocoders of one.
        n_utterances: of the recordings, from all over them.
        test: what the listening page asks.
        by: the metric that is set against speed.
        threads: what the timing may use on a CPU.
        knobs: of the vocoders that have them.
    Raises:
        TTSError: a vocoder, a recording or a setting cannot be used.
    """
    names = _names(vocoders)
    if by is not None and by not in METRICS:
        raise ConfigError(f"metric {by!r}: there are {', '.join(METRICS)}")
    out = Path(out)
    make_folder(out)
    refs = _choose(sounds(data), n_utterances)
    texts = _texts(Path(data), list(refs))
    write_table(out / RECORDINGS, refs)
    if acoustic and not texts:
        raise ConfigError(f"{data}: has no text for {acoustic[0]} to speak; name a data dir")
    if texts:
        write_table(out / TEXTS, texts)
    devices = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    bout = _Bout(
        out, refs, texts, acoustic, bridge, asr, devices, threads, seed, precision, device, knobs
    )
    entered = [bout.enter(name, path) for name, path in names.items()]
    contenders = [contender for contender, _ in entered]
    said = [(contender.name, notes) for contender, notes in entered]
    if by is not None and not all(by in c.copy for c in contenders):
        said.append((by, ["not measured of all, so that another metric is set against speed"]))
        by = None
    by = by or _common(contenders)
    heard, unheard = _recording(out, texts, asr)
    arena = Arena(
        contenders=tuple(contenders),
        recording=heard,
        by=by,
        front=tuple(pareto_front(points(contenders, by), METRICS[by].better)),
        n_utterances=len(refs),
        notes=tuple(dict.fromkeys([*_gathered(said), *unheard])),
        out=str(out),
        test=write_test(refs, _files(out, names), out, kind=test, seed=seed),
    )
    save(arena, refs)
    return arena


@dataclass(frozen=True)
class _Bout:
    """The same task and rules for every contender."""

    out: Path
    refs: Mapping[str, Path]
    texts: Mapping[str, str]
    acoustic: Sequence[str | Path]
    bridge: str | Path | None
    asr: str
    devices: tuple[str, ...]
    threads: int
    seed: int
    precision: Precision
    device: str | None
    knobs: dict[str, Any]

    def enter(self, name: str, path: str | Path) -> tuple[Contender, list[str]]:
        """Let a vocoder make everything, and measure it; with notes."""
        loaded = None if str(path) == "griffin_lim" else build.load(path, "vocoder")
        wants_bridge = loaded and (loaded.role, loaded.contract.kind) == ("vocoder", "latent")
        bridge = self.bridge if wants_bridge else None
        options = {"precision": self.precision, "device": self.device}
        vocoding = Vocoding.load(path, bridge=bridge, **options)
        knobs = {k: value for k, value in self.knobs.items() if k in vocoding.model.knobs}
        copied = self._measured(COPY, name, _copier(vocoding, self.refs, self.seed, knobs))
        notes, speech = list(copied.notes), {}
        voice, refused = self._voice(path, options)
        if voice is not None:
            speaker = _speaker(voice, self.texts, self.seed, knobs)
            spoken = self._measured(SPEECH, name, speaker)
            notes, speech = [*notes, *spoken.notes], spoken.metrics
        elif refused:
            notes.append(f"does not speak: {refused}")
        speeds = self._speeds(path, knobs)
        return Contender(
            name=name,
            path=str(path),
            model="griffin_lim" if loaded is None else loaded.section["name"],
            n_parameters=next(iter(speeds.values())).n_parameters,
            step=None if loaded is None else loaded.step,
            rtf={d: speed.rtf for d, speed in speeds.items()},
            memory_mib={d: speed.memory_mib for d, speed in speeds.items()},
            copy=copied.metrics,
            speech=speech,
        ), notes

    def _voice(self, path: str | Path, options: dict[str, Any]) -> tuple[Voice | None, str]:
        """The first acoustic model that a vocoder understands, or why it understands none."""
        refused = ""
        for acoustic in self.acoustic:
            try:
                return Voice.load(acoustic, path, **options), ""
            except ContractError as error:
                refused = refused or str(error)
        return None, refused

    def _measured(self, side: str, name: str, make: _Make) -> Evaluation:
        """What a contender makes, written and measured."""
        folder = _write(self.out / side / name, self.refs, make)
        recordings = self.out / RECORDINGS
        return evaluate(recordings, folder, text=self.texts or None, asr=self.asr, out=folder)

    def _speeds(self, path: str | Path, knobs: dict[str, Any]) -> dict[str, VocoderSpeed]:
        options = {"threads": self.threads, "rounds": 3, "precision": self.precision, **knobs}
        return {d: bench_vocoder(str(path), device=d, **options) for d in self.devices}


def _names(vocoders: Sequence[str | Path]) -> dict[str, str | Path]:
    """A short name for each: the last part of its path, or all of it where that is not enough."""
    if not vocoders:
        raise ConfigError("compare: no vocoder; name experiments, or griffin_lim")
    last = [Path(path).name for path in vocoders]
    named: dict[str, str | Path] = {}
    for path, name in zip(vocoders, last):
        unique = name if last.count(name) == 1 else str(path).strip("/.").replace("/", "_")
        if unique in named:
            raise ConfigError(f"compare: {path} comes twice; name each vocoder once")
        named[unique] = path
    return named


def _choose(files: Mapping[str, Path], n: int) -> dict[str, Path]:
    """`n` of the files, from all over them."""
    names = sorted(files)
    n = min(n, len(names))
    return {names[i * len(names) // n]: files[names[i * len(names) // n]] for i in range(n)}


def _texts(data: Path, utterances: Sequence[str]) -> dict[str, str]:
    """What the utterances say, as far as the data dir tells."""
    if not (data / "text").is_file():
        return {}
    found = read_table(data / "text")
    return {u: found[u] for u in utterances} if all(u in found for u in utterances) else {}


def _copier(
    vocoding: Vocoding, refs: Mapping[str, Path], seed: int, knobs: dict[str, Any]
) -> _Make:
    """Copy synthesis of the recordings."""

    def make(utterance: str) -> tuple[np.ndarray, int]:
        wav, rate_hz = io.read(refs[utterance])
        own_hz = vocoding.contract.sample_rate_hz
        wav = resample(wav, rate_hz, own_hz)
        own_seed = draw(seed, utterance) % 2**32
        return vocoding.resynthesise(wav, seed=own_seed, **knobs), own_hz

    return make


def _speaker(voice: Voice, texts: Mapping[str, str], seed: int, knobs: dict[str, Any]) -> _Make:
    """The texts, spoken."""
    knobs = dict(knobs)
    if "temperature" in knobs:  # the vocoder's, not the acoustic model's
        knobs["vocoder_temperature"] = knobs.pop("temperature")

    def make(utterance: str) -> tuple[np.ndarray, int]:
        speech = voice.say(texts[utterance], seed=seed, **knobs)
        return speech.samples, speech.sample_rate_hz

    return make


def _write(folder: Path, refs: Mapping[str, Path], make: _Make) -> Path:
    """Every utterance as a wav in a folder, with their table."""
    make_folder(folder)
    for utterance in tqdm(refs, desc=str(folder), unit="utterance", disable=None):
        samples, rate_hz = make(utterance)
        io.write(folder / f"{utterance}.wav", samples, rate_hz)
    write_table(folder / "wav.scp", {u: folder / f"{u}.wav" for u in refs})
    return folder


def _recording(
    out: Path, texts: Mapping[str, str], asr: str
) -> tuple[dict[str, Interval], list[str]]:
    """Word errors of the recordings themselves: what a perfect vocoder would have."""
    table_ = out / RECORDINGS
    if not texts:
        return {}, []
    try:
        return evaluate(table_, table_, metrics=TEXTUAL, text=texts, asr=asr).metrics, []
    except MissingPackage as error:
        return {}, [f"left out: {error}"]


def _gathered(said: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Notes, each once, behind the names that it is about."""
    about: dict[str, list[str]] = {}
    for name, notes in said:
        for note in dict.fromkeys(notes):
            about.setdefault(note, []).append(name)
    return [f"{', '.join(names)}: {note}" for note, names in about.items()]


def _common(contenders: Sequence[Contender]) -> str:
    for name in _BY:
        if all(name in c.copy for c in contenders):
            return name
    return "log_mel"


def _files(out: Path, names: Mapping[str, Any]) -> dict[str, dict[str, Path]]:
    return {name: sounds(out / COPY / name) for name in names}
