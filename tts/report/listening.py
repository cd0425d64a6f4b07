"""A blind listening test as one page: who listens sees no name, not even in the page's source.

The page gives every sound a number that says nothing; `listening_key.json`, which stays with
whoever runs the test, tells what each is.

References:
    Method for the subjective assessment of intermediate quality level of audio systems (ITU-R
        BS.1534-3, 2015): MUSHRA, its hidden reference and its 3.5 kHz anchor.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import scipy.signal

from tts.audio import io
from tts.errors import ConfigError
from tts.files import write_text
from tts.report import html

Kind = Literal["mushra", "pairs"]
PAGE, KEY = "listening.html", "listening_key.json"
REFERENCE, ANCHOR = "recording", "anchor (3.5 kHz)"
ANCHOR_HZ = 3500.0
_MIB = 2**20


@dataclass(frozen=True)
class ListeningTest:
    """What was written: the page, its key, and how many screens a listener sees."""

    page: str
    key: str
    kind: Kind
    n_trials: int


def write_test(
    recordings: Mapping[str, Path],
    systems: Mapping[str, Mapping[str, Path]],
    out: str | Path,
    *,
    kind: Kind = "mushra",
    n_trials: int = 12,
    seed: int = 0,
    max_mib: float = 40.0,
) -> ListeningTest:
    """Write `listening.html` and its key.

    All sounds of an utterance are brought to the level of its recording.

    Args:
        recordings: by utterance.
        systems: by name, and by utterance.
        out: a folder that is there.
        kind: `mushra` rates all systems beside a hidden recording and an anchor; `pairs` asks for
            a preference.
        n_trials: screens at most.
        seed: which utterances and pairs they are.
        max_mib: of the page; fewer screens are made if it would be larger.
    Raises:
        ConfigError: no such kind, or nothing to compare.
    """
    if kind not in get_args(Kind):
        raise ConfigError(f"listening test {kind!r}: there are {', '.join(get_args(Kind))}")
    if len(systems) < 2 and kind == "pairs":
        raise ConfigError(f"a test in pairs: {len(systems)} system; give two or more")
    common = [u for u in recordings if all(u in files for files in systems.values())]
    if not common:
        raise ConfigError("listening test: no utterance was made by all systems")
    maker = _Maker(recordings, systems, seed)
    trials = []
    for utterance, names in _choose(common, list(systems), kind, n_trials, seed):
        trial = maker.rate(utterance) if kind == "mushra" else maker.prefer(utterance, names)
        if trials and maker.n_bytes > max_mib * _MIB:
            maker.forget(trial)
            break
        trials.append(trial)
    test_id = hashlib.blake2b(json.dumps([kind, trials]).encode(), digest_size=6).hexdigest()
    page, key = Path(out) / PAGE, Path(out) / KEY
    content = {"id": test_id, "kind": kind, "trials": trials, "sounds": maker.sounds}
    write_text(page, _page(content))
    described = {"test": test_id, "kind": kind, "systems": list(systems), "sounds": maker.key}
    write_text(key, json.dumps(described, indent=1) + "\n")
    return ListeningTest(str(page), str(key), kind, len(trials))


def _choose(
    utterances: Sequence[str], names: Sequence[str], kind: Kind, n_trials: int, seed: int
) -> list[tuple[str, tuple[str, str]]]:
    """The utterances of the screens, each with a pair of systems; all pairs come equally often."""
    mixed = list(utterances)
    random.Random(seed).shuffle(mixed)
    if kind == "mushra":
        return [(utterance, ("", "")) for utterance in mixed[:n_trials]]
    pairs = list(itertools.combinations(names, 2))
    n = min(n_trials, len(pairs) * len(mixed))
    turns = (divmod(k, len(pairs)) for k in range(n))  # each turn starts at another utterance
    return [(mixed[(turn + place) % len(mixed)], pairs[place]) for turn, place in turns]


class _Maker:
    """Screens, with the sounds they need and what these are."""

    def __init__(
        self,
        recordings: Mapping[str, Path],
        systems: Mapping[str, Mapping[str, Path]],
        seed: int,
    ) -> None:
        self.recordings, self.systems, self.seed = recordings, systems, seed
        self.sounds: dict[str, str] = {}
        self.key: dict[str, dict[str, str]] = {}

    @property
    def n_bytes(self) -> int:
        """Of all sounds."""
        return sum(map(len, self.sounds.values()))

    def rate(self, utterance: str) -> dict[str, object]:
        """A screen of all systems, the hidden recording and the anchor, beside the recording."""
        shown = [REFERENCE, ANCHOR, *self.systems]
        stimuli = sorted(self._add(utterance, name) for name in shown)
        return {"reference": self._add(utterance, REFERENCE, "open"), "stimuli": stimuli}

    def prefer(self, utterance: str, names: tuple[str, str]) -> dict[str, object]:
        """A screen of two systems."""
        return {"stimuli": sorted(self._add(utterance, name) for name in names)}

    def forget(self, trial: dict[str, object]) -> None:
        """Take the sounds of a screen away again."""
        stimuli = trial["stimuli"]
        assert isinstance(stimuli, list)
        for number in {*stimuli, trial.get("reference", stimuli[0])}:
            self.sounds.pop(number, None)
            self.key.pop(number, None)

    def _add(self, utterance: str, name: str, use: str = "") -> str:
        """The number of a sound; equal seeds give equal numbers."""
        keys = repr((self.seed, utterance, name, use, str(self.recordings[utterance])))
        number = hashlib.blake2b(keys.encode(), digest_size=6).hexdigest()
        if number not in self.sounds:
            self.sounds[number] = html.audio_uri(*self._sound(utterance, name))
            self.key[number] = {"utterance": utterance, "system": name}
        return number

    def _sound(self, utterance: str, name: str) -> tuple[np.ndarray, int]:
        ref, rate_hz = io.read(self.recordings[utterance])
        if name == REFERENCE:
            return ref, rate_hz
        if name == ANCHOR:
            return low_pass(ref, rate_hz, ANCHOR_HZ), rate_hz
        made, made_hz = io.read(self.systems[name][utterance])
        return at_level(made, ref), made_hz


def low_pass(samples: np.ndarray, rate_hz: int, cutoff_hz: float) -> np.ndarray:
    """Samples (N,) without what lies above a frequency, in step with them."""
    if cutoff_hz >= rate_hz / 2:
        return samples
    sections = scipy.signal.butter(8, cutoff_hz, fs=rate_hz, output="sos")
    return scipy.signal.sosfiltfilt(sections, samples).astype(np.float32)


def at_level(samples: np.ndarray, ref: np.ndarray) -> np.ndarray:
    """Samples at the root mean square of others, or as near as leaves their peak within 1."""
    rms, wanted = (float(np.sqrt(np.square(x, dtype=np.float64).mean())) for x in (samples, ref))
    peak = float(np.abs(samples).max())
    if rms == 0 or peak == 0:
        return samples
    return (samples * min(wanted / rms, 1 / peak)).astype(np.float32)


def _page(content: dict[str, object]) -> str:
    script = resources.files("tts.report").joinpath("listening.js").read_text(encoding="utf-8")
    # `<` could end the element that holds the data.
    data = json.dumps(content).replace("<", "\\u003c")
    body = [
        html.heading(1, "Listening test"),
        '<noscript><p>This page needs JavaScript.</p></noscript><main id="stage"></main>',
        f'<script type="application/json" id="test">{data}</script>',
    ]
    return html.document("Listening test", body, script)
