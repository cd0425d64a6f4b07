"""Monotonic alignment search: which token each frame belongs to.

The search finds the path of highest total score through a (T, L) matrix that starts at the first
token, ends at the last, gives every token at least one frame and never goes back:

    Q[t, l] = scores[t, l] + max(Q[t-1, l], Q[t-1, l-1])

On a tie, going back from the end, it stays on its token: earlier tokens get the fewest frames.

References:
    Glow-TTS: A Generative Flow for Text-to-Speech via Monotonic Alignment Search
    (Kim et al., 2020), algorithm 1, https://arxiv.org/abs/2005.11129
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import torch

from tts.errors import DataError


def durations(
    scores: torch.Tensor,
    token_lens: torch.Tensor,
    frame_lens: torch.Tensor,
    names: Sequence[str] | None = None,
) -> torch.Tensor:
    """Frames that the best monotonic path spends on each token, (B, L) int64, on scores' device.

    The fast layout has its tokens next to one another in memory (`scores.stride(-1) == 1`): such
    a tensor, or a slice of one, is read in place. Any other, as a transposed (B, L, T), is copied
    first, which on a CPU costs over ten times the search. It is float32 and carries no gradient.

    Args:
        scores: log-likelihood of frame t under token l, (B, T, L); -inf forbids a cell. What lies
            beyond an item's lengths is never read.
        token_lens, frame_lens: (B,).
        names: utterances, for messages; their place in the batch if None.
    Returns:
        Zero beyond `token_lens`; rows sum to `frame_lens`.
    Raises:
        DataError: an item has more tokens than frames, none of either, or a score of NaN or +inf.
    """
    n_items, n_frames, n_tokens = scores.shape
    assert token_lens.shape == frame_lens.shape == (n_items,), "lengths must be (B,)"
    assert min(n_items, n_frames, n_tokens) > 0, f"empty scores {tuple(scores.shape)}"
    found, refused = _search(scores.detach().float(), token_lens, frame_lens)
    if refused.any():
        first = int(refused.to(torch.uint8).argmax())
        name = f"utterance {names[first]}" if names else f"item {first} of the batch"
        raise DataError(_reason(name, int(token_lens[first]), int(frame_lens[first]), scores))
    return found


def _search(
    scores: torch.Tensor, token_lens: torch.Tensor, frame_lens: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    # Imported where they are used: compilers are slow to load, and synthesis needs neither.
    if scores.is_cuda and _has_triton():
        from tts.kernels import mas_triton

        return mas_triton.search(scores, token_lens, frame_lens)
    from tts.kernels import mas_numba

    found, refused = mas_numba.search(scores.cpu(), token_lens.cpu(), frame_lens.cpu())
    return found.to(scores.device), refused


def _has_triton() -> bool:
    if find_spec("triton") is None:
        return False
    from triton import language

    return hasattr(language, "gather")  # since Triton 3.2


def _reason(name: str, n_tokens: int, n_frames: int, scores: torch.Tensor) -> str:
    """Why the search refused an item, in one line."""
    assert n_frames <= scores.shape[1] and n_tokens <= scores.shape[2], (
        f"{name}: {n_frames} frames and {n_tokens} tokens exceed scores {tuple(scores.shape)}"
    )
    counts = f"{name} has {n_tokens} tokens and {n_frames} frames"
    if n_tokens < 1 or n_frames < 1:
        return f"{counts}; alignment needs at least one of each: drop it from the data"
    if n_tokens > n_frames:
        return (
            f"{counts}; alignment needs at least one frame for each token: "
            "check its text against its audio, or drop it from the data"
        )
    return (
        f"{counts}; its alignment scores hold NaN or +inf: the model has diverged, "
        "go back to an earlier checkpoint or lower the learning rate"
    )
