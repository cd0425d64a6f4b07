"""What replaces flows and the inverse Fourier transform in a graph says the same."""

from __future__ import annotations

import pytest
import torch

from tests.checks import perturb
from tests.tiny import ACOUSTIC, CONTRACT
from tts import build
from tts.export.folding import AffineMap, TransposedIstft, for_export
from tts.export.graphs import Frames, Text
from tts.flows.actnorm import ActNorm
from tts.flows.base import Chain
from tts.flows.mixing import GroupedMixing
from tts.nn.istft import InverseStft


@pytest.mark.parametrize("signed", [False, True])
def test_actnorm_and_mixing_become_one_map(signed: bool) -> None:
    flow = Chain([ActNorm(8, signed=signed), GroupedMixing(8), ActNorm(8), GroupedMixing(8, 8)])
    perturb(flow)
    y, mask = torch.randn(2, 8, 5), torch.ones(2, 1, 5)
    mask[1, :, 3:] = 0
    expected = flow.inverse(y * mask, mask)
    (folded,) = for_export(flow).flows
    assert isinstance(folded, AffineMap)
    torch.testing.assert_close(flow.inverse(y * mask, mask), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("padding", ["half", "centre"])
@pytest.mark.parametrize(("n_fft", "hop"), [(64, 16), (52, 16), (51, 17)])
def test_the_transposed_convolution_is_the_inverse_transform(
    n_fft: int, hop: int, padding: str
) -> None:
    istft = InverseStft(n_fft, hop, padding)
    spectrum = torch.randn(2, 2, 9, n_fft // 2 + 1)
    wav = TransposedIstft(istft)(*spectrum)
    torch.testing.assert_close(wav, istft(*spectrum), atol=1e-5, rtol=1e-4)


def test_the_two_graphs_are_what_the_model_infers() -> None:
    model = build.build("acoustic", ACOUSTIC, CONTRACT, {"n_tokens": 9, "n_speakers": 3}).eval()
    perturb(model)
    tokens, lens = torch.randint(0, 9, (2, 6)), torch.tensor([6, 4])
    speakers, noise = torch.tensor([2, 0]), torch.randn(2, 8, 4000)
    options = {"speed": 1.25, "temperature": 0.4, "noise": noise}
    made = model.infer(tokens, lens, speakers, **options)
    for_export(model)
    prior = Text(model)(tokens, lens, torch.tensor(1.25), speakers)
    assert torch.equal(prior[2], made.durations)
    noise = noise[:, :, : made.frames.shape[2]]
    frames = Frames(model)(*prior, noise, torch.tensor(0.4), speakers)
    torch.testing.assert_close(frames, made.frames, atol=1e-5, rtol=1e-4)
