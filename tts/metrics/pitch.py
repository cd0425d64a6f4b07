"""How far the intonation of two utterances is apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GROSS = 0.2  # a pitch off by more than this fraction is another one, not an inexact one
CENTS = 1200  # an octave


@dataclass(frozen=True)
class PitchErrors:
    """Of a made track against the reference's.

    Attributes:
        f0_rmse_cents: over the frames that both voice; None where there are none.
        gross_error: fraction of these whose pitch is off by over 20 %; None likewise.
        voicing_error: fraction of all frames that one voices and the other does not.
    """

    f0_rmse_cents: float | None
    gross_error: float | None
    voicing_error: float


def compare_pitch(ref_hz: np.ndarray, made_hz: np.ndarray) -> PitchErrors:
    """Compare tracks (T,) in Hz, 0 where unvoiced, that lie in step.

    References:
        Reducing F0 frame error of F0 tracking algorithms under noisy conditions with an
            unvoiced/voiced classification frontend (Chu and Alwan, 2009): gross and voicing error.
    """
    assert ref_hz.shape == made_hz.shape, f"tracks of {ref_hz.shape} and {made_hz.shape}"
    both = (ref_hz > 0) & (made_hz > 0)
    voicing = float(((ref_hz > 0) != (made_hz > 0)).mean())
    if not both.any():
        return PitchErrors(None, None, voicing)
    ratio = made_hz[both] / ref_hz[both]
    cents = CENTS * np.log2(ratio)
    gross = float((np.abs(ratio - 1) > GROSS).mean())
    return PitchErrors(float(np.sqrt(np.square(cents).mean())), gross, voicing)
