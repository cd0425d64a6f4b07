"""`tts compare --samples`: a page of short sounds, of what finished comparisons have made.

The sounds are small Ogg files beside the page, so that both can be put on the web.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tts.audio import io
from tts.data.tables import read_table
from tts.errors import ConfigError, DataError
from tts.files import making, write_text
from tts.report import html
from tts.report.arena import COPY, RECORDINGS, RESULTS, SPEECH, TEXTS
from tts.report.listening import REFERENCE
from tts.report.measures import METRICS

PAGE = "index.html"
LONGEST_S = 6.0  # of a sentence, if there are enough that are shorter
SHORTEST_S = 2.0
_SHOWN = {COPY: ("pesq", "stoi", "log_mel", "wer"), SPEECH: ("wer",)}
_TITLES = {COPY: "copy", SPEECH: "text to speech"}


@dataclass(frozen=True)
class Samples:
    """The page, its sentences and systems, and the size of all of it."""

    page: str
    utterances: tuple[str, ...]
    systems: tuple[str, ...]
    mib: float


@dataclass(frozen=True)
class _Arena:
    """A finished comparison: its folder, the recordings, what they say, and what it found."""

    folder: Path
    recordings: Mapping[str, str]
    texts: Mapping[str, str]
    contenders: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> _Arena:
        try:
            tree = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(
                f"{folder}: no finished comparison there ({error}); make it with `tts compare`"
            ) from error
        texts = read_table(folder / TEXTS) if (folder / TEXTS).is_file() else {}
        return cls(folder, read_table(folder / RECORDINGS), texts, tree["contenders"])

    def sounds(self, utterance: str) -> Iterator[tuple[str, str, Path]]:
        """System, side and file of everything that was made for an utterance."""
        for contender in self.contenders:
            for side in (COPY, SPEECH):
                path = self.folder / side / contender["name"] / f"{utterance}.wav"
                if path.is_file():
                    yield contender["name"], side, path


def write_samples(folders: Sequence[str | Path], out: str | Path, n: int = 5) -> Samples:
    """Write `index.html` and Ogg files of `n` sentences by every system of some comparisons.

    Args:
        folders: of `tts compare`, on the same recordings.
        out: a new folder.
        n: sentences, of two to six seconds where there are enough of those.
    Raises:
        TTSError: a folder holds no comparison, or they have no recording in common.
    """
    arenas = [_Arena.read(Path(folder)) for folder in folders]
    systems = [c["name"] for arena in arenas for c in arena.contenders]
    for name in systems:
        if systems.count(name) > 1:
            raise ConfigError(f"compare: {name} is in two of the comparisons; leave one out")
    chosen = _choose(arenas, n)
    with making(out) as folder:
        write_text(folder / PAGE, html.document("Samples", _page(folder, arenas, chosen)))
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Samples(str(Path(out) / PAGE), tuple(chosen), tuple(systems), round(size / 2**20, 2))


def _page(out: Path, arenas: Sequence[_Arena], chosen: Sequence[str]) -> Iterator[str]:
    """The pieces of the page; its sounds are written on the way."""
    yield html.heading(1, "Samples")
    yield from _table(arenas)
    for number, utterance in enumerate(chosen, 1):
        yield html.heading(2, f"{number}. {_text(arenas, utterance)}")
        yield '<div class="players">'
        yield _player(out, REFERENCE, "", Path(arenas[0].recordings[utterance]), number)
        for arena in arenas:
            for name, side, path in arena.sounds(utterance):
                yield _player(out, name, side, path, number)
        yield "</div>"


def _choose(arenas: Sequence[_Arena], n: int) -> list[str]:
    common = [u for u in arenas[0].recordings if all(u in a.recordings for a in arenas)]
    if not common:
        raise ConfigError("compare: the comparisons have no recording in common")
    lengths = {u: _seconds(arenas[0].recordings[u]) for u in common}
    fit = [u for u in common if SHORTEST_S <= lengths[u] <= LONGEST_S]
    if len(fit) < n:
        fit = sorted(sorted(common, key=lengths.__getitem__)[:n])
    n = min(n, len(fit))
    return [fit[i * len(fit) // n] for i in range(n)]


def _seconds(path: str) -> float:
    n_samples, rate_hz = io.measure(path)
    return n_samples / rate_hz


def _text(arenas: Sequence[_Arena], utterance: str) -> str:
    return next((a.texts[utterance] for a in arenas if utterance in a.texts), utterance)


def _player(out: Path, name: str, side: str, path: Path, number: int) -> str:
    """The player of a sound, which is written under a name that does not depend on the corpus."""
    file = Path(name) / (f"{side}-{number}.ogg" if side else f"{number}.ogg")
    (out / file).parent.mkdir(exist_ok=True)
    io.write(out / file, *io.read(path))
    return html.player(f"{name}, {_TITLES[side]}" if side else name, file.as_posix())


def _table(arenas: Sequence[_Arena]) -> Iterator[str]:
    """What was measured of the systems, over all utterances of the comparisons."""
    columns = [(side, metric) for side, metrics in _SHOWN.items() for metric in metrics]
    rows = []
    for arena in arenas:
        for contender in arena.contenders:
            cells = (contender[side].get(metric) for side, metric in columns)
            shown = ("-" if cell is None else f"{cell['mean']:.3g}" for cell in cells)
            rows.append([contender["name"], *shown])
    yield html.table(["", *(f"{METRICS[m].title} ({_TITLES[s]})" for s, m in columns)], rows)
