"""Batches for the training loop: which utterances, in which order, with which draws."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from tts.data import speaker_vectors
from tts.data.batching import LengthBuckets
from tts.data.dataset import AcousticData, VocoderData, WaveData
from tts.data.prepare import read_speaker_ids
from tts.data.speaker_data import SpeakerData
from tts.data.speaker_vectors import SpeakerVectors
from tts.errors import ConfigError, DataError
from tts.text.frontend import Frontend
from tts.train.settings import Data, Experiment


def draw(*keys: int | str) -> int:
    """A 63-bit seed that depends on all the keys: what makes randomness a function of the step."""
    digest = hashlib.blake2b(repr(keys).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


@dataclass(frozen=True)
class TextSide:
    """What an acoustic model takes from the dump: the frontend and the speakers' names.

    `vectors` say who speaks where ids do not.
    """

    frontend: Frontend
    speakers: tuple[str, ...]
    vectors: SpeakerVectors | None = None

    @classmethod
    def of(cls, data: Data) -> TextSide:
        """Read what lies in `data.text`, or what was left beside the dump dir to train on.

        That is of `tts data tokens` and `tts data ids`.
        """
        train_dir = Path(data.train)
        folder = train_dir.parent if data.text is None else Path(data.text)
        if not (folder / "frontend.json").is_file():
            raise DataError(
                f"{train_dir}: no frontend.json in {folder}; make it with "
                f"`tts data tokens {train_dir} --out {folder}`, or name another dump dir"
            )
        speakers = tuple(read_speaker_ids(folder / "speakers.txt"))
        file = data.speaker_vectors
        return cls(Frontend.load(folder), speakers, file and speaker_vectors.read(file))

    @property
    def sizes(self) -> dict[str, int]:
        """What an acoustic model's constructor needs."""
        sizes = {"n_tokens": len(self.frontend.table), "n_speakers": len(self.speakers)}
        return sizes if self.vectors is None else {**sizes, "speaker_vector": self.vectors.size}


def sizes_of(experiment: Experiment, text: TextSide | None) -> dict[str, int]:
    """What the constructor of a model needs to know of its data."""
    if experiment.role == "speaker":
        n_speakers = len(_known_speakers(experiment.data))
        return {"n_speakers": n_speakers * len(experiment.data.speeds)}
    return text.sizes if text else dict(Told.of(experiment).sizes)


def _known_speakers(data: Data) -> list[str]:
    """What `tts data ids` listed beside the dump dir to train on."""
    folder = Path(data.train).parent if data.text is None else Path(data.text)
    return read_speaker_ids(folder / "speakers.txt")


@dataclass(frozen=True)
class Told:
    """What a vocoder is told of who speaks: ids of speakers, by name, or vectors; mostly nothing.

    `sizes` are what its constructor needs for that.
    """

    speakers: tuple[str, ...] = ()
    vectors: SpeakerVectors | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, experiment: Experiment) -> Told:
        """What the configuration asks for, of what lies beside the dump dir to train on.

        Raises:
            TTSError: the speakers cannot be read, or are not as many as the configuration says.
        """
        section, data = experiment.section, experiment.data
        n_own = section.get("n_speakers", 1)  # of a model whose configuration says how many
        if experiment.role != "vocoder" or not (section.get("speaker_bias") or n_own > 1):
            return cls()
        speakers = tuple(_known_speakers(data))
        if n_own > 1:
            if n_own != len(speakers):
                raise ConfigError(
                    f"vocoder.n_speakers: {n_own}, and {data.train} is of {len(speakers)} known "
                    "speakers; make them equal"
                )
            return cls(speakers)
        sizes = {"n_speakers": len(speakers)}
        if data.speaker_vectors is None:
            return cls(speakers, None, sizes)
        vectors = speaker_vectors.read(data.speaker_vectors)
        return cls(speakers, vectors, {**sizes, "speaker_vector": vectors.size})


def open_data(
    experiment: Experiment, text: TextSide | None, folder: str, frame_group: int = 1
) -> Any:
    """The dataset of one dump dir: waveforms, frames with them, or frames with text.

    `frame_group` is how many frames the acoustic model uses at a time.
    """
    data, audio = experiment.data, experiment.audio
    if experiment.role == "bridge":
        return WaveData(folder, audio, data.segment_frames)
    if experiment.role == "speaker":
        return SpeakerData(folder, audio, data.segment_frames, _known_speakers(data), data.speeds)
    if text is None:
        told = Told.of(experiment)
        options = {"vectors": told.vectors, "feats": data.feats}
        return VocoderData(folder, audio, data.segment_frames, told.speakers or None, **options)
    speakers = text.speakers if len(text.speakers) > 1 else None
    return AcousticData(
        folder,
        text.frontend,
        audio,
        speakers,
        vectors=text.vectors,
        feats=data.feats,
        frame_group=frame_group,
        durations=data.durations,
    )


class Batches:
    """The batch of every step, from any step on.

    Everything random depends on the seed, the epoch and the utterance alone, so a run that is
    resumed at a step sees what an unbroken one would have seen, however many workers load.
    """

    def __init__(self, dataset: Any, experiment: Experiment, rank: int, world: int) -> None:
        self.dataset, self.seed = dataset, experiment.train.seed
        data, is_acoustic = experiment.data, experiment.role == "acoustic"
        lengths = dataset.lengths if is_acoustic else [data.segment_frames] * len(dataset)
        self.buckets = LengthBuckets(
            lengths, data.max_frames, data.max_utterances, self.seed
        ).shard(rank, world)
        self.workers = data.workers

    def __len__(self) -> int:
        """Batches of the first epoch; others may differ by a few."""
        return len(self.buckets.epoch(0))

    def keys(self, first_step: int) -> Iterator[list[tuple[int, int]]]:
        """The (utterance, draw) keys of the batch of `first_step` (from 0) and all later ones."""
        epoch, seen = 0, 0
        while True:
            batches = self.buckets.epoch(epoch)
            for indices in batches[max(0, first_step - seen) :]:
                yield [(i, draw(self.seed, epoch, i)) for i in indices]
            seen += len(batches)
            epoch += 1

    def from_step(self, first_step: int) -> Iterator[Any]:
        """Batches from `first_step` on, without end."""
        loader = DataLoader(
            self.dataset,
            batch_sampler=_Forever(self, first_step),
            collate_fn=self.dataset.collate,
            num_workers=self.workers,
            pin_memory=torch.cuda.is_available(),
        )
        return iter(loader)

    def once(self) -> Iterator[Any]:
        """Every utterance once, the same way each time: for validation."""
        for indices in self.buckets.epoch(0):
            yield self.dataset.collate(
                [self.dataset[i, draw(self.seed, "dev", i)] for i in indices]
            )


class Mixed(Batches):
    """Batches of new speech with batches of old speech among them, evenly and in a fixed share.

    Args:
        new, old: the two kinds.
        share: of the batches that are old.
    """

    def __init__(self, new: Batches, old: Batches, share: float) -> None:
        self.new, self.old, self.share = new, old, share
        self.dataset, self.workers = _Joined(new.dataset, old.dataset), new.workers

    def __len__(self) -> int:
        """Batches until all new speech has been seen once."""
        return round(len(self.new) / (1 - self.share))

    def keys(self, first_step: int) -> Iterator[list[tuple[int, int]]]:
        """As of `Batches`; the old utterances are numbered behind the new ones."""
        n_old, n_new = self._n_old(first_step), len(self.new.dataset)
        new, old = self.new.keys(first_step - n_old), self.old.keys(n_old)
        for step in itertools.count(first_step):
            if self._n_old(step + 1) > self._n_old(step):
                yield [(n_new + i, drawn) for i, drawn in next(old)]
            else:
                yield next(new)

    def _n_old(self, n_steps: int) -> int:
        """How many of the first steps have old batches."""
        return math.floor(n_steps * self.share)


def training_batches(
    experiment: Experiment, text: TextSide | None, frame_group: int, rank: int, world: int
) -> Batches:
    """What one process of several trains on."""
    folders = (experiment.data.train, experiment.data.old)
    new, *old = [
        Batches(open_data(experiment, text, folder, frame_group), experiment, rank, world)
        for folder in folders
        if folder is not None
    ]
    return Mixed(new, old[0], experiment.data.old_share) if old else new


class _Joined(torch.utils.data.Dataset[Any]):
    """One dataset behind another of its kind."""

    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second, self.collate = first, second, first.collate

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def __getitem__(self, key: tuple[int, int]) -> Any:
        index, drawn = key
        behind = index - len(self.first)
        return self.first[key] if behind < 0 else self.second[behind, drawn]


class _Forever(torch.utils.data.Sampler[list[tuple[int, int]]]):
    """The endless batch sampler that a DataLoader wants."""

    def __init__(self, batches: Batches, first_step: int) -> None:
        self.batches, self.first_step = batches, first_step

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        return self.batches.keys(self.first_step)
