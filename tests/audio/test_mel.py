"""Mel spectrograms against their formula written out, and every field of the contract."""

import math

import librosa
import numpy as np
import pytest
import torch

from tts.audio.mel import MelSpectrogram, comparison, log_to_linear, mel_filters, silence
from tts.contracts import PRESETS, Contract
from tts.errors import ConfigError, ContractError, DataError


def noise(n: int = 6000) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return 0.2 * torch.randn(2, n, generator=generator)


def written_out(wav: np.ndarray, c: Contract) -> np.ndarray:
    """The mel of a contract by its definition, frame by frame, in float64."""
    edge = (c.n_fft - c.hop) // 2 if c.padding == "half" else c.n_fft // 2
    wav = np.pad(wav.astype(np.float64), edge, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(c.win) / c.win)
    before = (c.n_fft - c.win) // 2
    frames = []
    for start in range(0, len(wav) - c.n_fft + 1, c.hop):
        piece = wav[start : start + c.n_fft].copy()
        piece[:before], piece[before + c.win :] = 0, 0
        piece[before : before + c.win] *= window
        spectrum = np.fft.rfft(piece)
        if c.window_norm:
            spectrum /= np.sqrt(np.sum(window**2))
        frames.append((np.abs(spectrum) ** 2 + c.magnitude_eps) ** (c.power / 2))
    mel = np.maximum(mel_filters(c).astype(np.float64) @ np.array(frames).T, c.floor)
    log = {"ln": np.log, "log10": np.log10, "db": lambda x: 20 * np.log10(x)}[c.log](mel)
    log = (log - c.shift) / c.scale
    return log if c.clip is None else np.clip(log, *c.clip)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_presets_are_their_formula(preset):
    contract, wav = Contract(preset=preset), noise()
    frames = MelSpectrogram(contract)(wav)
    assert frames.shape == (2, contract.channels, contract.n_frames(6000))
    assert frames.dtype == torch.float32
    for row, samples in zip(frames, wav):
        assert np.allclose(row, written_out(samples.numpy(), contract), atol=2e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"hop": 200}, {"channels": 40}, {"n_fft": 2048}, {"win": 800}, {"fmin_hz": 100.0},
        {"fmax_hz": None}, {"mel_scale": "htk"}, {"mel_norm": "none"}, {"power": 2},
        {"magnitude_eps": 1e-2}, {"window_norm": True}, {"log": "db"}, {"log": "log10"},
        {"floor": 0.3}, {"shift": 1.0}, {"scale": 2.0}, {"clip": (-1.0, 0.5)},
        {"padding": "centre"}, {"sample_rate_hz": 16_000},
    ],
    ids=str,
)  # fmt: skip
def test_every_field_acts_as_its_formula_says(change):
    contract, wav = Contract(**change), noise()[:1]
    frames = MelSpectrogram(contract)(wav)[0]
    usual = MelSpectrogram(Contract())(wav)[0]
    assert frames.shape != usual.shape or not torch.allclose(frames, usual, atol=1e-3)
    assert np.allclose(frames, written_out(wav[0].numpy(), contract), atol=2e-4)


def test_tacotron_mel_is_librosas():
    contract, wav = Contract(preset="tacotron2"), noise()[:1]
    mel = librosa.feature.melspectrogram(
        y=wav[0].numpy(), sr=22_050, n_fft=1024, hop_length=256, n_mels=80, fmax=8000, power=1,
        pad_mode="reflect",
    )  # fmt: skip
    assert np.allclose(MelSpectrogram(contract)(wav)[0], np.log(np.maximum(mel, 1e-5)), atol=1e-4)


@pytest.mark.parametrize("padding", ["half", "centre"])
@pytest.mark.parametrize("n", [256, 300, 384, 385, 512, 513, 700])
def test_short_wavs_are_reflected_back_and_forth(padding, n):
    contract, wav = Contract(padding=padding), noise(n)[:1]
    frames = MelSpectrogram(contract)(wav)[0]
    assert frames.shape[1] == contract.n_frames(n)
    assert np.allclose(frames, written_out(wav[0].numpy(), contract), atol=2e-4)


def test_less_than_a_frame_is_refused():
    with pytest.raises(DataError, match="255 samples make no frame of 256"):
        MelSpectrogram(Contract())(noise(255))
    with pytest.raises(DataError, match="0 samples"):
        MelSpectrogram(Contract(padding="centre"))(noise(0))
    assert MelSpectrogram(Contract(padding="centre"))(noise(1)).shape == (2, 80, 1)


def test_frames_follow_the_samples_by_whole_hops():
    wav = noise(8192)
    late = MelSpectrogram(Contract())(wav[:, 4 * 256 :])
    assert torch.allclose(MelSpectrogram(Contract())(wav)[:, :, 8:-2], late[:, :, 4:-2], atol=1e-4)


@pytest.mark.parametrize("preset", ["hifigan", "tacotron2", "clarinet"])
def test_gradient_is_finite_in_silence_too(preset):
    wav = torch.cat([torch.zeros(1, 4000), noise(4000)[:1]], dim=1).requires_grad_()
    MelSpectrogram(Contract(preset=preset))(wav).sum().backward()
    assert wav.grad.isfinite().all() and wav.grad.abs().sum() > 0


def test_computed_in_float32_under_autocast_and_in_float64_on_demand():
    encoder, wav = MelSpectrogram(Contract()), noise()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(encoder(wav), encoder.forward(wav.float()))
        assert encoder(wav.bfloat16()).dtype == torch.float32
    assert encoder(wav.double()).dtype == torch.float64


def test_holds_no_state_and_a_row_stands_alone():
    encoder, wav = MelSpectrogram(Contract()), noise()
    assert not encoder.state_dict() and not list(encoder.parameters())
    assert torch.allclose(encoder(wav)[1:], encoder(wav[1:]), atol=1e-5)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_logarithm_is_undone(preset):
    contract = Contract(preset=preset).model_copy(update={"clip": None, "floor": 1e-9})
    linear = contract.model_copy(update={"log": "ln", "shift": 0.0, "scale": 1.0})
    frames = MelSpectrogram(contract)(noise())
    wanted = MelSpectrogram(linear)(noise()).exp()
    assert torch.allclose(log_to_linear(frames, contract), wanted, rtol=1e-3)


def test_silence_is_the_floor():
    assert torch.allclose(silence(Contract()), torch.full((80,), math.log(1e-5)))


def test_contracts_that_make_no_mel_are_refused():
    with pytest.raises(ContractError, match="latent"):
        MelSpectrogram(Contract(kind="latent"))


def test_waveforms_are_compared_by_a_mel_of_the_bridges_resolution() -> None:
    latent = Contract(kind="latent", channels=6, hop=16, sample_rate_hz=4000, encoder_hash="x")
    compared = comparison(latent)
    assert (compared.kind, compared.channels, compared.n_fft) == ("mel", 80, 64)
    own = comparison(Contract(preset="wavegrad_lmnt"))
    assert (own.channels, own.n_fft, own.log, own.clip) == (128, 2048, "ln", None)
    assert own.n_frames(900) == 3
    with pytest.raises(ConfigError, match="mel to compare by"):
        comparison(latent, fmax_hz=9000.0)
