"""Encoders of waveforms: published size, lengths, rows alone, what they are deaf to."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.checks import perturb
from tts.nn.conv import fold
from tts.nn.encoder import SpectrogramEncoder, WaveEncoder
from tts.nn.masking import length_mask


def test_published_size() -> None:
    encoder = WaveEncoder(12, (2, 2, 2, 2, 4, 4), 3, 6, 256)
    assert sum(p.numel() for p in encoder.parameters()) == 31_981_388
    assert sum(p.numel() for p in fold(encoder).parameters()) == 31_961_464


@pytest.mark.parametrize("strides", [(4, 4), (2, 8), (3, 5), (1, 16)])
def test_one_frame_a_hop(strides: tuple[int, ...]) -> None:
    encoder = WaveEncoder(2, strides, 3, 1, 5)
    hop = encoder.hop
    for n_frames in (1, 2, 7):
        assert encoder(torch.randn(2, 1, n_frames * hop)).shape == (2, 5, n_frames)


@pytest.mark.parametrize(
    "encoder",
    [WaveEncoder(4, (4, 2), 3, 2, 6), SpectrogramEncoder(4, 8, 3, 2, 6)],
    ids=["waveform", "spectrogram"],
)
def test_a_row_does_not_see_its_padding(encoder: nn.Module) -> None:
    encoder.eval()
    perturb(encoder)
    wav = torch.randn(2, 1, 20 * 8)
    mask = length_mask(torch.tensor([20, 13]), 20)
    with torch.no_grad():
        ragged, alone = encoder(wav, mask), encoder(wav[1:, :, : 13 * 8])
        whole = encoder(wav)
    torch.testing.assert_close(ragged[:1], whole[:1], atol=1e-6, rtol=0)
    torch.testing.assert_close(ragged[1:, :, :13], alone, atol=1e-6, rtol=0)


def test_it_is_what_it_says() -> None:
    """Strided convolution, residual units, leaky ReLU, stage after stage, written out."""
    encoder = fold(WaveEncoder(3, (4, 3), 3, 2, 5).eval())
    wav = torch.randn(1, 1, 48)
    x = F.conv1d(wav, encoder.first.weight, encoder.first.bias, padding=1)
    for stage, (stride, padding) in zip(encoder.stages, ((4, 2), (3, 2))):
        down = stage.downsample
        x = F.conv1d(x, down.weight, down.bias, stride=stride, padding=padding)
        for unit, dilation in zip(stage.units, (1, 2)):
            y = F.leaky_relu(x, 0.2)
            y = F.conv1d(
                y, unit.dilated.weight, unit.dilated.bias, padding=dilation, dilation=dilation
            )
            y = F.leaky_relu(y, 0.2)
            x = x + F.conv1d(y, unit.plain.weight, unit.plain.bias, padding=1)
        x = F.leaky_relu(x, 0.2)
    expected = F.conv1d(x, encoder.last.weight, encoder.last.bias, padding=1)
    with torch.no_grad():
        torch.testing.assert_close(encoder(wav), expected, atol=1e-5, rtol=1e-4)


def test_a_spectrogram_has_a_frame_a_hop_at_the_middle_of_it() -> None:
    for hop in (7, 8):
        encoder = SpectrogramEncoder(4, hop, 3, 1, 5)
        for n_frames in (1, 2, 9):
            assert encoder(torch.randn(2, 1, n_frames * hop)).shape == (2, 5, n_frames)
    clicks = torch.zeros(9, 9 * 8)
    clicks[torch.arange(9), torch.arange(9) * 8 + 4] = 1.0
    heard = SpectrogramEncoder(4, 8, 3, 1, 5)._log_magnitudes(clicks)
    assert heard.exp().mean(1).argmax(1).tolist() == list(range(9))


def test_a_spectrogram_is_that_of_numpy_and_has_no_phases() -> None:
    encoder = SpectrogramEncoder(4, 8, 3, 2, 6).eval()
    wav = torch.randn(1, 1, 12 * 8)
    padded = np.pad(wav[0, 0].numpy(), 12)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 32)[::8]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(33)[:32]))
    heard = encoder._log_magnitudes(wav[:, 0])[0].T.numpy()
    np.testing.assert_allclose(heard, np.log(np.maximum(spectrum, 1e-3)), atol=2e-3)
    silence = encoder._log_magnitudes(torch.zeros(1, 16))
    torch.testing.assert_close(silence, torch.full((1, 17, 2), math.log(1e-3)))
    with torch.no_grad():
        torch.testing.assert_close(encoder(-wav), encoder(wav))
        assert (encoder(0.5 * wav) - encoder(wav)).abs().max() > 1e-3
        half = encoder(wav.bfloat16().float())
        with torch.autocast("cpu", torch.bfloat16):
            assert (encoder(wav.bfloat16()) - half).abs().max() < 0.05
