"""What passes between the parts of the toolkit: the bridge's contract, batches, losses.

Dimensions, here and everywhere: B batch, L tokens, T frames, N samples (N = T * hop), C channels.
Channels first `(B, C, T)`; wav `(B, N)` float in [-1, 1]; mask `(B, 1, T)`, 1 = real.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tts.config import Settings
from tts.errors import ContractError

if TYPE_CHECKING:  # floor 0 stays importable without torch
    import torch

Losses = dict[str, "torch.Tensor"]  # scalars by name, among them `total`


class Contract(Settings):
    """The exact parameters that make two bridges the same thing.

    A mel bridge is, in this order: pad, frame, window, STFT, (|X|^2 + magnitude_eps)^(power / 2),
    mel filters, log(max(., floor)), (. - shift) / scale, clip. The defaults are HiFi-GAN's mel.

    Attributes:
        padding: `half` reflects (n_fft - hop) / 2 at both ends, so that T = N / hop; `centre`
            reflects n_fft / 2, so that T = 1 + N / hop.
        log: natural logarithm, base 10, or decibels (20 log10).
        shift, scale: what is subtracted from the logarithm, and what it is then divided by.
        clip: bounds of the result, or None.
        window_norm: divide the STFT by sqrt(sum of squares of the window).
        encoder_hash: of a latent bridge: the hash of its encoder's weights, empty while it learns.
    """

    kind: Literal["mel", "latent"] = "mel"
    sample_rate_hz: int = 22_050
    hop: int = 256
    channels: int = 80
    n_fft: int = 1024
    win: int = 1024
    fmin_hz: float = 0.0
    fmax_hz: float | None = 8000.0
    mel_scale: Literal["slaney", "htk"] = "slaney"
    mel_norm: Literal["slaney", "none"] = "slaney"
    power: Literal[1, 2] = 1
    magnitude_eps: float = 1e-9
    window_norm: bool = False
    log: Literal["ln", "log10", "db"] = "ln"
    floor: float = 1e-5
    shift: float = 0.0
    scale: float = 1.0
    clip: tuple[float, float] | None = None
    padding: Literal["half", "centre"] = "half"
    encoder_hash: str = ""

    @model_validator(mode="before")
    @classmethod
    def _start_from_preset(cls, tree: Any) -> Any:
        if not isinstance(tree, dict) or "preset" not in tree:
            return tree
        name = tree["preset"]
        if not isinstance(name, str) or name not in PRESETS:
            raise ValueError(f"no preset {name!r}; there are {', '.join(sorted(PRESETS))}")
        return {**PRESETS[name], **{k: v for k, v in tree.items() if k != "preset"}}

    @model_validator(mode="after")
    def _check(self) -> Contract:
        if min(self.sample_rate_hz, self.hop, self.channels, self.n_fft, self.win) < 1:
            raise ValueError("sample_rate_hz, hop, channels, n_fft and win must be positive")
        if self.win > self.n_fft:
            raise ValueError(f"win {self.win} is longer than n_fft {self.n_fft}")
        if self.kind == "mel":
            self._check_mel()
        return self

    def _check_mel(self) -> None:
        half_rate_hz = self.sample_rate_hz / 2
        top_hz = half_rate_hz if self.fmax_hz is None else self.fmax_hz
        if not 0 <= self.fmin_hz < top_hz <= half_rate_hz:
            raise ValueError(
                f"fmin_hz {self.fmin_hz} and fmax_hz {self.fmax_hz} must rise within 0 and half "
                f"the sample rate, {half_rate_hz:g}; set fmax_hz lower, or null for all of it"
            )
        if self.hop > self.n_fft:
            raise ValueError(
                f"hop {self.hop} is longer than n_fft {self.n_fft}, which skips samples"
            )
        if self.padding == "half" and (self.n_fft - self.hop) % 2:
            raise ValueError("padding half needs n_fft - hop to be even")
        if self.clip is not None and self.clip[0] >= self.clip[1]:
            raise ValueError(f"clip {list(self.clip)} must rise")
        if self.floor <= 0 or self.scale == 0:
            raise ValueError("floor must be positive and scale not zero")

    def n_frames(self, n_samples: int) -> int:
        """How many frames `encode` makes of so many samples."""
        return n_samples // self.hop + (self.padding == "centre")

    @property
    def frame_s(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop / self.sample_rate_hz


# The published front ends, each as what differs from the defaults above.
PRESETS: dict[str, dict[str, Any]] = {
    "hifigan": {},
    # Tacotron 2's, which Glow-TTS and WaveGlow share.
    "tacotron2": {"padding": "centre", "magnitude_eps": 0.0},
    "parallel_wavegan": {
        "padding": "centre", "magnitude_eps": 0.0, "fmin_hz": 80.0, "fmax_hz": 7600.0,
        "log": "log10", "floor": 1e-10,
    },
    "clarinet": {
        "padding": "centre", "magnitude_eps": 0.0, "fmin_hz": 125.0, "fmax_hz": 7600.0, "power": 2,
        "log": "db", "floor": 1e-4, "shift": -80.0, "scale": 100.0, "clip": (0.0, 1.0),
    },
    "nv_wavenet": {
        "sample_rate_hz": 16_000, "hop": 200, "n_fft": 800, "win": 800,
        "padding": "centre", "magnitude_eps": 0.0,
    },
    "wavegrad_lmnt": {
        "hop": 300, "n_fft": 2048, "win": 1200, "channels": 128, "fmin_hz": 20.0, "fmax_hz": None,
        "mel_scale": "htk", "mel_norm": "none", "window_norm": True, "padding": "centre",
        "magnitude_eps": 0.0, "log": "db", "floor": 1e-5, "shift": -80.0, "scale": 100.0,
        "clip": (0.0, 1.0),
    },
    "vocos": {
        "sample_rate_hz": 24_000, "channels": 100, "fmax_hz": None, "mel_scale": "htk",
        "mel_norm": "none", "padding": "centre", "magnitude_eps": 0.0, "floor": 1e-7,
    },
}  # fmt: skip

_LOG_GAIN = {"ln": 1.0, "log10": 1 / math.log(10), "db": 20 / math.log(10)}  # over the natural log
_AFFINE = {"log", "shift", "scale"}  # fields which an affine map of the frames converts exactly
_FRAMING = {"padding", "magnitude_eps"}  # move frames by half a hop, or by less than the floor


@dataclass(frozen=True)
class Join:
    """How frames of one contract become frames of another: `gain * frames + offset`.

    `note` is empty for equal contracts; otherwise it says in one line what was converted.
    """

    gain: float = 1.0
    offset: float = 0.0
    note: str = ""

    def __call__(self, frames: torch.Tensor) -> torch.Tensor:
        """Convert frames, (B, C, T)."""
        changes = (self.gain, self.offset) != (1.0, 0.0)
        return frames * self.gain + self.offset if changes else frames


def differences(a: Contract, b: Contract) -> dict[str, tuple[Any, Any]]:
    """The fields in which two contracts differ, with both values."""
    pairs = {name: (getattr(a, name), getattr(b, name)) for name in Contract.model_fields}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def join(made: Contract, wanted: Contract, maker: str, taker: str) -> Join:
    """How to hand frames made under one contract to a model trained under another.

    Equal contracts join as they are. Another base of the logarithm, shift or scale is an exact
    affine map, unless a clip or the floor stands in between. Another padding only moves the frame
    grid by half a hop; it joins with a note.

    Args:
        made, wanted: the two contracts.
        maker, taker: what to call the two parts in messages.
    Raises:
        ContractError: no exact conversion exists; names the differing fields and both values.
    """
    different = differences(made, wanted)
    if not different:
        return Join()
    unclipped = made.clip is None and wanted.clip is None
    if made.kind == "mel" and unclipped and set(different) <= _AFFINE | _FRAMING:
        return _affine_join(made, wanted, different)
    listed = ", ".join(f"{name}: {a!r} against {b!r}" for name, (a, b) in different.items())
    raise ContractError(
        f"{maker} and {taker} do not speak the same bridge ({listed}); no exact conversion "
        f"exists: use a vocoder and an acoustic model trained with the same `audio` section"
    )


def _affine_join(made: Contract, wanted: Contract, different: dict[str, tuple[Any, Any]]) -> Join:
    ratio = _LOG_GAIN[wanted.log] / _LOG_GAIN[made.log]
    gain = ratio * made.scale / wanted.scale
    offset = (ratio * made.shift - wanted.shift) / wanted.scale
    listed = ", ".join(f"{name} {a!r} to {b!r}" for name, (a, b) in different.items())
    moved = f"; frames move by half a hop ({wanted.hop / 2 / wanted.sample_rate_hz * 1000:.1f} ms)"
    note = f"bridge converted: {listed}{moved if 'padding' in different else ''}"
    return Join(gain=gain, offset=offset, note=note)


@dataclass(frozen=True)
class Batch:
    """Tensors that travel together; `to` moves them all."""

    def to(self, device: torch.device | str) -> Any:
        """The same batch on another device, without waiting where its memory is pinned."""
        return replace(self, **{k: v.to(device, non_blocking=True) for k, v in self._tensors()})

    def pin_memory(self) -> Any:
        """The same batch in pinned memory: a loader calls this, for quicker moves to a GPU."""
        return replace(self, **{k: v.pin_memory() for k, v in self._tensors()})

    def _tensors(self) -> list[tuple[str, torch.Tensor]]:
        named = [(f.name, getattr(self, f.name)) for f in fields(self)]
        return [(name, value) for name, value in named if hasattr(value, "pin_memory")]


@dataclass(frozen=True)
class AcousticBatch(Batch):
    """Texts and their bridge frames, padded with zeros.

    Attributes:
        utterances: names, for messages.
        tokens: (B, L) int64; token_lens: (B,) int64.
        frames: (B, C, T) float32; frame_lens: (B,) int64.
        speakers: (B,) int64 ids, (B, E) float32 vectors, or None for one speaker.
        durations: (B, L) int64, the frames of each token where they are known, or None.
    """

    utterances: tuple[str, ...]
    tokens: torch.Tensor
    token_lens: torch.Tensor
    frames: torch.Tensor
    frame_lens: torch.Tensor
    speakers: torch.Tensor | None = None
    durations: torch.Tensor | None = None


@dataclass(frozen=True)
class VocoderBatch(Batch):
    """Segments of bridge frames and the waveform under them.

    Attributes:
        frames: (B, C, T) float32.
        wav: (B, T * hop) float32 in [-1, 1].
        speakers: (B,) int64 ids, (B, E) float32 vectors, or None where the vocoder asks for none.
    """

    utterances: tuple[str, ...]
    frames: torch.Tensor
    wav: torch.Tensor
    speakers: torch.Tensor | None = None


@dataclass(frozen=True)
class WaveBatch(Batch):
    """Segments of recordings alone: what a bridge learns from, and an encoder of speakers.

    Attributes:
        wav: (B, N) float32.
        speakers: (B,) int64, or None for a bridge.
    """

    utterances: tuple[str, ...]
    wav: torch.Tensor
    speakers: torch.Tensor | None = None


@dataclass(frozen=True)
class AcousticOutput:
    """What an acoustic model makes of text.

    Attributes:
        frames: (B, C, T) float32, zero in the padding; frame_lens: (B,) int64.
        durations: frames spent on each token, (B, L) int64; rows sum to `frame_lens`.
    """

    frames: torch.Tensor
    frame_lens: torch.Tensor
    durations: torch.Tensor


@dataclass(frozen=True)
class Window:
    """The place of a run of frames in an utterance that is made piece by piece.

    Attributes:
        first: index, in the utterance, of the run's first frame: noise is addressed by position.
        start, end: the frames of the run whose samples are wanted; those around them are context.
        state: what an autoregressive vocoder carries to the next piece, empty at first.
    """

    first: int = 0
    start: int = 0
    end: int | None = None
    state: dict[str, Any] = field(default_factory=dict)

    def cut(self, wav: torch.Tensor, hop: int) -> torch.Tensor:
        """The wanted samples of a run's wav (B, N)."""
        return wav[:, self.start * hop : None if self.end is None else self.end * hop]
