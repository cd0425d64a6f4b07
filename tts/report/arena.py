"""What a comparison of vocoders found: a table, a front, and a page that plays it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tts.audio import io
from tts.files import write_text
from tts.metrics.intervals import Interval
from tts.report import html, plots
from tts.report.evaluate import bounds
from tts.report.listening import REFERENCE, ListeningTest
from tts.report.measures import METRICS

RESULTS, TABLE, PAGE, PLOT = "arena.json", "arena.tsv", "arena.html", "pareto.png"
RECORDINGS, TEXTS = "recordings.scp", "text"
COPY, SPEECH = "copy", "speech"  # of recordings' frames, and of text
_N_PLAYED, _MAX_PLAYED_MIB = 6, 24  # utterances on the page, and the size of their sound


@dataclass(frozen=True)
class Contender:
    """A vocoder in the arena.

    Attributes:
        model: the name of its kind; step: how long it was trained, None for no training.
        rtf: seconds of work for a second of sound, by device; memory_mib: what the work needs.
        copy, speech: metrics of what it makes of recordings' frames, and of an acoustic model's.
    """

    name: str
    path: str
    model: str
    n_parameters: int
    step: int | None
    rtf: dict[str, float]
    memory_mib: dict[str, float | None]
    copy: dict[str, Interval]
    speech: dict[str, Interval]


@dataclass(frozen=True)
class Arena:
    """All contenders, those that nothing beats in quality and speed, and where the files are.

    Attributes:
        by: the metric of the front.
        recording: word errors of the recordings themselves, where their texts are known.
    """

    contenders: tuple[Contender, ...]
    recording: dict[str, Interval]
    by: str
    front: tuple[str, ...]
    n_utterances: int
    notes: tuple[str, ...]
    out: str
    test: ListeningTest | None

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """For people: the table with a vocoder a column, the front and the notes."""
        rows = turned(self)
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = []
        for title, *cells in rows:
            shown = (cell.rjust(width) for cell, width in zip(cells, widths[1:]))
            lines.append("  ".join([title.ljust(widths[0]), *shown]))
        lines.append(f"not beaten in {METRICS[self.by].title} and speed: {', '.join(self.front)}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def pareto_front(points: Mapping[str, tuple[float, float]], better: str) -> list[str]:
    """The names of points (cost, quality) than which none is as cheap and better, or cheaper."""
    sign = 1.0 if better == "low" else -1.0
    costs = {name: (cost, sign * quality) for name, (cost, quality) in points.items()}

    def beaten(name: str) -> bool:
        cost, loss = costs[name]
        return any(c <= cost and q <= loss and (c, q) != (cost, loss) for c, q in costs.values())

    return [name for name in costs if not beaten(name)]


def table(arena: Arena) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table: a vocoder a row, the recordings last."""
    devices = list(arena.contenders[0].rtf)
    head = ["vocoder", "model", "parameters", "steps"]
    head += [f"RTF {d}" for d in devices] + [f"MiB {d}" for d in devices]
    columns = [
        (side, name)
        for side in (COPY, SPEECH)
        for name in METRICS
        if any(name in getattr(c, side) for c in arena.contenders)
    ]
    head += [f"{METRICS[name].title} ({side})" for side, name in columns]
    rows = []
    for c in arena.contenders:
        steps = "-" if c.step is None else str(c.step)
        row = [c.name, c.model, _millions(c.n_parameters), steps]
        row += [f"{c.rtf[d]:.3g}" for d in devices]
        row += [_number(c.memory_mib[d], ".0f") for d in devices]
        row += [_mean(getattr(c, side), name) for side, name in columns]
        rows.append(row)
    if arena.recording:
        blank = ["-"] * (len(head) - len(columns) - 1)
        heard = (_mean(arena.recording if side == COPY else {}, name) for side, name in columns)
        rows.append([REFERENCE, *blank, *heard])
    return head, rows


def turned(arena: Arena) -> list[tuple[str, ...]]:
    """The table with a vocoder a column, which fits narrow places."""
    head, rows = table(arena)
    return list(zip(head, *rows))


def _mean(metrics: Mapping[str, Interval], name: str) -> str:
    return f"{metrics[name].mean:.4g}" if name in metrics else "-"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _millions(n: int) -> str:
    return f"{n / 1e6:.2f} M" if n else "0"


def points(contenders: Sequence[Contender], by: str) -> dict[str, tuple[float, float]]:
    """RTF on the CPU, and quality, by name."""
    assert all(by in c.copy for c in contenders), f"{by} was not measured of all"
    return {c.name: (c.rtf["cpu"], c.copy[by].mean) for c in contenders}


def save(arena: Arena, refs: Mapping[str, Path]) -> None:
    """Write the table, the plot, all of it as JSON, and the page with the recordings."""
    out, metric = Path(arena.out), METRICS[arena.by]
    placed = points(arena.contenders, arena.by)
    figure = plots.against_speed(placed, arena.front, metric.title, metric.better)
    plots.save(figure, out / PLOT)
    head, rows = table(arena)
    write_text(out / TABLE, "".join("\t".join(row) + "\n" for row in [head, *rows]))
    write_text(out / RESULTS, json.dumps(arena.as_dict(), indent=1) + "\n")
    write_text(out / PAGE, html.document("Vocoders compared", _page(arena, refs)))


def _page(arena: Arena, refs: Mapping[str, Path]) -> Iterator[str]:
    out = Path(arena.out)
    yield html.heading(1, "Vocoders compared")
    unbeaten = f"Not beaten in {METRICS[arena.by].title} and speed: {', '.join(arena.front)}."
    yield html.paragraph(f"{arena.n_utterances} held-out utterances. {unbeaten}")
    head, *rows = turned(arena)
    yield html.table(head, rows)
    yield from (html.paragraph(f"Note: {note}", soft=True) for note in arena.notes)
    yield html.heading(2, "Quality against speed")
    yield html.png((out / PLOT).read_bytes(), "quality against speed")
    yield html.heading(2, "Intervals")
    names = [n for n in METRICS if any(n in c.copy for c in arena.contenders)]
    yield html.table(
        ["copy synthesis, 95 %", *(c.name for c in arena.contenders)],
        [
            [
                METRICS[name].title,
                *(bounds(c.copy[name]) if name in c.copy else "-" for c in arena.contenders),
            ]
            for name in names
        ],
    )
    yield from _players(arena, refs)


def _players(arena: Arena, refs: Mapping[str, Path]) -> Iterator[str]:
    out, room = Path(arena.out), _MAX_PLAYED_MIB * 2**20
    yield html.heading(2, "Sound")
    for utterance in list(refs)[:_N_PLAYED]:
        sides = [(REFERENCE, refs[utterance])]
        for side in (COPY, SPEECH):
            files = ((c.name, out / side / c.name / f"{utterance}.wav") for c in arena.contenders)
            sides += [(f"{name}, {side}", path) for name, path in files if path.is_file()]
        uris = [(title, html.audio_uri(*io.read(path))) for title, path in sides]
        room -= sum(len(uri) for _, uri in uris)
        if room < 0:
            return
        players = "".join(html.player(title, uri) for title, uri in uris)
        yield f'{html.heading(3, utterance)}<div class="players">{players}</div>'
