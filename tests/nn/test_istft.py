"""The inverse transform undoes the transform of a bridge, on either grid of frames."""

from __future__ import annotations

import pytest
import torch

from tts.contracts import Contract
from tts.errors import ConfigError
from tts.nn.istft import InverseStft
from tts.nn.masking import length_mask


def spectrum(wav: torch.Tensor, n_fft: int, hop: int, padding: str) -> torch.Tensor:
    """Frames of a wav (B, T * hop) with silence around it: (B, T, bins)."""
    before = (n_fft - hop if padding == "half" else n_fft) // 2
    padded = torch.nn.functional.pad(wav, (before, n_fft))
    framed = padded.unfold(1, n_fft, hop)[:, : wav.shape[1] // hop]
    return torch.fft.rfft(framed * torch.hann_window(n_fft))


@pytest.mark.parametrize("padding", ["half", "centre"])
@pytest.mark.parametrize(("n_fft", "hop"), [(64, 16), (52, 16), (51, 17), (200, 16)])
def test_a_waveform_comes_back(n_fft: int, hop: int, padding: str) -> None:
    wav = torch.randn(2, 20 * hop)
    found = spectrum(wav, n_fft, hop, padding)
    istft = InverseStft(n_fft, hop, padding)
    torch.testing.assert_close(istft(found.real, found.imag), wav, atol=1e-4, rtol=0)


def test_its_frames_lie_where_those_of_the_bridge_lie() -> None:
    """A click comes out of the frame that the bridge's own front end finds it in."""
    for padding in ("half", "centre"):
        contract = Contract(n_fft=64, hop=16, win=64, channels=8, padding=padding)
        assert contract.n_frames(160) == 10 + (padding == "centre")
        click = torch.zeros(1, 160)
        click[0, 83] = 1.0
        found = spectrum(click, 64, 16, padding)
        wav = InverseStft(64, 16, padding)(found.real, found.imag)
        assert wav[0].argmax() == 83


def test_padding_is_as_if_nothing_were_there() -> None:
    istft, parts = InverseStft(64, 16, "half"), torch.randn(2, 2, 12, 33)
    mask = length_mask(torch.tensor([12, 7]), 12).transpose(1, 2)
    both, alone = istft(*parts, mask), istft(*parts[:, 1:, :7])
    torch.testing.assert_close(both[1:, : 7 * 16], alone)
    assert (both[1, 7 * 16 :] == 0).all()


@pytest.mark.parametrize("padding", ["half", "centre"])
@pytest.mark.parametrize(("n_fft", "hop"), [(64, 16), (52, 16), (100, 16)])
def test_context_is_exact(n_fft: int, hop: int, padding: str) -> None:
    istft, parts = InverseStft(n_fft, hop, padding), torch.randn(2, 1, 30, n_fft // 2 + 1)
    changed = parts.clone()
    changed[:, :, 15] += 1
    differs = ((istft(*parts) - istft(*changed)).abs() > 0)[0].view(30, hop).any(1)
    touched = differs.nonzero().flatten()
    assert max(15 - touched.min(), touched.max() - 15) == istft.context_frames


def test_frames_that_hardly_overlap_are_refused() -> None:
    with pytest.raises(ConfigError, match="choose an n_fft of 48 or more"):
        InverseStft(40, 16, "half")
