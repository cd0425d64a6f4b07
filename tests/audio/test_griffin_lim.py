"""Griffin-Lim: aligned, repeatable, independent of padding, and good."""

import os
from pathlib import Path

import pytest
import torch

from tts.audio import io
from tts.audio.griffin_lim import griffin_lim
from tts.audio.mel import MelSpectrogram
from tts.contracts import PRESETS, Contract


def voice_like(n: int = 12_000) -> torch.Tensor:
    """Harmonics of a gliding tone under a slow envelope, (1, n)."""
    t = torch.arange(n) / 22_050
    phase = 2 * torch.pi * (120 * t + 40 * t.square())
    wav = sum(torch.sin(k * phase) / k for k in range(1, 25))
    return (0.2 * wav * (0.6 + 0.4 * torch.sin(2 * torch.pi * 3 * t)))[None]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_frames_of_the_result_are_the_frames_given(preset):
    contract = Contract(preset=preset)
    encoder = MelSpectrogram(contract)
    frames = encoder(voice_like())
    wav = griffin_lim(frames, contract)
    assert wav.shape == (1, frames.shape[2] * contract.hop)
    again = encoder(wav)[:, :, 2 : frames.shape[2] - 2]
    error = (again - frames[:, :, 2:-2]).abs().mean() / frames.std()
    # Frames off by one hop, or a wrong inversion, give 0.3 and more.
    assert error < 0.12


@pytest.mark.parametrize("padding", ["half", "centre"])
def test_a_click_stays_in_its_place(padding):
    contract = Contract(padding=padding)
    wav = torch.zeros(1, 40 * 256)
    wav[0, 20 * 256 + 100] = 1.0
    made = griffin_lim(MelSpectrogram(contract)(wav), contract)
    energy = made[0].square()
    centre = (energy * torch.arange(len(energy))).sum() / energy.sum()
    assert abs(centre - (20 * 256 + 100)) < 64


def test_same_seed_same_wav_whatever_the_batch():
    contract = Contract()
    frames = MelSpectrogram(contract)(voice_like())
    other = frames.flip(1)
    alone = griffin_lim(frames, contract, n_iter=8, seed=3)
    assert torch.equal(alone, griffin_lim(frames, contract, n_iter=8, seed=3))
    assert not torch.allclose(alone, griffin_lim(frames, contract, n_iter=8, seed=4), atol=1e-2)
    both = griffin_lim(torch.cat([other, frames]), contract, n_iter=8, seed=[9, 3])
    assert torch.allclose(both[1:], alone, atol=1e-3)


def test_padding_changes_nothing():
    contract = Contract()
    frames = MelSpectrogram(contract)(voice_like())
    n = frames.shape[2]
    padded = torch.nn.functional.pad(frames, (0, 17), value=5.0)
    batch = torch.cat([padded, padded.flip(2)])
    wav = griffin_lim(batch, contract, 8, frame_lens=torch.tensor([n, n + 17]))
    alone = griffin_lim(frames, contract, n_iter=8)
    assert torch.allclose(wav[0, : n * 256], alone[0], atol=1e-3)
    assert wav[0, n * 256 :].eq(0).all() and wav.isfinite().all()


def test_silence_stays_silent():
    contract = Contract()
    frames = MelSpectrogram(contract)(torch.zeros(1, 5120))
    wav = griffin_lim(frames, contract)
    assert wav.isfinite().all() and wav.abs().max() < 1e-3


@pytest.mark.skipif("WAVEBRIDGE_CORPORA" not in os.environ, reason="WAVEBRIDGE_CORPORA is not set")
def test_real_speech_comes_back_better_than_by_pseudo_inverse():
    folder = Path(os.environ["WAVEBRIDGE_CORPORA"]) / "ljspeech_subset" / "wavs"
    encoder = MelSpectrogram(Contract())
    errors = []
    for path in sorted(folder.iterdir())[:4]:
        wav = torch.from_numpy(io.read(path, 22_050)[0])[None]
        frames = encoder(wav)
        errors.append((encoder(griffin_lim(frames, Contract())) - frames).abs().mean())
    assert torch.stack(errors).mean() < 0.105  # a pseudo-inverse gives 0.121
