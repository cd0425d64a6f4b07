"""Runs of frames: how a sentence is cut to be heard early, and its edges that meet silence.

The first run of a text is short, so that sound is there at once. Each one after it is twice as
long as what came before in the sentence: the listener's buffer grows while the cost of overlapping
runs shrinks. Everything that speaks a text cuts it the same way, so that the samples are the same:
a convolution rounds differently in runs of different lengths.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tts.voice.vocoding import CHUNK_FRAMES

OPENING_FRAMES = 32  # of a text's first run: 0.4 s at the usual hop
FIRST_FRAMES = 256  # of the first run of a sentence that follows others
GROWTH = 2  # of a run against those before it: no gap is heard up to a real-time factor of 1 / 3
FADE_S = 0.004  # of the edges of a sentence, which would click where they are not silent


def run_ends(
    n_frames: int, context: int | None, *, opens: bool = True, chunk_frames: int | None = None
) -> Iterator[int]:
    """The frame behind each run of a sentence of `n_frames`.

    Args:
        context: of the vocoder; runs are not shorter than twice that. None makes one run.
        opens: whether the sentence is a text's first.
        chunk_frames: the length of every run, instead of growing ones.
    """
    shortest = max(OPENING_FRAMES if opens else FIRST_FRAMES, 2 * (context or 0))
    end = 0
    while context is not None:
        size = chunk_frames or min(max(shortest, GROWTH * end), CHUNK_FRAMES)
        crumb = 0 if chunk_frames else size // 2  # a rest this short goes with the run before it
        if end + size + crumb >= n_frames:
            break
        end += size
        yield end
    yield n_frames


def faded(samples: np.ndarray, begin: int, total: int, rate_hz: int) -> np.ndarray:
    """Samples that begin at `begin` of a sentence of `total`, with its edges rising from zero."""
    n_fade = min(round(FADE_S * rate_hz), total // 2)
    end = begin + len(samples)
    if begin >= n_fade and end <= total - n_fade:
        return samples
    place = np.arange(begin, end)
    from_edge = np.minimum(place, total - 1 - place)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.minimum(from_edge / max(n_fade, 1), 1.0))
    return samples * ramp.astype(np.float32)
