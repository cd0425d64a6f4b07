"""ECAPA-TDNN: vectors of length 1 that depend on the speech alone, and a loss that teaches it."""

from __future__ import annotations

import pytest
import torch

from tests.checks import check_config, check_gradients, check_save_load, perturb
from tts.config import parse
from tts.contracts import Contract, WaveBatch
from tts.errors import ConfigError, ContractError, DataError
from tts.speaker.ecapa_tdnn import Config, Model

CONTRACT = Contract(channels=8, hop=16, n_fft=64, win=64, sample_rate_hz=4000, fmax_hz=2000)
TINY = Config(channels=12, groups=3, dilations=(2, 3), bottleneck=4, vector=6)


def tiny(**options: object) -> Model:
    """A model whose norms have seen something."""
    model = Model(TINY, CONTRACT, **options)
    perturb(model)
    with torch.no_grad():
        model.train()(torch.randn(8, 8, 50))
    return model.eval()


def batch(n_rows: int = 6, n_frames: int = 40) -> WaveBatch:
    wav = 0.1 * torch.randn(n_rows, n_frames * CONTRACT.hop)
    return WaveBatch(("u",) * n_rows, wav, torch.arange(n_rows) % 3)


def test_the_size_of_the_defaults() -> None:
    model = Model(Config(), Contract())
    assert 800_000 < sum(p.numel() for p in model.parameters()) < 1_000_000
    assert not any(name.startswith("classes") for name, _ in model.named_parameters())


def test_a_vector_has_length_one() -> None:
    vectors = tiny()(3 * torch.randn(4, 8, 30))
    assert vectors.shape == (4, 6)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))


def test_gradients_reach_every_parameter() -> None:
    model = tiny(n_speakers=3, for_training=True)
    check_gradients(model, batch())
    check_gradients(model.train(), batch())


def test_padding_changes_nothing_and_a_row_is_as_alone() -> None:
    model, frames, lens = tiny(), torch.randn(3, 8, 40), torch.tensor([40, 17, 1])
    whole = model(frames, lens)
    frames[1, :, 17:], frames[2, :, 1:] = 1e3, torch.nan
    torch.testing.assert_close(model(frames, lens), whole)
    for row, n in enumerate(lens):
        alone = model(frames[row : row + 1, :, :n])
        torch.testing.assert_close(alone[0], whole[row], atol=1e-5, rtol=1e-5)


def test_loudness_and_a_tilted_spectrum_change_nothing() -> None:
    model, frames = tiny(), torch.randn(1, 8, 40)
    torch.testing.assert_close(model(frames + torch.randn(1, 8, 1)), model(frames))


def test_speech_is_embedded_by_its_mel() -> None:
    model, wav = tiny(), batch().wav
    assert torch.equal(model.embed(wav), model(model.mel(wav)))
    with pytest.raises(DataError, match="samples make no frame"):
        model.embed(wav[:, :7])


def test_save_load_same_and_the_config_survives() -> None:
    model, again = tiny(), Model(TINY, CONTRACT)
    check_save_load(model, again, lambda m: m.embed(0.1 * torch.ones(2, 400).cumsum(1).sin()))
    check_config(Config(noise_db=None, margin=0.3))


def test_only_training_hides_and_adds_noise() -> None:
    model = tiny(n_speakers=3, for_training=True)
    told = batch()
    first, second = (model.loss(told)["total"].item() for _ in range(2))
    assert first == second
    model.train()
    totals = set()
    for seed in (0, 1, 1):
        torch.manual_seed(seed)
        totals.add(model.loss(told)["total"].item())
    assert len(totals) == 2


def test_bfloat16_is_close() -> None:
    model, told = tiny(n_speakers=3, for_training=True), batch()
    whole, vectors = model.loss(told)["total"], model.embed(told.wav)
    with torch.autocast("cpu", torch.bfloat16):
        half, halves = model.loss(told)["total"], model.embed(told.wav)
    assert halves.dtype == half.dtype == torch.float32
    torch.testing.assert_close(half, whole, atol=0.3, rtol=0.05)
    assert ((vectors * halves).sum(1) > 0.99).all()


def test_it_learns_to_tell_tones_apart() -> None:
    torch.manual_seed(0)
    model = Model(TINY, CONTRACT, 3, for_training=True).train()
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    time_s = torch.arange(640) / 4000
    told = torch.arange(12) % 3

    def speech() -> torch.Tensor:
        """Who it is, is how fast the tone goes up and down."""
        rate = torch.tensor([20.0, 45.0, 90.0])[told, None]
        phase = 6.28 * torch.rand(12, 1)
        return 0.2 * (3000 * time_s + 6 * (rate * time_s * 6.28 + phase).sin()).sin()

    for _ in range(30):
        optimiser.zero_grad()
        model.loss(WaveBatch(("u",) * 12, speech(), told))["total"].backward()
        optimiser.step()
    model.eval()
    cosines = model.embed(speech()) @ model.embed(speech()).T
    same = told[:, None] == told[None]
    assert cosines[same].mean() > cosines[~same].mean() + 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": 10, "groups": 4}, "must be a multiple of groups"),
        ({"kernel": 4}, "must be odd"),
        ({"dilations": ()}, "must hold one at least"),
        ({"noise_db": (30.0, 10.0)}, "must rise"),
    ],
)
def test_settings_that_make_no_model(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(Config, settings, "a.yaml")


def test_a_latent_is_no_mel() -> None:
    with pytest.raises(ContractError):
        Model(TINY, Contract(kind="latent"))
