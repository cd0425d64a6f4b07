"""What an encoder of speakers is trained on: stretches of speech, and who spoke each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from tts.audio import io
from tts.audio.resample import resample
from tts.contracts import Contract, WaveBatch
from tts.data.tables import read_table
from tts.errors import DataError


@dataclass(frozen=True)
class SpeakerItem:
    """A waveform, (N,) float32, and the class of who speaks."""

    utterance: str
    wav: torch.Tensor
    speaker: int


class SpeakerData(Dataset[SpeakerItem]):
    """A random stretch of each utterance's waveform; a shorter one is repeated until it fills it.

    A recording played at another speed has another pitch and another vocal tract: it counts as
    somebody else. At K speeds, speaker s at the k-th speed is class k * n_speakers + s.

    Attributes:
        names: the utterances.

    Args:
        contract: says the sample rate and the hop.
        segment_frames: length of an item, in hops.
        speakers: names whose place is the speaker's id.
        speeds: to draw from.
    Raises:
        DataError: files that do not belong together; fewer than two speakers.

    References:
        Speaker augmentation and bandwidth extension for deep speaker embedding (Yamamoto et al.,
            2019), section 2. https://doi.org/10.21437/Interspeech.2019-1508
    """

    def __init__(
        self,
        dump_dir: str | Path,
        contract: Contract,
        segment_frames: int,
        speakers: Sequence[str],
        speeds: Sequence[float] = (1.0,),
    ) -> None:
        assert segment_frames > 0, f"segments of {segment_frames} frames"
        dump_dir = Path(dump_dir)
        if len(speakers) * len(speeds) < 2:
            raise DataError(
                f"{dump_dir}: speech of one speaker, and telling speakers apart is learned from "
                "many; add some, the more the better"
            )
        self._wavs = read_table(dump_dir / "wav.scp")
        self.names = list(self._wavs)
        self._n_samples = [int(n) for n in self._column(dump_dir / "utt2num_samples")]
        ids = {speaker: i for i, speaker in enumerate(speakers)}
        self._speakers = [
            _id(ids, name, speaker, dump_dir)
            for name, speaker in zip(self.names, self._column(dump_dir / "utt2spk"))
        ]
        self._rate_hz = contract.sample_rate_hz
        self._segment = segment_frames * contract.hop
        self._n_speakers, self._speeds = len(speakers), tuple(speeds)

    def _column(self, path: Path) -> list[str]:
        """The values of a table, one for each utterance."""
        table = read_table(path)
        missing = [name for name in self.names if name not in table]
        if missing:
            raise DataError(f"{path}: {missing[0]} is missing; run the stages before again")
        return [table[name] for name in self.names]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, key: tuple[int, int]) -> SpeakerItem:
        index, draw = key
        rng, name = np.random.default_rng(draw), self.names[index]
        kind = int(rng.integers(len(self._speeds)))
        fast_hz = round(self._rate_hz * self._speeds[kind])
        wanted = -(-self._segment * fast_hz // self._rate_hz)
        n = min(wanted, self._n_samples[index])
        start = int(rng.integers(self._n_samples[index] - n + 1))
        wav = io.read_segment(self._wavs[name], start, n, self._rate_hz)
        wav = np.resize(resample(np.resize(wav, wanted), fast_hz, self._rate_hz), self._segment)
        speaker = kind * self._n_speakers + self._speakers[index]
        return SpeakerItem(name, torch.from_numpy(wav), speaker)

    def collate(self, items: Sequence[SpeakerItem]) -> WaveBatch:
        """Items as one batch."""
        return WaveBatch(
            tuple(item.utterance for item in items),
            torch.stack([item.wav for item in items]),
            torch.tensor([item.speaker for item in items]),
        )


def _id(ids: dict[str, int], utterance: str, speaker: str, dump_dir: Path) -> int:
    if speaker not in ids:
        raise DataError(
            f"{dump_dir / 'utt2spk'}: {utterance} is of {speaker}, who is not among the "
            f"{len(ids)} known speakers; run `tts data ids` over all dump dirs"
        )
    return ids[speaker]
