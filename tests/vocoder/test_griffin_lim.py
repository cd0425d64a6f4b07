"""Griffin-Lim as a vocoder: what every vocoder promises, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from tests.checks import check_config, check_vocoder
from tests.tiny import CONTRACT
from tts import build
from tts.audio.griffin_lim import griffin_lim
from tts.bridge.mel import Model as MelBridge
from tts.contracts import Contract
from tts.errors import ConfigError
from tts.vocoder.griffin_lim import Config, Model

N_FRAMES = 40


@pytest.fixture
def frames() -> torch.Tensor:
    """Mel frames of two tones in noise, (2, C, T)."""
    noise = torch.randn(2, N_FRAMES * CONTRACT.hop, generator=torch.Generator().manual_seed(0))
    tones = torch.sin(torch.outer(torch.tensor([0.3, 0.7]), torch.arange(noise.shape[1])))
    return MelBridge(CONTRACT).encode(0.3 * tones + 0.05 * noise)


def test_it_is_a_vocoder(frames: torch.Tensor) -> None:
    # Few turns: each multiplies the rounding by which a row alone differs from one in a batch.
    check_vocoder(Model(Config(n_iterations=4), CONTRACT), frames)
    check_config(Config(n_iterations=4, momentum=0.5))


def test_its_settings_reach_the_algorithm(frames: torch.Tensor) -> None:
    made = Model(Config(n_iterations=3, momentum=0.2), CONTRACT).generate(frames, seed=5)
    assert torch.equal(made, griffin_lim(frames, CONTRACT, 3, 0.2, 5))
    assert not torch.equal(made, Model(Config(n_iterations=3), CONTRACT).generate(frames, seed=5))


def test_each_row_has_its_seed(frames: torch.Tensor) -> None:
    model = Model(Config(n_iterations=2), CONTRACT)
    lens = torch.tensor([N_FRAMES, N_FRAMES - 9])
    both = model.generate(frames, lens, seed=[3, 8])
    alone = model.generate(frames[1:, :, : N_FRAMES - 9], seed=8)
    torch.testing.assert_close(both[1:, : alone.shape[1]], alone, atol=1e-5, rtol=0)
    assert not torch.allclose(both[1:], model.generate(frames, lens, seed=3)[1:], atol=1e-2)


def test_rows_are_made_in_one_call(frames: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def count(*args: object, **named: object) -> torch.Tensor:
        calls.append(named)
        return griffin_lim(*args, **named)

    monkeypatch.setattr("tts.vocoder.griffin_lim.griffin_lim", count)
    Model(Config(n_iterations=1), CONTRACT).generate(frames, torch.tensor([N_FRAMES, 20]))
    assert len(calls) == 1


def test_it_has_nothing_to_train_and_needs_a_mel() -> None:
    model = build.build("vocoder", {"name": "griffin_lim"}, CONTRACT)
    assert (model.players, list(model.state_dict())) == ((), [])
    with pytest.raises(ConfigError, match="griffin_lim: needs a mel bridge"):
        Model(Config(), Contract(kind="latent", encoder_hash="0"))
