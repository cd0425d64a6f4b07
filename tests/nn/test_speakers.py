"""Speakers as ids, as rows of a table, and as outer vectors."""

from __future__ import annotations

import pytest
import torch

from tts.errors import ConfigError
from tts.nn.speakers import SpeakerBias, SpeakerTable, unit

FRAMES = torch.arange(24.0).view(2, 3, 4)


def told(**sizes: int) -> SpeakerBias:
    bias = SpeakerBias(3, **sizes)
    for parameter in bias.parameters():
        torch.nn.init.normal_(parameter)
    return bias.requires_grad_(False)


def test_an_id_and_its_row_mean_the_same() -> None:
    table = SpeakerTable(5, 4)
    ids = torch.tensor([3, 0])
    assert torch.equal(table(table.rows(ids)), table(ids))
    assert (table.n_speakers, table.vector_channels) == (5, 0)
    with pytest.raises(AssertionError, match=r"\(2, 3\) are no rows of 4"):
        table(torch.zeros(2, 3))


def test_without_speakers_it_is_nothing() -> None:
    bias = SpeakerBias.of(False, 3, n_speakers=200, vector_channels=0)
    assert not bias.state_dict() and bias.n_speakers == 0
    assert bias(FRAMES, torch.tensor([7, 9])) is FRAMES


@pytest.mark.parametrize("sizes", [{"n_speakers": 2}, {"vector_channels": 5}])
def test_at_first_it_changes_nothing_and_learns(sizes: dict[str, int]) -> None:
    bias = SpeakerBias(3, **sizes)
    speakers = torch.randn(2, 5) if "vector_channels" in sizes else torch.tensor([1, 0])
    assert torch.equal(bias(FRAMES, speakers), FRAMES)
    bias(FRAMES, speakers).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in bias.parameters())


def test_each_row_gets_its_speakers_bias_on_every_frame() -> None:
    bias = told(n_speakers=4)
    made = bias(FRAMES, torch.tensor([2, 1])) - FRAMES
    torch.testing.assert_close(made, bias.table.weight[[2, 1]][:, :, None].expand(-1, -1, 4))
    mixed = 0.5 * (bias.rows(torch.tensor([2])) + bias.rows(torch.tensor([1])))
    halfway = bias(FRAMES[:1], mixed) - FRAMES[:1]
    torch.testing.assert_close(halfway, made.mean(0, keepdim=True))


def test_nobody_is_the_mean_speaker() -> None:
    bias = told(n_speakers=4)
    mean = bias.table.weight.mean(0, keepdim=True)
    assert torch.equal(bias(FRAMES), bias(FRAMES, mean))
    outer = told(vector_channels=5)
    torch.testing.assert_close(bias(FRAMES).shape, outer(FRAMES).shape)


def test_the_scale_of_an_outer_vector_does_not_matter() -> None:
    bias, vectors = told(vector_channels=5), torch.randn(2, 5)
    torch.testing.assert_close(bias(FRAMES, vectors), bias(FRAMES, 30 * vectors))
    torch.testing.assert_close(unit(vectors, 5).norm(dim=1), torch.ones(2))
    with pytest.raises(AssertionError, match="no vectors of 5"):
        bias(FRAMES, torch.tensor([1, 0]))


def test_outer_vectors_go_before_a_table() -> None:
    bias = SpeakerBias.of(True, 3, n_speakers=4, vector_channels=5)
    assert bias.table is None and bias.vector_channels == 5


def test_one_speaker_is_nobody_to_tell_apart() -> None:
    with pytest.raises(ConfigError, match="speaker_bias: needs data of several speakers"):
        SpeakerBias.of(True, 3, n_speakers=1, vector_channels=0)
