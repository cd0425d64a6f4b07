"""What a model makes of a few utterances, measured at each validation beside its losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tts.audio import f0
from tts.audio.mel import comparison
from tts.contracts import AcousticBatch, Contract
from tts.metrics.pitch import compare_pitch
from tts.metrics.spectral import (
    log_mel,
    log_mel_distance,
    mel_cepstral_distortion,
    warping_path,
)
from tts.train.data import TextSide, draw, open_data
from tts.train.figures import speakers_of
from tts.train.settings import Evaluate, Experiment

OF_SOUND = ("eval/log_mel", "eval/mcd_db", "eval/f0_rmse_cents", "eval/voicing_error")
OF_FRAMES = ("eval/frames", "eval/duration_error")


class Quality:
    """A few utterances of the dev set, the same at every validation.

    Attributes:
        names: of what is measured: of a model that speaks frames, `eval/frames` (mean absolute
            difference, in standard deviations of the recordings' frames, along the best warping)
            and `eval/duration_error`; of one that makes sound, what `tts eval` calls the same.
    """

    def __init__(
        self, settings: Evaluate, experiment: Experiment, text: TextSide | None, frame_group: int
    ) -> None:
        data = experiment.data.model_copy(update={"segment_frames": settings.n_frames})
        longer = experiment.model_copy(update={"data": data})
        dataset = open_data(longer, text, experiment.data.dev, frame_group)
        n = min(settings.n_utterances, len(dataset))
        places = [i * len(dataset) // n for i in range(n)]
        seed = experiment.train.seed
        self.batches = [dataset.collate([dataset[i, draw(seed, "evaluate", i)]]) for i in places]
        self.contract = experiment.audio
        self.names = OF_SOUND if text is None else OF_FRAMES

    @torch.no_grad()
    def measure(self, model: Any, device: torch.device) -> dict[str, float]:
        """Means over the utterances; what none of them tells is left out."""
        rows = [self._one(model, batch.to(device)) for batch in self.batches]
        means = {}
        for name in self.names:
            known = [row[name] for row in rows if row[name] is not None]
            if known:
                means[name] = float(np.mean(known))
        return means

    def _one(self, model: Any, batch: Any) -> dict[str, float | None]:
        if isinstance(batch, AcousticBatch):
            made = model.infer(batch.tokens, batch.token_lens, batch.speakers, seed=0)
            return _of_frames(_array(batch.frames), _array(made.frames))
        frames = batch.frames if hasattr(batch, "frames") else model.encode(batch.wav)
        wav = model.generate(frames, seed=0, **speakers_of(batch))
        return _of_sound(_array(batch.wav), _array(wav.clamp(-1, 1)), self.contract)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor[0].detach().float().cpu().numpy()


def _of_frames(ref: np.ndarray, made: np.ndarray) -> dict[str, float | None]:
    path = warping_path(ref, made)
    spread = ref.std(1, keepdims=True).clip(1e-6)  # a channel may never change
    apart = np.abs(ref[:, path[:, 0]] - made[:, path[:, 1]]) / spread
    values = (float(apart.mean()), abs(made.shape[1] / ref.shape[1] - 1))
    return dict(zip(OF_FRAMES, values))


def _of_sound(ref: np.ndarray, made: np.ndarray, contract: Contract) -> dict[str, float | None]:
    rate_hz, hop = contract.sample_rate_hz, contract.hop
    measure = comparison(Contract(kind="latent", sample_rate_hz=rate_hz, hop=hop))
    mels = log_mel(ref, measure), log_mel(made, measure)
    tracks = f0.estimate(torch.from_numpy(np.stack([ref, made])), rate_hz, hop).f0_hz.numpy()
    pitch = compare_pitch(*tracks)
    values = (
        log_mel_distance(*mels),
        mel_cepstral_distortion(*mels, warp=False),
        pitch.f0_rmse_cents,
        pitch.voicing_error,
    )
    return dict(zip(OF_SOUND, values))
