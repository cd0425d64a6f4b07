"""The mel bridge: frames by its contract, and no gradient."""

from __future__ import annotations

import pytest
import torch

from tts import build
from tts.audio.mel import MelSpectrogram
from tts.contracts import PRESETS, Contract


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_makes_its_frames(preset: str) -> None:
    contract = Contract(preset=preset)
    bridge = build.build("bridge", {"name": "mel"}, contract)
    wav = 0.1 * torch.randn(2, 10 * contract.hop)
    frames = bridge.encode(wav)
    assert frames.shape == (2, contract.channels, contract.n_frames(wav.shape[1]))
    assert frames.dtype == torch.float32 and torch.isfinite(frames).all()
    assert torch.equal(frames, MelSpectrogram(contract)(wav))
    torch.testing.assert_close(bridge.encode(wav[1:]), frames[1:], atol=1e-5, rtol=0)


def test_nothing_in_it_learns() -> None:
    bridge = build.build("bridge", {"name": "mel"}, Contract())
    assert list(bridge.parameters()) == []
    wav = torch.randn(1, 4096, requires_grad=True)
    assert not bridge.encode(wav).requires_grad
    assert bridge.contract == Contract()
