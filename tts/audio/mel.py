"""Log-mel spectrograms, exactly as a `Contract` says.

References:
    The default front end: HiFi-GAN (Kong et al., 2020), https://arxiv.org/abs/2010.05646
    Preset `tacotron2`: Shen et al. (2018), section 2.1, https://arxiv.org/abs/1712.05884
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tts.config import parse
from tts.contracts import Contract
from tts.errors import ContractError, DataError

N_MELS = 80  # of a mel to compare by, when the bridge itself is no mel

_LN_PER_UNIT = {"ln": 1.0, "log10": math.log(10), "db": math.log(10) / 20}


class MelSpectrogram(nn.Module):
    """wav (B, N) in [-1, 1] to frames (B, C, contract.n_frames(N)), differentiable.

    Always computed in float32 (or float64, if that comes in), also under autocast. Holds no
    weights and adds nothing to a state dict.

    Raises:
        ContractError: the contract is not of a mel.
        DataError: from `forward`, fewer samples than make one frame.
    """

    window: torch.Tensor
    filters: torch.Tensor

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        if contract.kind != "mel":
            raise ContractError(f"a {contract.kind} bridge is no mel; encode with its own model")
        self.contract = contract
        self.register_buffer("window", _window(contract), persistent=False)
        self.register_buffer("filters", torch.from_numpy(mel_filters(contract)), persistent=False)

    def forward(self, wav: torch.Tensor) -> torch.Tensor:
        """Frames (B, C, T) of wav (B, N)."""
        c = self.contract
        assert wav.dim() == 2, f"expected wav (B, N), got shape {tuple(wav.shape)}"
        if c.n_frames(wav.shape[1]) < 1 or wav.shape[1] < 1:
            raise DataError(
                f"{wav.shape[1]} samples make no frame of {c.hop}; use a longer recording"
            )
        with torch.autocast(wav.device.type, enabled=False):
            wav = wav if wav.dtype == torch.float64 else wav.float()
            magnitude = _magnitude(self._spectrum(wav), c)
            return _compress(torch.matmul(self.filters.to(wav.dtype), magnitude), c)

    def padded_window(self) -> torch.Tensor:
        """The window in the middle of n_fft samples, (n_fft,)."""
        room = self.contract.n_fft - self.contract.win
        return F.pad(self.window, (room // 2, room - room // 2))

    def _spectrum(self, wav: torch.Tensor) -> torch.Tensor:
        c = self.contract
        return torch.stft(
            _reflect(wav, edge_samples(c)),
            c.n_fft,
            hop_length=c.hop,
            win_length=c.win,
            window=self.window.to(wav.dtype),
            center=False,
            return_complex=True,
        )


def edge_samples(contract: Contract) -> int:
    """How many samples are reflected at each end before framing."""
    reach = contract.n_fft - contract.hop if contract.padding == "half" else contract.n_fft
    return reach // 2


def log_to_linear(frames: torch.Tensor, contract: Contract) -> torch.Tensor:
    """Undo the logarithm, shift and scale: mel magnitudes (or powers), any shape.

    What the floor or the clip took away stays lost.
    """
    return torch.exp((frames * contract.scale + contract.shift) * _LN_PER_UNIT[contract.log])


def comparison(
    contract: Contract, fmax_hz: float | None = None, source: str = "mel to compare by"
) -> Contract:
    """The mel by which waveforms are compared: the bridge's resolution, natural log, half padding.

    Args:
        contract: the bridge; under one that is no mel, 80 mels over four hops.
        fmax_hz: None for half the sample rate.
        source: what messages call it.
    Raises:
        ConfigError: there is no such mel.
    """
    is_mel = contract.kind == "mel"
    n_fft = contract.n_fft if is_mel else 4 * contract.hop
    tree = {
        "sample_rate_hz": contract.sample_rate_hz,
        "hop": contract.hop,
        "n_fft": n_fft,
        "win": contract.win if is_mel else n_fft,
        "fmax_hz": fmax_hz,
        "channels": contract.channels if is_mel else N_MELS,
        "padding": "centre" if (n_fft - contract.hop) % 2 else "half",
    }
    return parse(Contract, tree, source)


def silence(contract: Contract) -> torch.Tensor:
    """The frame of digital silence, (C,)."""
    return MelSpectrogram(contract)(torch.zeros(1, contract.n_fft + contract.hop))[0, :, 0]


@functools.cache
def mel_filters(contract: Contract) -> np.ndarray:
    """The filter bank, (C, n_fft // 2 + 1) float32."""
    import librosa.filters  # here, because librosa takes a second to import

    return librosa.filters.mel(
        sr=contract.sample_rate_hz,
        n_fft=contract.n_fft,
        n_mels=contract.channels,
        fmin=contract.fmin_hz,
        fmax=contract.fmax_hz,
        htk=contract.mel_scale == "htk",
        norm="slaney" if contract.mel_norm == "slaney" else None,
    )


def _window(contract: Contract) -> torch.Tensor:
    """Hann, (win,); dividing the STFT by the window's norm is dividing the window."""
    window = torch.hann_window(contract.win)
    return window / window.square().sum().sqrt() if contract.window_norm else window


def _reflect(wav: torch.Tensor, n: int) -> torch.Tensor:
    """Reflect n samples at both ends, back and forth when the wav is shorter than that."""
    if n < wav.shape[1]:
        return F.pad(wav.unsqueeze(1), (n, n), mode="reflect").squeeze(1)
    last = wav.shape[1] - 1
    position = torch.arange(-n, wav.shape[1] + n, device=wav.device).abs() % max(1, 2 * last)
    return wav[:, torch.minimum(position, 2 * last - position)]


def _magnitude(spectrum: torch.Tensor, contract: Contract) -> torch.Tensor:
    """(|X|^2 + magnitude_eps)^(power / 2), (B, n_fft // 2 + 1, T)."""
    if contract.magnitude_eps == 0 and contract.power == 1:
        return (
            spectrum.abs()
        )  # its gradient at zero is zero; that of a square root is not a number
    squared = spectrum.real.square() + spectrum.imag.square() + contract.magnitude_eps
    return squared.sqrt() if contract.power == 1 else squared


def _compress(mel: torch.Tensor, contract: Contract) -> torch.Tensor:
    mel = mel.clamp(min=contract.floor)
    log = mel.log() if contract.log == "ln" else mel.log10()
    if contract.log == "db":
        log = 20 * log
    if (contract.shift, contract.scale) != (0.0, 1.0):
        log = (log - contract.shift) / contract.scale
    return log if contract.clip is None else log.clamp(*contract.clip)
