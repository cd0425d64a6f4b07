"""Batches for the training loop: which utterances, in which order, with which draws."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from tts.data.batching import LengthBuckets
from tts.data.dataset import AcousticData, VocoderData, WaveData
from tts.data.prepare import read_speaker_ids
from tts.errors import DataError
from tts.text.frontend import Frontend
from tts.train.settings import Experiment


def draw(*keys: int | str) -> int:
    """A 63-bit seed that depends on all the keys: what makes randomness a function of the step."""
    digest = hashlib.blake2b(repr(keys).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


@dataclass(frozen=True)
class TextSide:
    """What an acoustic model takes from the dump: the frontend and the speakers' names."""

    frontend: Frontend
    speakers: tuple[str, ...]

    @classmethod
    def of_dump(cls, train_dir: str | Path) -> TextSide:
        """Read what `tts data tokens` and `tts data ids` left beside a dump dir."""
        folder = Path(train_dir).parent
        if not (folder / "frontend.json").is_file():
            raise DataError(
                f"{train_dir}: no frontend.json in {folder}; make it with "
                f"`tts data tokens {train_dir} --out {folder}`, or name another dump dir"
            )
        return cls(Frontend.load(folder), tuple(read_speaker_ids(folder / "speakers.txt")))

    @property
    def sizes(self) -> dict[str, int]:
        """What an acoustic model's constructor needs."""
        return {"n_tokens": len(self.frontend.table), "n_speakers": len(self.speakers)}


def open_data(
    experiment: Experiment, text: TextSide | None, folder: str, frame_group: int = 1
) -> Any:
    """The dataset of one dump dir: waveforms, frames with them, or frames with text.

    `frame_group` is how many frames the acoustic model uses at a time.
    """
    data, audio = experiment.data, experiment.audio
    if experiment.role == "bridge":
        return WaveData(folder, audio, data.segment_frames)
    if text is None:
        return VocoderData(folder, audio, data.segment_frames, feats=data.feats)
    speakers = text.speakers if len(text.speakers) > 1 else None
    options = {"feats": data.feats, "frame_group": frame_group}
    return AcousticData(folder, text.frontend, audio, speakers, **options)


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


class _Forever(torch.utils.data.Sampler[list[tuple[int, int]]]):
    """The endless batch sampler that a DataLoader wants."""

    def __init__(self, batches: Batches, first_step: int) -> None:
        self.batches, self.first_step = batches, first_step

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        return self.batches.keys(self.first_step)
