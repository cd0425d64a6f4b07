"""What a data dir holds, in numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from tts.audio import io
from tts.data import datadir
from tts.data.sources import refuse_pipe


@dataclass(frozen=True)
class Statistics:
    """Amounts of speech.

    Attributes:
        rates_hz: rate to number of audio files.
        histogram: utterances by length: whole seconds, rounded down, to number.
        speakers: speaker to minutes.
    """

    minutes: float
    n_utterances: int
    n_speakers: int
    shortest_s: float
    longest_s: float
    rates_hz: dict[int, int]
    histogram: dict[int, int]
    speakers: dict[str, float]

    def as_text(self) -> str:
        """For people: a few lines and a bar for every second."""
        rates = ", ".join(f"{rate} Hz ({n})" for rate, n in self.rates_hz.items())
        most = max(self.histogram.values())
        bars = [
            f"{second:4d} s {n:7d} {'#' * round(40 * n / most)}"
            for second, n in self.histogram.items()
        ]
        return "\n".join(
            [
                f"{self.minutes:.1f} minutes in {self.n_utterances} utterances of "
                f"{self.n_speakers} speakers, {self.shortest_s:.2f} to {self.longest_s:.2f} s; "
                f"sample rates: {rates}",
                *bars,
            ]
        )


def statistics(path: str | Path) -> Statistics:
    """Measure a data dir, from the heads of its audio files.

    Raises:
        DataError: the data dir or an audio file cannot be used, or is a command.
    """
    data = datadir.read(path)
    rates: Counter[int] = Counter()
    recording_s = {}
    for key, source in data.wav_scp.items():
        refuse_pipe(source, f"{data.path / 'wav.scp'}: {key}")
        n_samples, rate_hz = io.measure(source)
        rates[rate_hz] += 1
        recording_s[key] = n_samples / rate_hz
    if data.segments is None:
        lengths = recording_s
    else:
        lengths = {u: segment.end_s - segment.start_s for u, segment in data.segments.items()}
    minutes: dict[str, float] = defaultdict(float)
    for utterance, speaker in data.utt2spk.items():
        minutes[speaker] += lengths[utterance] / 60
    return Statistics(
        minutes=sum(lengths.values()) / 60,
        n_utterances=len(lengths),
        n_speakers=len(minutes),
        shortest_s=min(lengths.values()),
        longest_s=max(lengths.values()),
        rates_hz=dict(rates),
        histogram=dict(sorted(Counter(int(s) for s in lengths.values()).items())),
        speakers=dict(sorted(minutes.items())),
    )
