"""Inverse autoregressive flows of waveforms: parallel as they draw, step by step backwards.

References:
    Improving Variational Inference with Inverse Autoregressive Flow (Kingma et al., 2016),
        section 4. https://arxiv.org/abs/1606.04934
    Parallel WaveNet (van den Oord et al., 2017), section 3. https://arxiv.org/abs/1711.10433
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from tts.nn.blockwise import BlockwiseStack, product
from tts.nn.conv import Conv1d, planar, weight_norm
from tts.nn.masking import length_mask
from tts.nn.precision import exact
from tts.nn.wavenet import GatedStack

BLOCK_SAMPLES = 2048  # made at a time on a CPU, so that activations stay in its cache
FIRST_WEIGHT_STD = 0.01  # of the last layer, so that a flow starts near the gain it is given


@dataclass(frozen=True)
class Drawn:
    """Samples, and the distribution that each has given the noise before it; all (B, N)."""

    signal: torch.Tensor
    mean: torch.Tensor
    log_scale: torch.Tensor


class AutoregressiveFlow(nn.Module):
    """Shift and log-gain of every sample, y = exp(log_gain) x + shift, from the x before it.

    A causal convolution with a ReLU, a gated stack, and two layers each after a ReLU, as in
    ClariNet. What meets a waveform, the first and the last layer, is computed in at least float32.

    Args:
        cond_channels: width of the conditioning.
        channels, gate_channels, skip_channels, kernel, dilations: of the stack.
        front_kernel: samples that the first convolution sees.
        log_gain: what the log-gains are before anything is learnt.
    Attributes:
        n_past: how many samples before it a sample's shift and gain depend on.
    """

    def __init__(
        self,
        cond_channels: int,
        *,
        channels: int,
        gate_channels: int,
        skip_channels: int,
        kernel: int,
        dilations: Sequence[int],
        front_kernel: int,
        log_gain: float,
    ) -> None:
        super().__init__()
        self.n_past = front_kernel + (kernel - 1) * sum(dilations)
        self.front = weight_norm(Conv1d(1, channels, front_kernel))
        self.stack = GatedStack(
            channels,
            kernel,
            dilations,
            gate_channels=gate_channels,
            skip_channels=skip_channels,
            cond_channels=cond_channels,
            cond_bias=False,
            causal=True,
            residual_scale=0.5**0.5,
        )
        self.hidden = weight_norm(Conv1d(skip_channels, skip_channels, 1))
        last = Conv1d(skip_channels, 2, 1)
        nn.init.normal_(last.weight, std=FIRST_WEIGHT_STD)
        with torch.no_grad():
            last.bias.copy_(torch.tensor([0.0, log_gain]))
        self.last = weight_norm(last)

    def forward(self, x: torch.Tensor, cond: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Shift and log-gain, each (B, N), of x (B, N) under `planar` conditioning."""
        past = nn.functional.pad(x[:, :-1], (self.front.kernel_size[0], 0))
        with torch.autocast(x.device.type, enabled=False):
            x = self.front(past[:, None, None]).relu()
        x = self.hidden(self.stack(x, cond=cond).relu()).relu()
        with torch.autocast(x.device.type, enabled=False):
            shift, log_gain = self.last(exact(x)).squeeze(2).unbind(1)
        return shift, log_gain


class AutoregressiveChain(nn.Module):
    """Flows one after another; the total of shifts and log-gains is every sample's distribution.

    Attributes:
        n_past: how many samples before it a sample depends on.
    """

    def __init__(self, flows: Iterable[AutoregressiveFlow]) -> None:
        super().__init__()
        self.flows = nn.ModuleList(flows)
        self.n_past = sum(flow.n_past for flow in self.flows)

    def forward(self, noise: torch.Tensor, cond: torch.Tensor) -> Drawn:
        """Samples of noise (B, N) and conditioning (B, C, N), with their distributions.

        With (m_i, s_i) of flow i, a sample is z s + m, where s is the product of all s_i, and m
        the sum of each m_i times the s_j of the flows after it.
        """
        signal, cond = exact(noise), planar(cond)
        mean, log_scale = torch.zeros_like(signal), torch.zeros_like(signal)
        for flow in self.flows:
            shift, log_gain = flow(signal, cond)
            gain = log_gain.exp()
            signal, mean = signal * gain + shift, mean * gain + shift
            log_scale = log_scale + log_gain
        return Drawn(signal, mean, log_scale)

    @torch.no_grad()
    def inverse(self, signal: torch.Tensor, cond: torch.Tensor) -> Drawn:
        """As `forward` of the noise that makes a signal, with that noise in the signal's place.

        It goes sample by sample, flow by flow, and so takes its time.
        """
        rows = [self._invert(*row) for row in zip(exact(signal), cond)]
        return Drawn(*(torch.stack(parts) for parts in zip(*rows)))

    def _invert(self, signal: torch.Tensor, cond: torch.Tensor) -> tuple[torch.Tensor, ...]:
        noise, cond = signal.clone(), cond.t().to(signal.dtype)
        mean, log_scale = torch.zeros_like(signal), torch.zeros_like(signal)
        for flow in reversed(self.flows):
            run, before = BlockwiseFlow(flow, signal.dtype), signal.new_zeros(1)
            for t in range(len(signal)):
                shift, log_gain = run.predict(before, cond[t : t + 1])
                before = noise[t : t + 1] = (noise[t] - shift) * torch.exp(-log_gain)
                mean[t] += shift[0] * log_scale[t].exp()
                log_scale[t] += log_gain[0]
        return noise, mean, log_scale

    @torch.no_grad()
    def draw(self, noise: torch.Tensor, cond: torch.Tensor, lens: Sequence[int]) -> torch.Tensor:
        """The signal alone, (B, N), zero past each row's length; on a CPU block by block."""
        if noise.device.type != "cpu":
            ends = torch.tensor(lens, device=noise.device)
            return self(noise, cond).signal * length_mask(ends, noise.shape[1]).squeeze(1)
        noise, made = exact(noise), torch.zeros_like(exact(noise))
        autocast = torch.is_autocast_enabled("cpu")
        dtype = torch.get_autocast_dtype("cpu") if autocast else noise.dtype
        with torch.autocast("cpu", enabled=False):
            for row, n in enumerate(lens):
                made[row, :n] = self._drawn(noise[row, :n], cond[row, :, :n], dtype)
        return made

    def _drawn(self, x: torch.Tensor, cond: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """All flows over one block of a row (N,) after another."""
        runs, blocks = [BlockwiseFlow(flow, dtype) for flow in self.flows], []
        for block, own in zip(x.split(BLOCK_SAMPLES), cond.t().split(BLOCK_SAMPLES)):
            own = own.to(dtype).contiguous()
            for run in runs:
                block = run.draw(block, own)
            blocks.append(block)
        return torch.cat(blocks)


class BlockwiseFlow:
    """A flow, with its weights as they are now, over one row, block by block.

    Args:
        flow: the flow; dtype: of the stack's matrix products.
    """

    def __init__(self, flow: AutoregressiveFlow, dtype: torch.dtype) -> None:
        self.stack = BlockwiseStack(flow.stack, dtype)
        self.front = flow.front.weight.squeeze(1).t().contiguous()  # (K, C)
        self.front_bias = flow.front.bias
        self.hidden = flow.hidden.weight.to(dtype), flow.hidden.bias.to(dtype)
        self.last, self.last_bias = flow.last.weight.squeeze(2).t(), flow.last.bias
        self.past = self.front.new_zeros(len(self.front) - 1)
        self.newest = self.front.new_zeros(1)

    def draw(self, x: torch.Tensor, cond: torch.Tensor) -> torch.Tensor:
        """The next block of y (N,) from x (N,) and conditioning (N, D), of the stack's dtype."""
        before, self.newest = torch.cat([self.newest, x[:-1]]), x[-1:]
        shift, log_gain = self.predict(before, cond)
        return x * log_gain.exp_() + shift

    def predict(
        self, before: torch.Tensor, cond: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Shift and log-gain (N,) of the next block from the x before each position (N,)."""
        seen = torch.cat([self.past, before])
        self.past = seen[len(before) :]
        windows = seen.unfold(0, len(self.front), 1)
        x = torch.addmm(self.front_bias, windows, self.front).relu_().to(self.stack.dtype)
        x = self.stack(x, cond).relu_().to(self.stack.dtype)
        x = product(x, *self.hidden).relu_().to(self.last.dtype)
        shift, log_gain = torch.addmm(self.last_bias, x, self.last).unbind(1)
        return shift, log_gain
