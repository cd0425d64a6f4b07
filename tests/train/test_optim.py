"""Schedules, clipping, averaging, and the order of batches."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.train.test_loop import experiment
from tts.train.data import Batches, TextSide, draw, open_data
from tts.train.optim import Average, clip, make_optimiser, schedule_factor
from tts.train.settings import Optimiser, Schedule


def test_noam_peaks_at_the_end_of_warmup() -> None:
    noam = Schedule(name="noam", warmup=4000, width=192)
    factors = [schedule_factor(noam, step, 1) for step in (1, 3999, 4000, 4001, 16_000)]
    assert factors[2] == max(factors) == pytest.approx(192**-0.5 * 4000**-0.5)
    assert factors[4] == pytest.approx(factors[2] / 2)


def test_exponential_cosine_and_warmup() -> None:
    slow = Schedule(name="exponential", decay=0.5, every=10)
    assert [schedule_factor(slow, s, 1) for s in (9, 10, 20)] == [1, 0.5, 0.25]
    cosine = Schedule(name="cosine", final=0.1, warmup=10)
    assert schedule_factor(cosine, 5, 1000) == pytest.approx(0.5, rel=1e-3)
    assert schedule_factor(cosine, 500, 1000) == pytest.approx(0.55)
    assert schedule_factor(cosine, 1000, 1000) == pytest.approx(0.1)
    assert schedule_factor(Schedule(), 7, 1) == 1


def test_clipping_bounds_gradients_and_tells_their_norm() -> None:
    parameter = nn.Parameter(torch.zeros(4))
    parameter.grad = torch.tensor([3.0, 4.0, 0.0, 0.0])
    assert clip(Optimiser(), [parameter]) == 5
    assert parameter.grad.tolist() == [3, 4, 0, 0]
    assert clip(Optimiser(clip_value=2.0), [parameter]) == 5
    assert parameter.grad.tolist() == [2, 2, 0, 0]
    clip(Optimiser(clip_norm=1.0), [parameter])
    torch.testing.assert_close(parameter.grad.norm(), torch.tensor(1.0))


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_optimisers_take_their_settings(name: str) -> None:
    parameter = nn.Parameter(torch.ones(3))
    settings = Optimiser(name=name, lr=0.1, betas=(0.5, 0.6), weight_decay=0.2)
    optimiser = make_optimiser(settings, [parameter])
    reference = getattr(torch.optim, {"adam": "Adam", "adamw": "AdamW"}[name])(
        [other := nn.Parameter(torch.ones(3))], lr=0.1, betas=(0.5, 0.6), weight_decay=0.2
    )
    for _ in range(3):
        parameter.grad, other.grad = torch.tensor([1.0, -2, 3]), torch.tensor([1.0, -2, 3])
        optimiser.step()
        reference.step()
    torch.testing.assert_close(parameter, other)


def test_average_follows_and_steps_aside() -> None:
    module = nn.ModuleDict({"kept": nn.Linear(1, 1), "left": nn.Linear(1, 1)})
    average = Average(module, 0.75, left_out=("left",))
    assert set(average.state) == {"kept.weight", "kept.bias"}
    with torch.no_grad():
        module["kept"].weight.fill_(1.0)
        average.state["kept.weight"].fill_(0.0)
    average.update(module, step=10**6)
    assert average.state["kept.weight"] == 0.25
    with average.applied(module):
        assert module["kept"].weight == 0.25
    assert module["kept"].weight == 1.0


def test_batches_from_a_step_are_the_later_ones(dump: Path) -> None:
    plan = experiment(dump, "vocoder")
    batches = Batches(open_data(plan, None, str(dump / "train")), plan, 0, 1)
    everything = list(itertools.islice(batches.keys(0), 20))
    for first in (1, 2, 3, 7, 12):
        assert list(itertools.islice(batches.keys(first), 20 - first)) == everything[first:]
    n = len(batches)
    for epoch in (everything[:n], everything[n : 2 * n]):
        assert sorted(i for keys in epoch for i, _ in keys) == list(range(8))
    assert everything[:n] != everything[n : 2 * n]


def test_an_utterance_is_cut_elsewhere_in_another_epoch(dump: Path) -> None:
    plan = experiment(dump, "vocoder")
    batches = Batches(open_data(plan, None, str(dump / "train")), plan, 0, 1)
    keys = [key for batch in itertools.islice(batches.keys(0), 2 * len(batches)) for key in batch]
    draws = {index: [d for i, d in keys if i == index] for index in range(8)}
    assert all(len(set(d)) == 2 for d in draws.values())


def test_text_side_knows_the_sizes(dump: Path) -> None:
    text = TextSide.of(experiment(dump, "acoustic").data)
    assert text.speakers == ("anna", "bert")
    assert text.sizes == {"n_tokens": len(text.frontend.table), "n_speakers": 2}


def test_draw_depends_on_every_key() -> None:
    values = {draw(a, b) for a in range(20) for b in range(20)}
    assert len(values) == 400 and all(0 <= v < 2**63 for v in values)
    assert draw(1, "dev") == draw(1, "dev")
