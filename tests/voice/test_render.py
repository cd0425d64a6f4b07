"""Utterances spoken together are as each alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny import save_acoustic
from tts.voice.render import Job, batches, default_batch, render
from tts.voice.voice import Voice

TEXTS = ("a bad cab", "dead", "a faded face beside a cafe", "b", "decade and a bead")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, vocoder: Path) -> Voice:
    """A voice of two speakers."""
    exp = save_acoustic(tmp_path_factory.mktemp("two") / "exp", speakers=("anna", "bert"))
    return Voice.load(exp, vocoder, precision="float32", device="cpu")


def jobs_of(voice: Voice, **over: Any) -> list[Job]:
    return [
        Job(
            voice.frontend(text),
            voice.cast.choose("anna" if i % 2 else "bert"),
            speed=1 + i / 4,
            seed=i,
            **over,
        )
        for i, text in enumerate(TEXTS)
    ]


@pytest.mark.parametrize("batch", [1, 2, 16])
def test_together_as_alone(two: Voice, batch: int) -> None:
    made = render(two, jobs_of(two), batch=batch)
    for i, (text, each) in enumerate(zip(TEXTS, made, strict=True)):
        speaker = "anna" if i % 2 else "bert"
        said = two.say(text, speaker=speaker, speed=1 + i / 4, seed=i).samples
        assert sum(each.durations) * 16 == len(each.samples) == len(said)
        np.testing.assert_allclose(each.samples, said, atol=0 if batch == 1 else 1e-5, rtol=0)


def test_a_mixture_goes_in_a_batch_of_its_own(two: Voice) -> None:
    tokens = two.frontend("a bad cab")
    mixed = Job(tokens, two.cast.choose("anna:1,bert:1"))
    plain = Job(tokens, two.cast.choose("anna"))
    assert sorted(map(sorted, batches([plain, mixed, plain], 16))) == [[0, 2], [1]]
    alone = render(two, [mixed])[0].samples
    assert np.array_equal(render(two, [plain, mixed, plain])[1].samples, alone)


def test_batches_are_alike_in_what_is_shared_and_in_length(voice: Voice) -> None:
    def job(text: str, **over: Any) -> Job:
        return Job(voice.frontend(text), **over)

    jobs = [job("abcdef"), job("a"), job("abc", temperature=0.5), job("abcde"), job("ab")]
    assert sorted(batches(jobs, 2)) == [[1, 4], [2], [3, 0]]
    assert batches([], 3) == []
    assert render(voice, []) == []


def test_the_size_of_a_batch_that_changes_nothing(
    voice: Voice, acoustic: Path, vocoder: Path
) -> None:
    assert default_batch(voice) == 16
    half = Voice.load(acoustic, vocoder, precision="bfloat16", device="cpu")
    assert default_batch(half) == 1
    made = render(half, [Job(half.frontend(text)) for text in TEXTS])
    for text, each in zip(TEXTS, made, strict=True):
        assert np.array_equal(each.samples, half.say(text).samples)
