"""What a text says of the latents that speak it: a normal distribution and a length a token.

References:
    Glow-TTS (Kim et al., 2020), sections 3.1 to 3.3. https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tts.nn.masking import take_columns, token_of_frame

MAX_TOKEN_FRAMES = 2000  # guards memory against the exponential of an untrained predictor


@dataclass(frozen=True)
class Prior:
    """One row for each text.

    Attributes:
        mean: (B, C, L); log_scale: (B, C, L), or None for zero.
        log_durations: (B, L), natural log of frames; mask: (B, 1, L).
    """

    mean: torch.Tensor
    log_scale: torch.Tensor | None
    log_durations: torch.Tensor
    mask: torch.Tensor

    def scores(self, latent: torch.Tensor) -> torch.Tensor:
        """log N(latent_t; mean_l, scale_l) up to a constant of each frame, (B, T, L) in float32.

        What depends on the frame alone is left out when the prior has unit scale: every path
        visits every frame once, so it cannot change which path is best.
        """
        with torch.no_grad(), torch.autocast(latent.device.type, enabled=False):
            z, mean = latent.float().transpose(1, 2), self.mean.float()
            if self.log_scale is None:
                return torch.baddbmm(-0.5 * mean.square().sum(1, keepdim=True), z, mean)
            log_scale = self.log_scale.float()
            precision = torch.exp(-2 * log_scale)
            of_token = -(log_scale + 0.5 * mean.square() * precision).sum(1, keepdim=True)
            return of_token + z @ (mean * precision) - 0.5 * z.square() @ precision

    def negative_log_density(self, latent: torch.Tensor, durations: torch.Tensor) -> torch.Tensor:
        """-log N(latent; prior of its token) but for log(2 pi) / 2, (B, C, T)."""
        index = token_of_frame(durations, latent.shape[2])
        density = 0.5 * (latent - take_columns(self.mean, index)).square()
        if self.log_scale is None:
            return density
        log_scale = take_columns(self.log_scale, index)
        return log_scale + density * torch.exp(-2 * log_scale)

    def draw(
        self, durations: torch.Tensor, noise: torch.Tensor, temperature: float
    ) -> torch.Tensor:
        """A latent along the durations (B, L), from standard normal noise: both (B, C, T)."""
        index = token_of_frame(durations, noise.shape[2])
        latent = noise.to(self.mean) * temperature
        if self.log_scale is not None:
            latent = latent * take_columns(self.log_scale, index).exp()
        return latent + take_columns(self.mean, index)

    def whole_durations(
        self, token_lens: torch.Tensor, speed: float | torch.Tensor, group: int
    ) -> torch.Tensor:
        """Predicted frames per token, (B, L) int64; each row fills whole groups of frames."""
        predicted = (self.log_durations.exp() / speed).clamp_max(MAX_TOKEN_FRAMES)
        durations = (predicted * self.mask.squeeze(1)).ceil().long()
        last = token_lens[:, None] - 1
        shortfall = (group - durations.sum(1, keepdim=True)).clamp_min(0)
        durations = durations.scatter_add(1, last, shortfall)
        ends = durations.cumsum(1)
        ends = torch.minimum(ends, ends[:, -1:] // group * group)  # the rest is left out
        return ends.diff(dim=1, prepend=torch.zeros_like(last))
