"""What every model must prove; tests of models call these with a tiny configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from tts.config import Settings, dump_yaml, parse, to_tree
from tts.contracts import AcousticBatch, Contract, VocoderBatch
from tts.flows.base import Flow


def acoustic_batch(
    contract: Contract, token_lens: list[int], frame_lens: list[int], speakers: int = 1
) -> AcousticBatch:
    """Random tokens and frames, with junk in the padding that must not matter."""
    n_rows, n_tokens, n_frames = len(token_lens), max(token_lens), max(frame_lens)
    return AcousticBatch(
        utterances=tuple(f"utt{i}" for i in range(n_rows)),
        tokens=torch.randint(1, 10, (n_rows, n_tokens)),
        token_lens=torch.tensor(token_lens),
        frames=torch.randn(n_rows, contract.channels, n_frames),
        frame_lens=torch.tensor(frame_lens),
        speakers=torch.arange(n_rows) % speakers if speakers > 1 else None,
    )


def vocoder_batch(contract: Contract, n_rows: int, n_frames: int) -> VocoderBatch:
    """Random frames and waveforms."""
    return VocoderBatch(
        utterances=tuple(f"utt{i}" for i in range(n_rows)),
        frames=torch.randn(n_rows, contract.channels, n_frames),
        wav=0.3 * torch.randn(n_rows, n_frames * contract.hop).clamp(-3, 3),
    )


def perturb(module: nn.Module) -> None:
    """Move every parameter a little, so that what starts at zero matters too."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))


def check_gradients(model: Any, batch: Any) -> None:
    """Every parameter of every player gets a gradient that is not zero, from its own loss."""
    carry: dict[str, Any] = {"step": 10**9}
    for name in model.players:
        model.zero_grad()
        model.loss(batch, name, carry)["total"].backward(retain_graph=True)
        for parameter_name, parameter in model.player(name).named_parameters():
            assert parameter.grad is not None, f"{name}: no gradient reaches {parameter_name}"
            assert parameter.grad.abs().sum() > 0, f"{name}: zero gradient at {parameter_name}"


def check_save_load(
    model: nn.Module, again: nn.Module, run: Callable[[Any], torch.Tensor]
) -> None:
    """A second model with the first one's weights does the same, bit for bit."""
    again.load_state_dict(model.state_dict())
    again.train(model.training)
    assert torch.equal(run(model), run(again))


def check_config(config: Settings) -> None:
    """A config survives being written as YAML and read again."""
    import yaml

    again = parse(type(config), yaml.safe_load(dump_yaml(to_tree(config))), "test")
    assert again == config


def check_vocoder(model: Any, frames: torch.Tensor) -> None:
    """Length, repeatability, and that neither the batch nor its padding changes a row.

    Args:
        frames: (2, C, T); the second row is cut to T - 3 within the batch.
    """
    model.eval()
    hop, n_frames = model.contract.hop, frames.shape[2]
    wav = model.generate(frames, seed=3)
    assert wav.shape == (2, n_frames * hop)
    assert wav.dtype == torch.float32
    assert torch.equal(wav, model.generate(frames, seed=3))
    lens = torch.tensor([n_frames, n_frames - 3])
    ragged = model.generate(frames, lens, seed=3)
    alone = model.generate(frames[1:, :, : n_frames - 3], seed=3)
    torch.testing.assert_close(ragged[:1], wav[:1], atol=1e-5, rtol=0)
    torch.testing.assert_close(ragged[1:, : alone.shape[1]], alone, atol=1e-5, rtol=0)
    assert ragged[1, alone.shape[1] :].abs().max() == 0
    junk = frames.clone()
    junk[1, :, n_frames - 3 :] = 50.0
    assert torch.equal(model.generate(junk, lens, seed=3), ragged)


def check_context(model: Any, n_frames: int) -> None:
    """No sample depends on a frame farther off than `context_frames`, and some on near ones."""
    model.eval()
    frames = torch.randn(1, model.contract.channels, n_frames)
    changed = frames.clone()
    middle = n_frames // 2
    changed[:, :, middle] += 1
    differs = (model.generate(frames) - model.generate(changed)).abs()[0] > 0
    touched = differs.view(n_frames, -1).any(1).nonzero().flatten()
    reach = max(middle - int(touched.min()), int(touched.max()) - middle)
    assert reach <= model.context_frames < n_frames // 2
    assert reach >= model.context_frames // 2, "context_frames promises far too much"


def check_flow(flow: Flow, channels: int, n_frames: int, cond: torch.Tensor | None = None) -> None:
    """Inverse, log-determinant against the autograd Jacobian, mask, rows alone (in float64)."""
    flow = flow.double()
    x = torch.randn(2, channels, n_frames, dtype=torch.float64)
    lens = [n_frames, n_frames - 2]
    mask = torch.zeros(2, 1, n_frames, dtype=torch.float64)
    for row, length in enumerate(lens):
        mask[row, :, :length] = 1
    cond = None if cond is None else cond.double()
    x = x * mask
    y, logdet = flow(x, mask, cond)
    assert logdet.shape == (2,)
    assert (y * (1 - mask)).abs().max() == 0, "padding must stay zero"
    torch.testing.assert_close(flow.inverse(y, mask, cond), x, atol=1e-9, rtol=0)
    for row, length in enumerate(lens):
        one = slice(row, row + 1)
        own = None if cond is None else cond[one]
        ones = mask[one, :, :length]

        def along(flat: torch.Tensor, ones: torch.Tensor = ones, own: Any = own) -> torch.Tensor:
            return flow(flat.view(1, channels, -1), ones, own)[0].flatten()

        jacobian = torch.autograd.functional.jacobian(along, x[one, :, :length].flatten())
        expected = torch.linalg.slogdet(jacobian).logabsdet
        torch.testing.assert_close(logdet[row], expected, atol=1e-8, rtol=0)
        torch.testing.assert_close(
            along(x[one, :, :length].flatten()), y[one, :, :length].flatten()
        )
    single = flow.float()
    x32, mask32 = x.float(), mask.float()
    cond32 = None if cond is None else cond.float()
    y32, logdet32 = single(x32, mask32, cond32)
    assert logdet32.dtype == torch.float32
    torch.testing.assert_close(single.inverse(y32, mask32, cond32), x32, atol=1e-4, rtol=0)


def check_dither(exact: nn.Module, dithered: nn.Module, batch: VocoderBatch) -> None:
    """Two models with the same weights: dither is what training explains, and training alone."""
    noise = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    found = dithered.train().loss(batch)["total"]
    wav = batch.wav + dithered.config.dither * torch.randn(batch.wav.shape, generator=noise)
    expected = exact.train().loss(replace(batch, wav=wav))["total"]
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(dithered.eval().loss(batch), exact.eval().loss(batch))
