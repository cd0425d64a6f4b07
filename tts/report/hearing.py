"""Listening to a data dir: every recording in numbers, and what they say together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from tts.audio.level import Level, block_powers, level, loudness_lufs
from tts.data.datadir import DataDir
from tts.data.sources import read_source, refuse_pipe
from tts.errors import DataError

CLIPPED_SHARE = 1e-4  # of an utterance's samples


@dataclass(frozen=True)
class Heard:
    """One recording: its level, what tells it from others, and the powers its loudness is of."""

    utterance: str
    level: Level
    rate_hz: int
    digest: str
    powers: np.ndarray

    @property
    def spoken_s(self) -> float:
        """Of it without the silence at its ends."""
        return self.level.seconds - self.level.leading_s - self.level.trailing_s


@dataclass(frozen=True)
class Sound:
    """Some recordings in numbers.

    Attributes:
        rates_hz: how many have each rate.
        leading_s, trailing_s: medians of the silence at the ends.
        silent_share: of all time; inside_share: of all time, silence between the ends.
        rms_db: level of all of it, dBFS, with its silence.
        speech_db: median level of speech; noise_db: of silence, None where there is none.
        lufs: integrated loudness, None for silence.
        clipped: utterances that are.
    """

    n_utterances: int
    minutes: float
    shortest_s: float
    median_s: float
    longest_s: float
    rates_hz: dict[int, int]
    leading_s: float
    trailing_s: float
    silent_share: float
    inside_share: float
    rms_db: float
    speech_db: float
    noise_db: float | None
    lufs: float | None
    clipped: tuple[str, ...]

    def lines(self) -> list[str]:
        """For people."""
        rates = ", ".join(f"{rate} Hz ({n})" for rate, n in self.rates_hz.items())
        noise = "no silence to tell" if self.noise_db is None else f"{self.noise_db:.0f} dBFS"
        loudness = "none" if self.lufs is None else f"{self.lufs:.1f} LUFS"
        return [
            f"  {self.n_utterances} utterances of {self.shortest_s:.2f} to {self.longest_s:.2f} s "
            f"(median {self.median_s:.2f}), {self.minutes:.1f} minutes; {rates}",
            f"  silence: {100 * self.silent_share:.0f} % of the time; before speech "
            f"{self.leading_s:.2f} s, after it {self.trailing_s:.2f} s, inside "
            f"{100 * self.inside_share:.0f} %",
            f"  level: {self.rms_db:.0f} dBFS in all, speech {self.speech_db:.0f} dBFS, noise "
            f"{noise}, loudness {loudness}; {len(self.clipped)} clipped",
        ]

    def advice(
        self, silent_share: float, end_s: float, snr_db: float, least_lufs: float
    ) -> Iterator[str]:
        """What to do about recordings beyond these bounds, a sentence each."""
        if self.silent_share > silent_share or max(self.leading_s, self.trailing_s) > end_s:
            yield (
                f"{100 * self.silent_share:.0f} % is silence, which teaches nothing and misleads "
                "the alignment: cut it with `tts data trim`, or --trim true in the recipe"
            )
        if self.lufs is not None and self.lufs < least_lufs:
            yield f"quiet ({self.lufs:.0f} LUFS): raise it with `tts data trim --lufs -23`"
        if self.noise_db is not None and self.speech_db - self.noise_db < snr_db:
            yield (
                f"noisy: speech is only {self.speech_db - self.noise_db:.0f} dB above the noise, "
                "and the voice will learn the noise, too"
            )
        if self.clipped:
            listed = " ".join(self.clipped[:5]) + (" …" if len(self.clipped) > 5 else "")
            yield f"{len(self.clipped)} utterances are clipped ({listed}): record lower"
        if len(self.rates_hz) > 1:
            yield "several sample rates: the lowest decides how bright the voice can be"


def listen(
    data: DataDir, min_s: float, max_s: float, *, allow_pipes: bool = False
) -> tuple[dict[str, Heard], dict[str, str]]:
    """Every utterance that can be used, and why the others cannot.

    Raises:
        DataError: an entry is a command, and commands may not run.
    """
    heard, dropped = {}, {}
    for utterance in tqdm(data.utterances, desc=f"listening to {data.path}", unit="utterance"):
        source = data.wav_scp[data.recording(utterance)]
        refuse_pipe(source, f"{data.path / 'wav.scp'}: {utterance}", allow_pipes)
        try:
            samples, rate_hz = _samples(data, utterance, source, allow_pipes)
        except DataError as error:
            dropped[utterance] = str(error).removeprefix(f"{utterance}: ")
            continue
        heard[utterance] = _hear(utterance, samples, rate_hz)
        seconds = heard[utterance].level.seconds
        if not samples.any():
            dropped[utterance] = "silence, and nothing else"
        elif not min_s <= seconds <= max_s:
            bound = f"shorter than {min_s:g}" if seconds < min_s else f"longer than {max_s:g}"
            dropped[utterance] = f"{seconds:.2f} s is {bound} s"
    return heard, dropped


def _samples(
    data: DataDir, utterance: str, source: str, allow_pipes: bool
) -> tuple[np.ndarray, int]:
    samples, rate_hz = read_source(source, utterance, allow_pipes=allow_pipes)
    if data.segments is None:
        return samples, rate_hz
    segment = data.segments[utterance]
    cut = samples[round(segment.start_s * rate_hz) : round(segment.end_s * rate_hz)]
    if not len(cut):
        raise DataError(f"{utterance}: its segment lies behind the end of its recording")
    return cut, rate_hz


def _hear(utterance: str, samples: np.ndarray, rate_hz: int) -> Heard:
    digest = hashlib.blake2b(samples.tobytes(), digest_size=16).hexdigest()
    powers = block_powers(samples, rate_hz)
    return Heard(utterance, level(samples, rate_hz), rate_hz, digest, powers)


def sound_of(recordings: Collection[Heard]) -> Sound:
    """Some recordings, at least one, together."""
    levels = [heard.level for heard in recordings]
    seconds = np.array([each.seconds for each in levels])
    powers = 10 ** (np.array([each.rms_db for each in levels]) / 10)
    noises = [each.noise_db for each in levels if each.noise_db is not None]
    return Sound(
        n_utterances=len(levels),
        minutes=float(seconds.sum() / 60),
        shortest_s=float(seconds.min()),
        median_s=float(np.median(seconds)),
        longest_s=float(seconds.max()),
        rates_hz=dict(Counter(heard.rate_hz for heard in recordings).most_common()),
        leading_s=float(np.median([each.leading_s for each in levels])),
        trailing_s=float(np.median([each.trailing_s for each in levels])),
        silent_share=float(sum(each.silent_s for each in levels) / seconds.sum()),
        inside_share=float(sum(each.inside_s for each in levels) / seconds.sum()),
        rms_db=10 * float(np.log10(max(1e-12, (powers * seconds).sum() / seconds.sum()))),
        speech_db=float(np.median([each.speech_db for each in levels])),
        noise_db=float(np.median(noises)) if noises else None,
        lufs=loudness_lufs([heard.powers for heard in recordings]),
        clipped=tuple(h.utterance for h in recordings if h.level.clipped > CLIPPED_SHARE),
    )
