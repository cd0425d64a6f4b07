"""Who speaks, as networks take it: ids of a table, vectors of that table's space, or outer ones.

Ids are (B,) int64. Vectors are (B, E) float32: rows of the table, or mixtures of them; and for a
model without a table, embeddings of speech that something else has made.
"""

from __future__ import annotations

import torch
from torch import nn

from tts.errors import ConfigError


class SpeakerTable(nn.Embedding):
    """A learned row for each speaker.

    Attributes:
        vector_channels: width of the outer vectors it takes: none, it has rows of its own.
    """

    vector_channels = 0

    @property
    def n_speakers(self) -> int:
        """Rows of the table."""
        return self.num_embeddings

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Ids (B,) to vectors (B, E) that mean the same; sums of these mix speakers."""
        return self(ids)

    def forward(self, speakers: torch.Tensor) -> torch.Tensor:
        """Ids (B,) to rows (B, E); vectors (B, E) are taken as rows already."""
        if not speakers.is_floating_point():
            return super().forward(speakers)
        assert speakers.shape[-1] == self.embedding_dim, (
            f"speakers {tuple(speakers.shape)} are no rows of {self.embedding_dim}"
        )
        return speakers.to(self.weight)


class SpeakerBias(nn.Module):
    """Adds what is the speaker's to every frame: a bias on each channel, zero at first.

    A vocoder hears in the frames who speaks; this says it outright, to one that knows its
    speakers. Without any it changes nothing and has no weights.

    Args:
        channels: of the frames.
        n_speakers: of a table of biases; fewer than 2 make none.
        vector_channels: width of the outer vectors it takes instead, 0 for none.
    """

    def __init__(self, channels: int, n_speakers: int = 1, vector_channels: int = 0) -> None:
        super().__init__()
        has_table = n_speakers > 1 and not vector_channels
        self.vector_channels = vector_channels
        self.table = SpeakerTable(n_speakers, channels) if has_table else None
        self.projection = nn.Linear(vector_channels, channels) if vector_channels else None
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    @classmethod
    def of(cls, wanted: bool, channels: int, n_speakers: int, vector_channels: int) -> SpeakerBias:
        """One for a model whose configuration wants it, or one that does nothing.

        Raises:
            ConfigError: it is wanted where there are no speakers to tell apart.
        """
        if not wanted:
            return cls(channels)
        if n_speakers < 2 and not vector_channels:
            raise ConfigError(
                "vocoder.speaker_bias: needs data of several speakers; leave it out for one"
            )
        return cls(channels, n_speakers, vector_channels)

    @property
    def n_speakers(self) -> int:
        """Speakers known by id, 0 for none."""
        return 0 if self.table is None else self.table.n_speakers

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Ids (B,) to vectors (B, C) that mean the same; sums of these mix speakers."""
        assert self.table is not None, "there is no table of speakers"
        return self.table(ids)

    def forward(self, frames: torch.Tensor, speakers: torch.Tensor | None = None) -> torch.Tensor:
        """Frames (B, C, T) and their speakers to frames (B, C, T).

        Without speakers it is the mean over the table, or what all outer vectors have in common.
        """
        if self.table is None and self.projection is None:
            return frames
        return frames + self._bias(speakers).to(frames.dtype).unsqueeze(2)

    def _bias(self, speakers: torch.Tensor | None) -> torch.Tensor:
        """(B, C), or (1, C) for all rows."""
        if self.table is not None:
            rows = self.table.weight
            return rows.mean(0, keepdim=True) if speakers is None else self.table(speakers)
        assert self.projection is not None
        if speakers is None:
            return self.projection.bias[None]
        return self.projection(unit(speakers, self.vector_channels))


def unit(vectors: torch.Tensor, channels: int) -> torch.Tensor:
    """Outer vectors (B, E) at length 1, whatever scale their maker gave them."""
    assert vectors.is_floating_point() and vectors.shape[-1] == channels, (
        f"speakers {tuple(vectors.shape)} are no vectors of {channels}"
    )
    return nn.functional.normalize(vectors)
