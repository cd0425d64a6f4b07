"""Low-rank updates: nothing at first, switched off they are not there, and merged they stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from tests import tiny
from tests.checks import perturb
from tts import build
from tts.nn import lora
from tts.nn.conv import ConvTranspose1d, fold, same_conv, weight_norm

Output = Callable[[nn.Module], torch.Tensor]


def acoustic(model: nn.Module) -> torch.Tensor:
    made = model.infer(torch.tensor([[1, 2, 3, 4]]), torch.tensor([4]), torch.tensor([1]))
    return made.frames


def vocoder(model: nn.Module) -> torch.Tensor:
    return model.generate(torch.randn(1, 8, 9, generator=torch.Generator().manual_seed(0)))


@pytest.fixture(params=["acoustic", "vocoder"])
def base(request: pytest.FixtureRequest) -> tuple[nn.Module, Output]:
    torch.manual_seed(0)
    section = {"acoustic": tiny.ACOUSTIC, "vocoder": tiny.VOCODER}[request.param]
    sizes = {"n_tokens": 9, "n_speakers": 3} if request.param == "acoustic" else {}
    model = build.build(request.param, section, tiny.CONTRACT, sizes, for_training=True)
    perturb(model)
    return model.eval(), {"acoustic": acoustic, "vocoder": vocoder}[request.param]


def learnt(model: nn.Module) -> nn.Module:
    """With updates that change something."""
    lora.attach(model, 2, 4.0, model.training_only)
    for parameter in lora.updates(model):
        nn.init.normal_(parameter, 0.0, 0.05)
    return model


@torch.no_grad()
def test_at_first_an_update_changes_nothing(base: tuple[nn.Module, Output]) -> None:
    model, output = base
    before = output(model)
    lora.attach(model, 2, 4.0, model.training_only)
    assert lora.updates(model) and torch.equal(output(model), before)


@torch.no_grad()
def test_switched_off_the_base_speaks_bit_equal(base: tuple[nn.Module, Output]) -> None:
    model, output = base
    before = output(model)
    learnt(model)
    with lora.without(model):
        assert torch.equal(output(model), before)
    assert not torch.equal(output(model), before)


@torch.no_grad()
def test_merged_it_is_an_ordinary_model_that_speaks_as_before(
    base: tuple[nn.Module, Output],
) -> None:
    model, output = base
    names = list(model.state_dict())
    updated = output(learnt(model))
    lora.merge(model)
    assert sorted(model.state_dict()) == sorted(names) and not lora.updates(model)
    assert (output(model) - updated).abs().max() < 1e-5


@torch.no_grad()
def test_folding_merges_too(base: tuple[nn.Module, Output]) -> None:
    model, output = base
    updated = output(learnt(model))
    assert (output(fold(model)) - updated).abs().max() < 1e-5 and not lora.updates(model)


def test_weights_of_the_plain_model_find_their_places(base: tuple[nn.Module, Output]) -> None:
    model, output = base
    plain = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        before = output(model)
        lora.attach(model, 2, 4.0, model.training_only)
        perturb(model)
    for part in model.modules():
        if isinstance(part, lora.LowRank):
            nn.init.zeros_(part.up)
    model.load_state_dict(lora.own_names(model, plain))
    with torch.no_grad():
        assert torch.equal(output(model), before)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Linear(6, 4),
        same_conv(6, 4, 3),
        weight_norm(same_conv(6, 4, 3)),
        ConvTranspose1d(6, 4, 4),
    ],
    ids=["linear", "convolution", "weight norm", "transposed"],
)
def test_the_update_is_low_rank_and_scaled(layer: nn.Module) -> None:
    torch.manual_seed(0)
    before = layer.weight.detach().clone()
    lora.attach(layer, 2, 6.0)
    (update,) = (part for part in layer.modules() if isinstance(part, lora.LowRank))
    nn.init.normal_(update.up)
    change = (layer.weight - before).detach().flatten(1)
    assert torch.linalg.matrix_rank(change) == 2
    assert torch.allclose(change, 3.0 * update.up @ update.down, atol=1e-6)


def test_a_rank_beyond_the_weight_is_cut() -> None:
    layer = lora.attach(nn.Linear(5, 1), 8, 8.0)
    assert [p.shape for p in lora.updates(layer)] == [(1, 1), (1, 5)]


def test_parts_that_only_training_needs_get_none() -> None:
    model = build.build("vocoder", tiny.VOCODER, tiny.CONTRACT, for_training=True)
    lora.attach(model, 2, 4.0, model.training_only)
    assert not lora.updates(model.discriminators) and lora.updates(model.generator)
