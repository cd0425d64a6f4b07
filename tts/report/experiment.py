"""`tts report`: one page on an experiment, or on what an acoustic model and a vocoder say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from tqdm import tqdm

from tts.audio import io
from tts.errors import DataError
from tts.files import write_text
from tts.report import html, plots
from tts.report.evaluate import RESULTS, Evaluation, Row, bounds, read_results
from tts.report.measures import METRICS, Sounds
from tts.train.log import read_metrics

MIB = 2**20


@dataclass(frozen=True)
class Written:
    """The page, its size, and how many utterances have their sound in it."""

    out: str
    n_bytes: int
    n_utterances: int
    n_players: int


@dataclass(frozen=True)
class _Budget:
    """How many bytes of sound a page may hold, and those it has."""

    limit: int
    spent: list[int]

    def take(self, *uris: str) -> bool:
        """Whether there is room for these; then they are counted."""
        fits = sum(self.spent) + sum(map(len, uris)) <= self.limit
        if fits:
            self.spent.extend(map(len, uris))
        return fits


def report(
    exp: str | Path,
    out: str | Path | None = None,
    *,
    scores: str | Path | None = None,
    n_utterances: int = 20,
    max_mib: float = 24.0,
) -> Written:
    """Write one page that holds everything: configuration, losses, metrics, plots and sound.

    Args:
        exp: a trained experiment, or a recipe's folder of a pair of these, with `eval` in it.
        out: the page; by default `report.html` in the folder.
        scores: the folder that `tts eval --out` wrote; by default `score` in the folder.
        n_utterances: shown, the worst first.
        max_mib: of sound on the page; what comes after is shown without.
    Raises:
        DataError: there is nothing to report on, or its files cannot be used.
    """
    exp = Path(exp)
    out = exp / "report.html" if out is None else Path(out)
    spoken, folder = _manifest(exp), Path(scores) if scores else exp / "score"
    if not spoken and not (exp / "config.yaml").is_file():
        raise DataError(
            f"{exp}: holds neither config.yaml nor eval/manifest.jsonl; name an experiment, or "
            "the folder in which a recipe's stage synth left its eval set"
        )
    budget, shown = _Budget(int(max_mib * MIB), []), 0
    body = [html.heading(1, str(exp))]
    if (folder / RESULTS).is_file():
        found = read_results(folder / RESULTS)
        shown = min(n_utterances, len(found.rows))
        body += [*_quality(found), *_speed(spoken), *_utterances(found, spoken, shown, budget)]
    elif spoken:
        hint = f"no metrics yet: tts eval RECORDINGS {exp / 'eval'} --out {folder}"
        body += [html.paragraph(hint, soft=True), *_speed(spoken)]
    for trained in _trained(exp, spoken):
        body += _training(trained)
    body += _commands([exp, *(folder for folder in _trained(exp, spoken) if folder != exp)])
    page = html.document(str(exp), body)
    write_text(out, page)
    return Written(str(out), len(page.encode()), shown, len(budget.spent))


def _manifest(exp: Path) -> dict[str, dict[str, Any]]:
    """What `tts synth` wrote of each utterance; empty where it has not been."""
    path = exp / "eval" / "manifest.jsonl"
    if not path.is_file():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {row["id"]: row for row in rows}
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path}: cannot be read ({error}); run `tts synth` again") from None


def _trained(exp: Path, spoken: dict[str, dict[str, Any]]) -> list[Path]:
    """The experiments behind a folder: itself, or those that spoke."""
    if (exp / "config.yaml").is_file():
        return [exp]
    first = next(iter(spoken.values()), {})
    named = [Path(first[role]) for role in ("voice", "vocoder") if first.get(role)]
    return [folder for folder in named if (folder / "config.yaml").is_file()]


def _quality(found: Evaluation) -> Iterator[str]:
    yield html.heading(2, "Quality")
    yield html.paragraph(
        f"{len(found.rows)} utterances against their recordings: means, and the intervals in "
        "which they lie with 95 % confidence (bootstrap over utterances).",
        soft=True,
    )
    rows = []
    for name, interval in found.metrics.items():
        metric = METRICS[name]
        cells = (f"{interval.mean:.4g}", bounds(interval), metric.better, f"{metric.perfect:g}")
        rows.append((metric.title, *cells, str(interval.n)))
    yield html.table(("", "mean", "95 % interval", "better", "perfect", "utterances"), rows)
    yield from (html.paragraph(f"Note: {note}", soft=True) for note in found.notes)


def _speed(spoken: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not spoken:
        return
    audio_s, wall_s = (sum(row[key] for row in spoken.values()) for key in ("audio_s", "wall_s"))
    rtf = wall_s / audio_s if audio_s else 0.0
    middle = median(row["rtf"] for row in spoken.values())
    yield html.heading(2, "Speed")
    yield html.paragraph(
        f"{audio_s:.1f} s of speech in {wall_s:.2f} s: real-time factor {rtf:.3f}, median of "
        f"utterances {middle:.3f}, text to waveform on the machine that spoke."
    )


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """Utterances by how bad they are: the mean over metrics of the deviations from the mean."""
    names = sorted({name for row in rows for name in row.values})
    badness = np.zeros(len(rows))
    for name in names:
        values = np.array([row.values.get(name, np.nan) for row in rows])
        spread = np.nanstd(values)
        if spread > 0:
            sign = 1 if METRICS[name].better == "low" else -1
            badness += sign * np.nan_to_num((values - np.nanmean(values)) / spread) / len(names)
    return [rows[i] for i in np.argsort(-badness, kind="stable")]


def _utterances(
    found: Evaluation, spoken: dict[str, dict[str, Any]], n: int, budget: _Budget
) -> Iterator[str]:
    yield html.heading(2, "Utterances, worst first")
    yield html.paragraph(
        f"{n} of {len(found.rows)}, by their mean deviation over all metrics.", True
    )
    for row in tqdm(worst_first(found.rows)[:n], desc="report", unit="utterance", disable=None):
        yield from _utterance(row, spoken.get(row.utterance, {}), budget)


def _utterance(row: Row, said: dict[str, Any], budget: _Budget) -> Iterator[str]:
    ref, syn = io.read(row.ref), io.read(row.syn)
    yield f"<article>{html.heading(3, row.utterance)}"
    text = row.text or said.get("text", "")
    if text:
        yield html.paragraph(text)
    if row.errors is not None and row.errors.n_word_errors:
        yield html.paragraph(f"understood: {row.heard or '(nothing)'}", soft=True)
    shown = "   ".join(f"{METRICS[n].title} {v:.3g}" for n, v in row.values.items())
    yield html.paragraph(shown.replace("   ", " · "), soft=True)
    uris = [html.audio_uri(*sound) for sound in (ref, syn)]
    if budget.take(*uris):
        players = (html.player(title, uri) for title, uri in zip(("recording", "speech"), uris))
        yield f'<div class="players">{"".join(players)}</div>'
    else:
        yield html.paragraph(f"sound left out (--max-mib): {row.ref} and {row.syn}", soft=True)
    tokens = [(t["text"], t["start_s"], t["end_s"]) for t in said.get("tokens", ())]
    figure = plots.utterance(Sounds(*ref, *syn), tokens)
    yield html.picture(figure, f"mels and pitch of {row.utterance}") + "</article>"


def _training(folder: Path) -> Iterator[str]:
    """Losses, the last plots, and the configuration of a trained experiment."""
    yield html.heading(2, f"Training of {folder}")
    lines = read_metrics(folder / "metrics.jsonl")
    figure = plots.curves(lines)
    if figure is not None:
        yield html.paragraph(f"{lines[-1]['step']} steps", soft=True)
        yield html.picture(figure, f"losses of {folder}")
    steps = sorted((folder / "plots").glob("step-*"))
    for image in sorted(steps[-1].glob("*.png")) if steps else ():
        yield html.heading(3, f"{image.stem}, {steps[-1].name.replace('-', ' ')}")
        yield html.png(image.read_bytes(), f"{image.stem} of {folder}")
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    yield html.folded(f"Configuration of {folder}", config)


def _commands(folders: Sequence[Path]) -> Iterator[str]:
    scripts = [path for folder in folders for path in sorted(folder.glob("run*.sh"))]
    if scripts:
        yield html.heading(2, "Commands")
        yield from (html.folded(str(p), p.read_text(encoding="utf-8")) for p in scripts)
