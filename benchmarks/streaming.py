"""Time to the first sound with streaming beside without, and batches beside one by one.

    python benchmarks/streaming.py --voice exp/glow_tts --vocoder exp/hifigan

Everything is warmed up once; medians over --repeats. `whole` is what a listener waits for without
streaming, `first` the wait for the first chunk, `last` for the last one. `ahead` is how far the
sound is ahead of the listener at worst: below zero there is a gap. --batch also speaks sentences
one by one and through `render`, in each number format, and says how far apart the samples are.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch

from tts.voice.render import Job, render
from tts.voice.voice import Voice

SENTENCE = "The little house stood at the end of a road that nobody ever seemed to take."
PARAGRAPH = (
    f"{SENTENCE} In the morning the sun came up behind the hill, and the birds began to sing. "
    "An old man walked slowly down to the water, sat on a stone, and waited there for his friend. "
    "They had known each other for more than fifty years. Nobody remembered how they had met."
)


def main() -> None:
    """Print a table of waits, and one of batches."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--voice", required=True, help="a voice or an experiment")
    parser.add_argument("--vocoder", help="not the voice's own")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, help="compare batches of so many, too")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    voice = Voice.load(arguments.voice, arguments.vocoder)
    print("text          audio   whole   first    last   ahead")
    for name, text in {"sentence": SENTENCE, "paragraph": PARAGRAPH}.items():
        _wait(voice, name, text, arguments.repeats)
    if arguments.batch:
        print("format     one by one   batches   largest difference")
        for precision in ("float32", "bfloat16"):
            own = Voice.load(arguments.voice, arguments.vocoder, precision=precision)
            _batches(own, precision, arguments.batch, arguments.repeats)


def _wait(voice: Voice, name: str, text: str, repeats: int) -> None:
    runs = []
    said = voice.say(text)
    for _ in range(repeats):
        started = time.perf_counter()
        voice.say(text)
        whole_s = time.perf_counter() - started
        runs.append((whole_s, *_stream(voice, text)))
    whole_s, first_s, last_s, ahead_s = (statistics.median(column) for column in zip(*runs))
    seconds = (said.audio_s, whole_s, first_s, last_s, ahead_s)
    print(f"{name:10}" + "".join(f"{each:8.3f}" for each in seconds))


def _stream(voice: Voice, text: str) -> tuple[float, float, float]:
    """The waits for the first and the last chunk, and the least lead over the listener."""
    started, first_s, ahead_s = time.perf_counter(), 0.0, np.inf
    for i, chunk in enumerate(voice.stream(text)):
        now_s = time.perf_counter() - started
        first_s = first_s if i else now_s
        if i:
            ahead_s = min(ahead_s, first_s + chunk.start_s - now_s)
    return first_s, time.perf_counter() - started, ahead_s


def _batches(voice: Voice, precision: str, n: int, repeats: int) -> None:
    texts = [part.strip() + "." for part in PARAGRAPH.replace(",", ".").split(".") if part.strip()]
    jobs = [Job(voice.frontend(text), seed=i) for i, text in enumerate(texts * 2)]
    alone = render(voice, jobs, batch=1)
    together = render(voice, jobs, batch=n)
    seconds = []
    for size in (1, n):
        taken = []
        for _ in range(repeats):
            started = time.perf_counter()
            render(voice, jobs, batch=size)
            taken.append(time.perf_counter() - started)
        seconds.append(statistics.median(taken))
    same_length = all(len(a.samples) == len(b.samples) for a, b in zip(alone, together))
    apart = max(
        np.abs(a.samples[: len(b.samples)] - b.samples[: len(a.samples)]).max()
        for a, b in zip(alone, together)
    )
    said = f"{apart:.1e}" if same_length else "lengths differ"
    print(f"{precision:10}{seconds[0]:11.2f}{seconds[1]:10.2f}   {said}")


if __name__ == "__main__":
    main()
