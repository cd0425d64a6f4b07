"""`tts eval`: how good speech is against recordings, utterance by utterance and on the whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tts import build
from tts.audio import io
from tts.audio.resample import resample
from tts.data.jobs import run_all
from tts.data.speaker_vectors import embed
from tts.errors import ConfigError, DataError
from tts.files import make_folder, write_text
from tts.metrics.intervals import Interval, bootstrap
from tts.metrics.packages import MissingPackage
from tts.metrics.recognisers import Recogniser, recogniser
from tts.metrics.recognition import TextErrors, plain_words, text_errors
from tts.metrics.speaker import Embedder
from tts.report.measures import ENCODED, METRICS, TEXTUAL, Sounds
from tts.report.pairs import FilePair, pair_up, texts_of

RESULTS, TABLE = "eval.json", "eval.tsv"  # in the folder asked for
ASR = "pocketsphinx"


@dataclass(frozen=True)
class Row:
    """One utterance.

    Attributes:
        values: numbers by metric; a metric that says nothing of this utterance is left out.
        text, heard: what it says, and what the recogniser understood; empty without texts.
        errors: of what was understood.
    """

    utterance: str
    ref: str
    syn: str
    values: dict[str, float]
    text: str = ""
    heard: str = ""
    errors: TextErrors | None = None


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Attributes:
        metrics: means over utterances and their intervals; word and character errors are those
            of all words and characters together.
        notes: what was left out, and why.
    """

    rows: tuple[Row, ...]
    metrics: dict[str, Interval]
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "n_utterances": len(self.rows),
            "metrics": {
                name: {**asdict(interval), "better": METRICS[name].better}
                for name, interval in self.metrics.items()
            },
            "utterances": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def as_tsv(self) -> str:
        """A line an utterance, and one of the means, by tabs."""
        names = list(self.metrics)
        lines = ["\t".join(["utterance", *names])]
        rows = [(row.utterance, row.values) for row in self.rows]
        rows.append(("mean", {name: i.mean for name, i in self.metrics.items()}))
        for title, values in rows:
            shown = (f"{values[name]:.6g}" if name in values else "" for name in names)
            lines.append("\t".join([title, *shown]))
        return "\n".join(lines) + "\n"

    def as_text(self) -> str:
        """For people: a table of means and intervals, and the notes."""
        lines = [f"{'':20}{'mean':>9}  {'95 % interval':^19}  utterances"]
        for name, interval in self.metrics.items():
            lines.append(
                f"{METRICS[name].title:20}{interval.mean:9.4g}  {bounds(interval):^19}  "
                f"{interval.n}"
            )
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def bounds(interval: Interval) -> str:
    """The bounds of an interval for people, a dash where there are none."""
    if interval.low is None or interval.high is None:
        return "-"
    return f"{interval.low:.4g} … {interval.high:.4g}"


def evaluate(
    ref: str | Path,
    syn: str | Path,
    *,
    metrics: Sequence[str] | None = None,
    text: str | Path | Mapping[str, str] | None = None,
    asr: str | Recogniser = ASR,
    speaker_encoder: str | Path | None = None,
    out: str | Path | None = None,
    n_jobs: int = 1,
    seed: int = 0,
) -> Evaluation:
    """Measure speech against recordings of the same texts.

    Metrics that compare sample by sample are left out, with a note, where the two do not lie in
    step; so are those whose package is not installed, unless they are asked for by name.

    Args:
        ref, syn: an audio file, a folder of these, a folder with `wav.scp`, or such a table.
        metrics: names; by default all that apply.
        text: what is said, a data dir or its `text`, or by utterance: for word errors.
        asr: the recogniser's name, or one that is called with samples and their rate.
        speaker_encoder: an experiment of one, for `speaker_cosine`.
        out: a folder for `eval.json` and `eval.tsv`.
        n_jobs: threads.
        seed: of the intervals.
    Raises:
        TTSError: a file or a metric cannot be used.
    """
    wanted = _wanted(metrics, text is not None, speaker_encoder is not None)
    embedder = None if speaker_encoder is None else _embedder(speaker_encoder)
    pairs, notes = pair_up(ref, syn)
    names = [name for name in wanted if name not in TEXTUAL]
    runnable, missing = _installed(names, pairs[0], asked=metrics is not None)
    notes += missing

    def work(pair: FilePair) -> tuple[str, dict[str, float]]:
        return pair.utterance, _measure(pair, runnable, embedder)

    found = dict(run_all(work, pairs, "measuring", n_jobs=n_jobs))
    rows = [Row(p.utterance, str(p.ref), str(p.syn), found[p.utterance]) for p in pairs]
    if text is not None and set(wanted) & set(TEXTUAL):
        try:
            rows = _listen(rows, text, asr, wanted)
        except MissingPackage as error:
            if metrics is not None:
                raise
            notes.append(f"left out: {error}")
    notes += _silent(rows, runnable)
    evaluation = Evaluation(tuple(rows), _means(rows, wanted, seed), tuple(notes))
    if out is not None:
        make_folder(out)
        write_text(Path(out) / TABLE, evaluation.as_tsv())
        write_text(Path(out) / RESULTS, json.dumps(evaluation.as_dict(), indent=1) + "\n")
    return evaluation


def read_results(path: str | Path) -> Evaluation:
    """What an earlier run has written to `eval.json`.

    Raises:
        DataError: it is no such file.
    """
    try:
        tree = json.loads(Path(path).read_text(encoding="utf-8"))
        rows = []
        for row in tree["utterances"]:
            errors = row.pop("errors")
            rows.append(Row(**row, errors=errors and TextErrors(**errors)))
        for values in tree["metrics"].values():
            values.pop("better")
        means = {n: Interval(**v) for n, v in tree["metrics"].items() if n in METRICS}
        return Evaluation(tuple(rows), means, tuple(tree["notes"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: not the results of `tts eval --out` ({error}); run that again"
        ) from None


def _wanted(metrics: Sequence[str] | None, has_text: bool, has_encoder: bool) -> list[str]:
    lacking = (() if has_text else TEXTUAL) + (() if has_encoder else ENCODED)
    if metrics is None:
        return [name for name in METRICS if name not in lacking]
    for name in metrics:
        if name not in METRICS:
            raise ConfigError(f"metric {name!r}: there are {', '.join(METRICS)}")
        if name in TEXTUAL and not has_text:
            raise ConfigError(f"metric {name}: needs what is said; name its table (--text FILE)")
        if name in lacking:
            raise ConfigError(
                f"metric {name}: needs an encoder of speakers; name one (--speaker-encoder EXP)"
            )
    return list(dict.fromkeys(metrics))


def _installed(
    names: Sequence[str], pair: FilePair, *, asked: bool
) -> tuple[list[str], list[str]]:
    """The metrics whose packages are there, tried on a recording against itself; and notes."""
    ref = io.read(pair.ref)
    same = Sounds(*ref, *ref)
    runnable, notes = [], []
    for name in names:
        try:
            _number(name)(same)
            runnable.append(name)
        except MissingPackage as error:
            if asked:
                raise
            notes.append(f"left out: {error}")
    return runnable, notes


def _number(name: str) -> Callable[[Sounds], float | None]:
    measure = METRICS[name].measure
    assert measure is not None, f"{name} is measured from texts"
    return measure


def _embedder(path: str | Path) -> Embedder:
    """What says who speaks in samples of any rate, by a trained encoder."""
    encoder = build.load(path, "speaker").model.requires_grad_(False)

    def embedder(samples: np.ndarray, rate_hz: int) -> np.ndarray:
        return embed(encoder, resample(samples, rate_hz, encoder.contract.sample_rate_hz))

    return embedder


def _measure(pair: FilePair, names: Sequence[str], embedder: Embedder | None) -> dict[str, float]:
    """Every metric that says something of a pair."""
    try:
        sounds = Sounds(*io.read(pair.ref), *io.read(pair.syn), embedder)
        possible = [name for name in names if sounds.in_step or not METRICS[name].in_step]
        found = {name: _number(name)(sounds) for name in possible}
    except DataError as error:
        raise DataError(f"{pair.utterance}: {error}") from None
    return {name: value for name, value in found.items() if value is not None}


def _listen(
    rows: list[Row],
    text: str | Path | Mapping[str, str],
    asr: str | Recogniser,
    wanted: Sequence[str],
) -> list[Row]:
    """The rows with what a recogniser understands of their speech."""
    utterances = [row.utterance for row in rows]
    if isinstance(text, Mapping):
        texts = {utterance: text[utterance] for utterance in utterances}
    else:
        texts = texts_of(text, utterances)
    plain = {utterance: plain_words(said) for utterance, said in texts.items()}
    hear = recogniser(asr, list(plain.values())) if isinstance(asr, str) else asr
    heard_rows = []
    for row in tqdm(rows, desc="listening", unit="utterance", disable=None):
        heard = plain_words(hear(*io.read(row.syn)))
        errors = text_errors(plain[row.utterance], heard)
        rates = {"wer": errors.wer, "cer": errors.cer} if errors else {}
        values = row.values | {name: rate for name, rate in rates.items() if name in wanted}
        heard_rows.append(
            Row(row.utterance, row.ref, row.syn, values, texts[row.utterance], heard, errors)
        )
    return heard_rows


def _silent(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Notes on the metrics that say nothing of some utterances."""
    notes = []
    for why, group in (
        ("lengths differ too much to compare sample by sample", True),
        ("nothing to measure (silence, too short, or never voiced)", False),
    ):
        lacking: dict[int, list[str]] = {}
        for name in names:
            n = sum(name not in row.values for row in rows)
            if n and METRICS[name].in_step is group:
                lacking.setdefault(n, []).append(name)
        for n, names_ in lacking.items():
            notes.append(f"{', '.join(names_)} left out of {n} of {len(rows)} utterances: {why}")
    return notes


def _means(rows: Sequence[Row], names: Sequence[str], seed: int) -> dict[str, Interval]:
    means = {}
    for name in names:
        there = [row for row in rows if name in row.values]
        if there:
            weights = [_weight(name, row) for row in there]
            means[name] = bootstrap([row.values[name] for row in there], weights, seed=seed)
    return means


def _weight(name: str, row: Row) -> float:
    """How much there was to say, for text errors."""
    if row.errors is None or name not in TEXTUAL:
        return 1.0
    return float(row.errors.n_words if name == "wer" else row.errors.n_characters)
