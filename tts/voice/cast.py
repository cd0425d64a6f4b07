"""The speakers of a model: names, mixtures of them and recordings as what the model takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch

from tts import build
from tts.data import speaker_vectors
from tts.data.prepare import read_speaker_ids
from tts.errors import CheckpointError, ConfigError
from tts.nn.conv import fold

SPEAKERS = "speakers.txt"

Rows = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Cast:
    """Who a model can speak as.

    A speaker is asked for by name, as a mixture (`slt:0.7,rms:0.3`), or by a recording.

    Attributes:
        source: what messages call the model's home.
        names: of the speakers, by id; empty where one speaker has no name.
        rows: ids (B,) to vectors (B, E) that mean the same, of a model with a table of speakers.
        vectors: of a model that takes outer vectors: each name's, (E,).
        encoder: what makes such a vector of a recording, where the model comes with it.
        device: of what `choose` returns.
    """

    source: str
    names: tuple[str, ...] = ()
    rows: Rows | None = None
    vectors: Mapping[str, torch.Tensor] = field(default_factory=dict)
    encoder: Callable[[Path], torch.Tensor] | None = None
    device: str = "cpu"

    @classmethod
    def load(
        cls,
        home: str | Path,
        model: Any,
        source: str,
        device: str = "cpu",
        speaker_encoder: Any | None = None,
    ) -> Cast:
        """The speakers of an acoustic model, as its experiment or its voice lists them.

        Args:
            speaker_encoder: the one packed with a voice; that of an experiment lies in a file.
        Raises:
            TTSError: a file beside the model cannot be used.
        """
        names = read_speakers(home)
        if model.speaker_vector:
            vectors = _read_vectors(Path(home), names, model.speaker_vector)
            encoder = _encoder(Path(home), device, speaker_encoder)
            return cls(source, tuple(vectors), None, vectors, encoder, device)
        rows = model.speaker_rows if model.speakers is not None else None
        return cls(source, names, rows, device=device)

    @classmethod
    def of_vocoder(cls, home: str | Path, model: Any, source: str, device: str = "cpu") -> Cast:
        """The speakers that a vocoder is told of, and none for one that hears who speaks.

        One that was imported without their names calls them speaker0, speaker1 and so on.

        Raises:
            TTSError: a file beside the model cannot be used.
        """
        known = getattr(model, "speakers", None)
        if known is None or not (known.n_speakers or known.vector_channels):
            return cls(source, device=device)
        names = read_speakers(home)
        if known.vector_channels:
            vectors = _read_vectors(Path(home), names, known.vector_channels)
            return cls(source, tuple(vectors), None, vectors, device=device)
        names = names or tuple(f"speaker{i}" for i in range(known.n_speakers))
        if len(names) != known.n_speakers:
            raise CheckpointError(
                f"{Path(home) / SPEAKERS}: lists {len(names)} speakers, the vocoder has "
                f"{known.n_speakers}; take both from the same model"
            )
        return cls(source, names, known.rows, device=device)

    def choose(
        self, speaker: str | None = None, speaker_wav: str | Path | None = None
    ) -> torch.Tensor | None:
        """What a model takes for `speakers`: (1,) ids, (1, E) vectors, or None if it takes none.

        Args:
            speaker: a name, or `NAME:WEIGHT,NAME:WEIGHT,…`; the first name by default.
            speaker_wav: a recording of somebody, instead.
        Raises:
            ConfigError: no such speaker, no such mixture, or no way to take a recording.
            TTSError: the recording cannot be used.
        """
        if speaker_wav is not None:
            return self._heard(speaker, Path(speaker_wav))
        weights = self.weights(speaker)
        if self.rows is None and not self.vectors:
            return None
        found = self._mixed(weights or {self.names[0]: 1.0})
        return found.to(self.device)

    def called(
        self, speaker: str | None = None, speaker_wav: str | Path | None = None
    ) -> str | None:
        """The name or mixture that `choose` goes by; None for a recording, or for no name."""
        if speaker_wav is not None or speaker is not None or not self.names:
            return speaker
        return self.names[0]

    def nearest(self, speaker: str | Sequence[float] | None) -> torch.Tensor | None:
        """As `choose`, for a model that must do with whom it knows: for others, its mean speaker.

        Args:
            speaker: a name, a mixture, or an outer vector; None for nobody.
        """
        if speaker is None or (self.rows is None and not self.vectors):
            return None
        if not isinstance(speaker, str):
            return torch.tensor([speaker], device=self.device)
        try:
            weights = self.weights(speaker)
        except ConfigError:  # somebody whom another model knows, and this one does not
            weights = {name: 1 / len(self.names) for name in self.names}
        return self._mixed(weights).to(self.device)

    def weights(self, speaker: str | None) -> dict[str, float]:
        """The share of each speaker in a mixture, of 1 in all; nothing for no speaker.

        Raises:
            ConfigError: no such speaker, or no such mixture.
        """
        if speaker is None:
            return {}
        weights = {speaker: 1.0} if speaker in self.names else shares(speaker)
        for name in weights:
            if name not in self.names:
                known = ", ".join(self.names) or "one without a name"
                raise ConfigError(f"speaker {name!r}: {self.source} has {known}")
        return weights

    def _mixed(self, weights: Mapping[str, float]) -> torch.Tensor:
        """One speaker is an id where the model knows ids; several are the sum of their vectors."""
        if self.rows is None:
            parts = [weight * _unit(self.vectors[name]) for name, weight in weights.items()]
            return torch.stack(parts).sum(0)[None]
        ids = torch.tensor([self.names.index(name) for name in weights], device=self.device)
        if len(weights) == 1:
            return ids
        shared = torch.tensor(list(weights.values()), device=self.device)
        return shared[None] @ self.rows(ids)

    def _heard(self, speaker: str | None, path: Path) -> torch.Tensor:
        if speaker is not None:
            raise ConfigError("speaker: give a name or a recording to speak like, not both")
        if self.encoder is None:
            known = ", ".join(self.names) or "one without a name"
            raise ConfigError(
                f"{path}: {self.source} has no speaker encoder to hear it with; it has {known}, "
                "and takes recordings once it is trained on speaker vectors"
            )
        return self.encoder(path)[None].to(self.device)


def read_speakers(folder: str | Path) -> tuple[str, ...]:
    """The speakers' names beside a model, by id; none where there is no list.

    Raises:
        DataError: the list cannot be used.
    """
    listed = Path(folder) / SPEAKERS
    return tuple(read_speaker_ids(listed, allow_empty=True)) if listed.exists() else ()


def shares(mixture: str) -> dict[str, float]:
    """`slt:7,rms:3` as {"slt": 0.7, "rms": 0.3}; whoever has no share is left out.

    A text without weights is the name of one speaker. A name may hold colons.

    Raises:
        ConfigError: no mixture.
    """
    if ":" not in mixture and "," not in mixture:
        return {mixture: 1.0}
    weights: dict[str, float] = {}
    for part in mixture.split(","):
        name, colon, number = (text.strip() for text in part.rpartition(":"))
        weight = _weight(number) if colon and name else math.nan
        if not 0 <= weight < math.inf:
            raise ConfigError(
                f"speaker {mixture!r}: {part.strip()!r} is no NAME:WEIGHT with a weight of 0 or "
                "more; mix like slt:0.7,rms:0.3"
            )
        weights[name] = weights.get(name, 0.0) + weight
    total = sum(weights.values())
    if not 0 < total < math.inf:
        raise ConfigError(f"speaker {mixture!r}: the weights sum to {total:g}; give some to one")
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def _read_vectors(home: Path, names: Sequence[str], size: int) -> dict[str, torch.Tensor]:
    """The vectors of the named speakers, and then those of others in the file beside their model.

    A model of outer vectors speaks as whoever has one, whether it was trained on them or not.
    """
    path = home / speaker_vectors.FILE
    found = speaker_vectors.read(path)
    if found.size != size:
        raise CheckpointError(
            f"{path}: {found.size} numbers a speaker, the model takes {size}; take both from the "
            "same model"
        )
    for name in names:
        if name not in found.speakers:
            raise CheckpointError(f"{path}: has no {name}, whom {home / SPEAKERS} lists")
    everybody = dict.fromkeys((*names, *found.speakers))
    return {name: torch.from_numpy(found.speakers[name]) for name in everybody}


def _encoder(
    home: Path, device: str, packed: Any | None = None
) -> Callable[[Path], torch.Tensor] | None:
    """What makes a speaker's vector of a recording, where its encoder lies beside the model.

    It is loaded when it is first asked, and must be the one that made the vectors of the speakers.
    """
    file = home / speaker_vectors.ENCODER_FILE
    if packed is None and not file.is_file():
        return None

    @cache
    def loaded() -> Any:
        model = build.load(file, "speaker").model if packed is None else packed
        made_by = speaker_vectors.read(home / speaker_vectors.FILE).encoder
        if build.encoder_hash(model.state_dict(), within="") != made_by:
            raise CheckpointError(
                f"{home}: its speaker encoder is not the one that made {speaker_vectors.FILE} "
                f"({made_by}); take both from the same folder"
            )
        return fold(model).to(device).requires_grad_(False)

    return lambda path: torch.from_numpy(speaker_vectors.embed_file(loaded(), path))


def _weight(number: str) -> float:
    try:
        return float(number)
    except ValueError:
        return math.nan


def _unit(vector: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vector.float(), dim=0)
