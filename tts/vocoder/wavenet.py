"""WaveNet: samples one by one, each drawn from a distribution given all before it.

References:
    WaveNet: A Generative Model for Raw Audio (van den Oord et al., 2016).
        https://arxiv.org/abs/1609.03499
    Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions (Shen et al.,
        2017), section 2.3: the mixture of logistics. https://arxiv.org/abs/1712.05884
    ClariNet (Ping et al., 2018), section 3.2: the Gaussian. https://arxiv.org/abs/1807.07281
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from tts.audio import mulaw
from tts.config import Settings
from tts.contracts import Contract, Losses, VocoderBatch, Window
from tts.errors import ConfigError
from tts.kernels.wavenet import Generator, Network, Sampling
from tts.nn.conv import Conv1d, planar, weight_norm
from tts.nn.dither import dithered
from tts.nn.masking import row_noise, row_uniform
from tts.nn.output import Gaussian, LogisticMixture, MuLaw, Output
from tts.nn.precision import exact
from tts.nn.speakers import SpeakerTable
from tts.nn.stepwise import along, steady_block
from tts.nn.upsample import Upsampling, build_upsampler
from tts.nn.wavenet import GatedStack

ROOT_HALF = math.sqrt(0.5)
MIN_FRAME_SCALE = 1e-3  # guards the division where a bin never changes


class Config(Settings):
    """The stack, its input and its output.

    The defaults are the mixture of logistics of the public implementation used most, r9y9's.

    Attributes:
        output: `logistics`, a discretised mixture of them; `gaussian`; or `mulaw`, a softmax over
            classes, which then are the input, too. Otherwise the input is the sample itself.
        n_mixtures, n_levels: of the mixture: components, and values a sample can take.
        n_classes: of `mulaw`.
        min_log_scale: floor of the log-scales.
        channels, gate_channels, skip_channels: widths of the residual path, before the gate, and
            of the skip path; head_channels: between the last two layers, by default the latter.
        n_layers, kernel: of the dilated convolutions; dilations double from 1, and start anew
            after `cycle` layers.
        front_kernel: samples the first convolution sees; front_relu: whether a ReLU follows it.
        residual_scale: factor on each sum of the residual path.
        skip: how skips are summed: `sum`; `root`, the sum over the square root of their number;
            `running`, a factor of root one half after each addition.
        upsampling: of the frames.
        normalise: whether frames are brought, bin by bin, to mean 0 and deviation 1 as measured
            on the first batch of a training.
        n_speakers, speaker_channels: 1 for none, and the width of a speaker's embedding, which
            joins the conditioning.
        gain, preemphasis: the model works on gain * (x[t] - preemphasis * x[t - 1]); synthesis
            undoes both.
        dither: standard deviation of noise added to the waveforms in training. With none, speech
            that has nothing in its upper band is told from the samples before, not the frames.
        dropout: before each dilated convolution.
        temperature: of sampling.
    """

    output: Literal["logistics", "gaussian", "mulaw"] = "logistics"
    n_mixtures: PositiveInt = 10
    n_levels: int = Field(65_536, ge=2)
    n_classes: int = Field(256, ge=2)
    min_log_scale: float = -16.0
    channels: PositiveInt = 128
    gate_channels: int = Field(256, ge=2, multiple_of=2)
    skip_channels: PositiveInt = 128
    head_channels: PositiveInt | None = None
    n_layers: int = Field(24, ge=2)
    cycle: PositiveInt = 6
    kernel: int = Field(3, ge=2)
    front_kernel: PositiveInt = 1
    front_relu: bool = False
    residual_scale: PositiveFloat = ROOT_HALF
    skip: Literal["sum", "root", "running"] = "root"
    upsampling: Upsampling = Upsampling(kind="stretch")
    normalise: bool = True
    n_speakers: PositiveInt = 1
    speaker_channels: PositiveInt = 16
    gain: PositiveFloat = 1.0
    preemphasis: float = Field(0.0, ge=0, lt=1)
    dither: NonNegativeFloat = 0.0
    dropout: float = Field(0.0, ge=0, lt=1)
    temperature: NonNegativeFloat = 1.0


class Model(nn.Module):
    """WaveNet over any bridge.

    Inside, a waveform is a *signal*: scaled and pre-emphasised as the config says (`to_signal`),
    which is what the distributions are over. A student reads a teacher so:
    `predict(condition(frames), signal)` gives the parameters (B, P, N) of every sample's
    distribution given those before it, with gradients to the signal unless it is one of classes;
    `output` scores samples under them; `upsampler` takes frames to the rate of samples.

    Deviation: a convolution of one-hot classes is a table, without weight norm, and neither the
    conditioning nor the last layer's residual has what would change nothing (a second bias; any).

    Args:
        config: shapes.
        contract: the bridge.
    Raises:
        ConfigError: numbers that do not fit together.
    """

    players = ("model",)
    training_only: tuple[str, ...] = ()
    knobs = ("temperature",)

    def __init__(self, config: Config, contract: Contract, for_training: bool = True) -> None:
        super().__init__()
        del for_training  # all of it is used in synthesis
        self.config, self.contract = config, contract
        self.output, n_bins = _output(config), contract.channels
        self.register_buffer("frame_mean", torch.zeros(n_bins, 1))
        self.register_buffer("frame_scale", torch.ones(n_bins, 1))
        self.upsampler = build_upsampler(config.upsampling, n_bins, contract.hop)
        self.context_frames = self.upsampler.context_frames
        self.speakers: SpeakerTable | None = None
        if config.n_speakers > 1:
            self.speakers = SpeakerTable(config.n_speakers, config.speaker_channels)
        self.front = _front(config)
        self.stack = GatedStack(
            config.channels,
            config.kernel,
            [2 ** (i % config.cycle) for i in range(config.n_layers)],
            gate_channels=config.gate_channels,
            skip_channels=config.skip_channels,
            cond_channels=n_bins + (config.speaker_channels if self.speakers is not None else 0),
            cond_bias=False,
            causal=True,
            residual_scale=config.residual_scale,
            skip_scales=_skip_scales(config),
            input_dropout=config.dropout,
        )
        head_channels = config.head_channels or config.skip_channels
        self.hidden = weight_norm(Conv1d(config.skip_channels, head_channels, 1))
        self.last = weight_norm(Conv1d(head_channels, self.output.n_parameters, 1))
        self._draw_weights()

    @torch.no_grad()
    def _draw_weights(self) -> None:
        """He's initialisation, as the public implementation's."""
        stack = self.stack
        for layer in (self.front, *stack.dilated, *stack.res_skip, self.hidden, self.last):
            if isinstance(layer, nn.Embedding):
                layer.weight.normal_(0, (2 / self.config.n_classes) ** 0.5)
            else:
                layer.weight = nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                layer.bias.zero_()
        stack.cond.weight = nn.init.kaiming_normal_(stack.cond.weight, nonlinearity="relu")
        if self.speakers is not None:
            self.speakers.weight.normal_(0, 0.1)

    def player(self, name: str) -> nn.Module:
        """The whole model."""
        assert name in self.players, name
        return self

    @torch.no_grad()
    def initialise(self, batch: VocoderBatch) -> None:
        """Measure the frames' statistics, bin by bin."""
        if self.config.normalise:
            frames = batch.frames.float()
            self.frame_mean.copy_(frames.mean((0, 2))[:, None])
            self.frame_scale.copy_(frames.std((0, 2))[:, None].clamp_min(MIN_FRAME_SCALE))

    def loss(
        self, batch: VocoderBatch, player: str = "model", carry: dict[str, Any] | None = None
    ) -> Losses:
        """Negative log-likelihood of a sample, nats: of its class or level, or its density.

        The first sample of a segment is left out, since what came before it is cut off.
        """
        del player, carry
        signal = self.to_signal(dithered(batch.wav, self.config.dither, self.training))
        parameters = self.predict(self.condition(batch.frames, batch.speakers), signal)
        return {"total": -self.output.log_prob(parameters, signal)[:, 1:].mean()}

    def teacher_forced(
        self, frames: torch.Tensor, wav: torch.Tensor, speakers: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Parameters (B, P, N) of each sample given those of a waveform (B, N) before it."""
        return self.predict(self.condition(frames, speakers), self.to_signal(wav))

    def to_signal(self, wav: torch.Tensor) -> torch.Tensor:
        """What the model works on, (B, N), of a waveform or segments of one.

        The sample before the first is taken to equal it.
        """
        if self.config.preemphasis == 0:
            return wav * self.config.gain
        before = torch.cat([wav[:, :1], wav[:, :-1]], 1)
        return self.config.gain * (wav - self.config.preemphasis * before)

    def condition(
        self,
        frames: torch.Tensor,
        speakers: torch.Tensor | None = None,
        frame_lens: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """What conditions every sample, (B, C', N), from frames (B, C, T) and speakers (B,)."""
        return self._with_speaker(self.upsampler(self._normalised(frames), frame_lens), speakers)

    def _normalised(self, frames: torch.Tensor) -> torch.Tensor:
        return (frames - self.frame_mean) / self.frame_scale

    def _with_speaker(self, cond: torch.Tensor, speakers: torch.Tensor | None) -> torch.Tensor:
        """Upsampled frames (B, C, N) with the speakers' embeddings below."""
        if self.speakers is None:
            return cond
        if speakers is None:
            speakers = torch.zeros(len(cond), dtype=torch.long, device=cond.device)
        who = self.speakers(speakers).to(cond.dtype).unsqueeze(2)
        return torch.cat([cond, who.expand(-1, -1, cond.shape[2])], 1)

    def predict(self, cond: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
        """Parameters (B, P, N) of each sample of a signal (B, N) given those before it.

        Both ends are computed in float32: a sample has more digits than bfloat16.
        """
        with torch.autocast(signal.device.type, enabled=False):
            x = self._start(exact(signal))
        skips = self.stack(x, cond=planar(cond))
        with torch.autocast(signal.device.type, enabled=False):
            return self.last(self.hidden(exact(skips).relu()).relu()).squeeze(2)

    def _start(self, signal: torch.Tensor) -> torch.Tensor:
        """What the residual path starts from at each sample, planar: the samples before it."""
        past = nn.functional.pad(signal[:, :-1], (1, 0))
        if isinstance(self.front, nn.Embedding):
            classes = mulaw.encode(past, self.config.n_classes - 1)
            return planar(self.front(classes).transpose(1, 2))
        past = nn.functional.pad(past, (self.config.front_kernel - 1, 0))
        x = self.front(planar(past.unsqueeze(1)))
        return x.relu() if self.config.front_relu else x

    @torch.no_grad()
    def generate(
        self,
        frames: torch.Tensor,
        frame_lens: torch.Tensor | None = None,
        *,
        seed: int | Sequence[int] = 0,
        noise: torch.Tensor | None = None,
        window: Window | None = None,
        temperature: float | None = None,
        speakers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """frames (B, C, T) to wav (B, T * hop), sample by sample.

        On a CPU, autocast means weights of 16 bits. What takes long shows its progress.

        Args:
            noise: (B, output.n_draws, T * hop), standard normal or uniform in [0, 1) as `output`
                has it.
            window: its state carries the rows on; pieces follow one another without a gap.
            temperature: 0 gives the most likely sample each time; by default the config's.
            speakers: (B,) ids, or (B, E) rows of the table; by default the first one.
        Raises:
            ConfigError: a temperature below 0.
        """
        temperature = self.config.temperature if temperature is None else temperature
        if not 0 <= temperature < math.inf:
            raise ConfigError(f"wavenet: temperature {temperature:g}: expected 0 or more")
        n_rows, _, n_frames = frames.shape
        lens = [n_frames] * n_rows if frame_lens is None else frame_lens.tolist()
        window, hop = window or Window(), self.contract.hop
        normal, device = self._normalised(frames.float()), frames.device.type
        halves = torch.is_autocast_enabled(device)

        def begin() -> Generator:
            return self._generator(n_rows, temperature, halves)

        def given(row: int, frame: int) -> torch.Tensor:
            own = steady_block(self.upsampler, normal[row, :, : lens[row]], window.first, frame)
            who = None if speakers is None else speakers[row : row + 1]
            return self._with_speaker(own[None], who)[0].T

        def draws(rows: Sequence[int], low: int, high: int) -> torch.Tensor:
            if noise is not None:
                return noise[rows, :, low * hop : high * hop].transpose(1, 2)
            seeds = [seed if isinstance(seed, int) else seed[row] for row in rows]
            return self._draws(seeds, window.first + low, high - low)

        with torch.autocast(device, enabled=False):
            return along(begin, given, draws, lens, hop, window).to(frames.device)

    def _draws(self, seeds: list[int], first: int, n_frames: int) -> torch.Tensor:
        """Random numbers of frames from `first` on, (R, N, n_draws)."""
        drawn = row_noise if self.output.normal else row_uniform
        hop, n_draws = self.contract.hop, self.output.n_draws
        by_frame = drawn(seeds, [n_frames] * len(seeds), hop * n_draws, n_frames, first)
        return by_frame.transpose(1, 2).reshape(len(seeds), n_frames * hop, n_draws)

    def _generator(self, n_rows: int, temperature: float, halves: bool) -> Generator:
        c, network = self.config, _network(self)
        n_draws = self.output.n_draws
        rule = Sampling(c.output, n_draws, c.min_log_scale, temperature, c.gain, c.preemphasis)
        # Imported where they are used: a compiler is slow to load, and training needs none.
        if network.last.device.type == "cpu":
            from tts.kernels.wavenet_numba import NumbaGenerator

            return NumbaGenerator(network, rule, n_rows, halves=halves)
        from tts.kernels.wavenet_torch import TorchGenerator

        def sample(
            parameters: torch.Tensor, draws: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            pair = parameters.unsqueeze(2), draws.unsqueeze(2)
            signal = self.output.sample(*pair, temperature).squeeze(1)
            return signal, mulaw.encode(signal, c.n_classes - 1)

        return TorchGenerator(network, rule, n_rows, sample)


def _output(config: Config) -> Output:
    if config.output == "mulaw":
        return MuLaw(config.n_classes)
    if config.output == "gaussian":
        return Gaussian(config.min_log_scale)
    return LogisticMixture(config.n_mixtures, config.n_levels, config.min_log_scale)


def _front(config: Config) -> nn.Module:
    if config.output != "mulaw":
        return weight_norm(Conv1d(1, config.channels, config.front_kernel))
    if config.front_kernel > 1 or config.front_relu:
        raise ConfigError("wavenet: mu-law classes enter by a table; leave front_kernel and _relu")
    return nn.Embedding(config.n_classes, config.channels)


def _skip_scales(config: Config) -> list[float]:
    """The factor on each layer's skip that the rule of summation comes to."""
    n = config.n_layers
    if config.skip == "running":
        return [ROOT_HALF ** min(n - i, n - 1) for i in range(n)]
    return [n**-0.5 if config.skip == "root" else 1.0] * n


def _network(model: Model) -> Network:
    """The weights as plain numbers."""
    stack, n_channels, n_skips = model.stack, model.config.channels, model.config.skip_channels
    out = [_plain(layer) for layer in stack.res_skip]
    skips = [(c * w[-n_skips:], c * b[-n_skips:]) for (w, b), c in zip(out, stack.skip_scales)]
    front, is_table = _numbers(model.front.weight), isinstance(model.front, nn.Embedding)
    hidden, hidden_bias = _plain(model.hidden)
    last, last_bias = _plain(model.last)
    return Network(
        front=front if is_table else front.squeeze(1),
        front_bias=None if is_table else _numbers(model.front.bias),
        front_relu=model.config.front_relu,
        dilated=torch.stack([_numbers(layer.weight) for layer in stack.dilated]),
        gate_bias=torch.stack([_numbers(layer.bias) for layer in stack.dilated]),
        dilations=tuple(layer.dilation[0] for layer in stack.dilated),
        cond=_numbers(stack.cond.weight).view(stack.n_layers, stack.gate_channels, -1),
        residual=torch.stack([w[:n_channels] for w, _ in out[:-1]]),
        residual_bias=torch.stack([b[:n_channels] for _, b in out[:-1]]),
        residual_scale=stack.residual_scale,
        skip=torch.stack([w for w, _ in skips]),
        skip_bias=torch.stack([b for _, b in skips]).sum(0),
        hidden=hidden,
        hidden_bias=hidden_bias,
        last=last,
        last_bias=last_bias,
    )


def _plain(layer: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Matrix and bias of a 1x1 convolution."""
    return _numbers(layer.weight).squeeze(2), _numbers(layer.bias)


def _numbers(parameter: torch.Tensor) -> torch.Tensor:
    return parameter.detach().float()
