"""What models are trained on: torch datasets over a dump dir.

A dump dir holds a data dir's `wav.scp utt2spk`, and `text.phn` (utterance and its symbols),
the frames of one or more bridges, each with its contract (`tts.data.features`).
Items are asked for by `(index, draw)`: all that is random about an item comes from the int `draw`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import Dataset

from tts.audio import io, mel
from tts.contracts import AcousticBatch, Contract, VocoderBatch, WaveBatch
from tts.data.features import Places, check_contract, feature_files, load_frames, sampled
from tts.data.speaker_vectors import SpeakerVectors
from tts.data.tables import read_table
from tts.errors import DataError


class SymbolTable(Protocol):
    """The part of a text frontend that a dataset needs."""

    def ids(self, symbols: Sequence[str]) -> list[int]:
        """Token ids of symbols."""


@dataclass(frozen=True)
class AcousticItem:
    """One utterance: tokens (L,) int64, frames (C, T) float32, and who speaks.

    That is an id, a scalar int64, or a vector (E,) float32; None for one speaker. The durations
    are the frames of each token, (L,) int64, where they are known.
    """

    utterance: str
    tokens: torch.Tensor
    frames: torch.Tensor
    speaker: torch.Tensor | None
    durations: torch.Tensor | None = None


@dataclass(frozen=True)
class VocoderItem:
    """Frames (C, T) float32, the waveform under them, (T * hop,) float32, and who speaks.

    Who speaks is said as in an AcousticItem, where it is said at all.
    """

    utterance: str
    frames: torch.Tensor
    wav: torch.Tensor
    speaker: torch.Tensor | None = None


@dataclass(frozen=True)
class WaveItem:
    """A waveform, (N,) float32."""

    utterance: str
    wav: torch.Tensor


class AcousticData(Dataset[AcousticItem]):
    """Tokens and frames of the utterances of a dump dir; a latent is a sample, another each draw.

    Attributes:
        names: the utterances; lengths: their frames.

    Args:
        frontend: turns symbols into ids.
        contract: what the frames must be.
        speakers: names whose place is the speaker's id; None for one speaker.
        vectors: say who speaks instead of ids: one draw in two is the utterance's own, where there
            is one, and the other its speaker's, so that a model learns to take either.
        feats: the table of feature files, in the dump dir.
        frame_group: frames are used in groups of so many, and a rest is dropped.
        durations: the table of each token's frames, in the dump dir; None where the model aligns.
    Raises:
        ContractError: the dump dir holds other frames.
        DataError: files that do not belong together; fewer frames than tokens.
    """

    def __init__(
        self,
        dump_dir: str | Path,
        frontend: SymbolTable,
        contract: Contract,
        speakers: Sequence[str] | None = None,
        *,
        vectors: SpeakerVectors | None = None,
        feats: str = "feats.scp",
        frame_group: int = 1,
        durations: str | None = None,
    ) -> None:
        dump_dir, places = Path(dump_dir), Places.of(dump_dir, feats)
        self._files = feature_files(places.scp)
        check_contract(places.contract, contract)
        self._contract = contract
        self.names = list(self._files)
        self.lengths = _lengths(self._files, contract)
        self._tokens = _token_ids(dump_dir / "text.phn", self.names, frontend)
        self._speakers = _speakers(dump_dir / "utt2spk", self.names, speakers, vectors)
        for name, tokens, n_frames in zip(self.names, self._tokens, self.lengths):
            _refuse_too_short(name, len(tokens), n_frames, frame_group)
        self._durations: list[np.ndarray] | None = None
        if durations is not None:
            usable = [n // frame_group * frame_group for n in self.lengths]
            n_tokens = [len(tokens) for tokens in self._tokens]
            self._durations = _durations(dump_dir / durations, self.names, n_tokens, usable)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, key: tuple[int, int]) -> AcousticItem:
        index, draw = key
        name = self.names[index]
        stored = np.array(load_frames(name, self._files[name], self._contract))
        rng = np.random.default_rng(draw)
        frames = sampled(stored, self._contract, rng)
        return AcousticItem(
            utterance=name,
            tokens=torch.from_numpy(self._tokens[index].astype(np.int64)),
            frames=torch.from_numpy(frames),
            speaker=None if self._speakers is None else _one_of(self._speakers[index], rng),
            durations=None
            if self._durations is None
            else torch.from_numpy(self._durations[index].astype(np.int64)),
        )

    def collate(self, items: Sequence[AcousticItem]) -> AcousticBatch:
        """Items as one batch, padded with zeros."""
        known, given = self._speakers is not None, self._durations is not None
        return AcousticBatch(
            utterances=tuple(item.utterance for item in items),
            tokens=_stack([item.tokens for item in items]),
            token_lens=torch.tensor([len(item.tokens) for item in items]),
            frames=_stack([item.frames for item in items]),
            frame_lens=torch.tensor([item.frames.shape[-1] for item in items]),
            speakers=torch.stack([item.speaker for item in items]) if known else None,
            durations=_stack([item.durations for item in items]) if given else None,
        )


class VocoderData(Dataset[VocoderItem]):
    """Frames and the waveform under them: a random segment of each utterance, or the whole.

    An utterance shorter than the segment is padded: the wav with zeros, a mel with frames of
    silence, a latent with its last frame.

    Attributes:
        names: the utterances; lengths: their frames.

    Args:
        contract: what the frames must be.
        segment_frames: frames of an item.
        speakers, vectors: as for AcousticData, for a vocoder that is told who speaks.
        feats: the table of feature files, in the dump dir.
        whole: give whole utterances instead.
    Raises:
        ContractError: the dump dir holds other frames.
        DataError: files that do not belong together.
    """

    def __init__(
        self,
        dump_dir: str | Path,
        contract: Contract,
        segment_frames: int,
        speakers: Sequence[str] | None = None,
        *,
        vectors: SpeakerVectors | None = None,
        feats: str = "feats.scp",
        whole: bool = False,
    ) -> None:
        assert segment_frames > 0, f"segments of {segment_frames} frames"
        dump_dir, places = Path(dump_dir), Places.of(dump_dir, feats)
        self._files = feature_files(places.scp)
        check_contract(places.contract, contract)
        self._wavs = _select(dump_dir / "wav.scp", list(self._files))
        self._contract, self._segment, self._whole = contract, segment_frames, whole
        self.names = list(self._files)
        self.lengths = _lengths(self._files, contract)
        lengths = dict(zip(self.names, self.lengths))
        _refuse_too_long(dump_dir / "utt2num_samples", lengths, contract)
        self._speakers = _speakers(dump_dir / "utt2spk", self.names, speakers, vectors)
        self._silence = mel.silence(contract) if contract.kind == "mel" else None

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, key: tuple[int, int]) -> VocoderItem:
        index, draw = key
        name, n_frames, hop = self.names[index], self.lengths[index], self._contract.hop
        wanted = n_frames if self._whole else self._segment
        n, rng = min(wanted, n_frames), np.random.default_rng(draw)
        start = int(rng.integers(n_frames - n + 1))
        stored = load_frames(name, self._files[name], self._contract)[:, start : start + n]
        frames = sampled(np.array(stored), self._contract, rng)
        rate_hz = self._contract.sample_rate_hz
        wav = io.read_segment(self._wavs[name], start * hop, n * hop, rate_hz)
        return VocoderItem(
            utterance=name,
            frames=self._lengthen(torch.from_numpy(frames), wanted),
            wav=F.pad(torch.from_numpy(wav), (0, (wanted - n) * hop)),
            speaker=None if self._speakers is None else _one_of(self._speakers[index], rng),
        )

    def collate(self, items: Sequence[VocoderItem]) -> VocoderBatch:
        """Items as one batch; whole utterances are padded to the longest, as short ones are."""
        longest = max(item.frames.shape[-1] for item in items)
        known = self._speakers is not None
        return VocoderBatch(
            utterances=tuple(item.utterance for item in items),
            frames=torch.stack([self._lengthen(item.frames, longest) for item in items]),
            wav=_stack([item.wav for item in items]),
            speakers=torch.stack([item.speaker for item in items]) if known else None,
        )

    def _lengthen(self, frames: torch.Tensor, n: int) -> torch.Tensor:
        """Frames (C, T) lengthened to (C, n)."""
        last = frames[:, -1] if self._silence is None else self._silence
        return torch.cat([frames, last[:, None].expand(-1, n - frames.shape[1])], dim=1)


class WaveData(Dataset[WaveItem]):
    """A random segment of each utterance's waveform; a shorter one is padded with zeros.

    Attributes:
        names: the utterances.

    Args:
        contract: says the sample rate and the hop.
        segment_frames: length of an item, in hops.
    Raises:
        DataError: files that do not belong together.
    """

    def __init__(self, dump_dir: str | Path, contract: Contract, segment_frames: int) -> None:
        assert segment_frames > 0, f"segments of {segment_frames} frames"
        dump_dir = Path(dump_dir)
        self._wavs = read_table(dump_dir / "wav.scp")
        self.names = list(self._wavs)
        samples = _select(dump_dir / "utt2num_samples", self.names)
        self._n_samples = [int(samples[name]) for name in self.names]
        self._rate_hz = contract.sample_rate_hz
        self._segment = segment_frames * contract.hop

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, key: tuple[int, int]) -> WaveItem:
        index, draw = key
        name, n = self.names[index], min(self._segment, self._n_samples[index])
        start = int(np.random.default_rng(draw).integers(self._n_samples[index] - n + 1))
        wav = torch.from_numpy(io.read_segment(self._wavs[name], start, n, self._rate_hz))
        return WaveItem(name, F.pad(wav, (0, self._segment - n)))

    def collate(self, items: Sequence[WaveItem]) -> WaveBatch:
        """Items as one batch."""
        return WaveBatch(
            tuple(item.utterance for item in items), torch.stack([item.wav for item in items])
        )


def _lengths(files: Mapping[str, Path], contract: Contract) -> list[int]:
    """Number of frames of each file, from its head."""
    return [load_frames(name, path, contract).shape[1] for name, path in files.items()]


def _refuse_too_long(path: Path, lengths: Mapping[str, int], contract: Contract) -> None:
    samples = _select(path, list(lengths))
    for name, n_frames in lengths.items():
        most = contract.n_frames(int(samples[name]))
        if n_frames > most:
            raise DataError(
                f"{path}: {name} has {n_frames} frames, and its {samples[name]} samples make "
                f"{most}; the frames are of other audio: run `tts extract` again"
            )


def _select(path: Path, names: Sequence[str]) -> dict[str, str]:
    """The entries of a table for these utterances."""
    table = read_table(path)
    missing = [name for name in names if name not in table]
    if missing:
        raise DataError(
            f"{path}: {missing[0]} is missing ({len(missing)} utterances have frames and no line "
            "there); run the stages before again"
        )
    return {name: table[name] for name in names}


def _token_ids(path: Path, names: Sequence[str], frontend: SymbolTable) -> list[np.ndarray]:
    """Token ids of each utterance; int32, to hold a large corpus in little memory."""
    symbols = _select(path, names)
    return [np.asarray(frontend.ids(symbols[n].split()), dtype=np.int32) for n in names]


def _durations(
    path: Path, names: Sequence[str], n_tokens: Sequence[int], n_frames: Sequence[int]
) -> list[np.ndarray]:
    """The frames of each token of each utterance, which must add up to all of them."""
    table, found = _select(path, names), []
    for name, tokens, frames in zip(names, n_tokens, n_frames):
        try:
            row = np.array(table[name].split(), dtype=np.int32)
        except (ValueError, OverflowError):
            raise DataError(
                f"{path}: {name}: expected whole numbers, the frames of each token"
            ) from None
        if len(row) != tokens or row.sum() != frames or row.min() < 0:
            raise DataError(
                f"{path}: {name} has {len(row)} durations of {row.sum()} frames together, for "
                f"{tokens} tokens and {frames} frames; run `tts extract --durations` again"
            )
        found.append(row)
    return found


def _speakers(
    path: Path,
    names: Sequence[str],
    speakers: Sequence[str] | None,
    vectors: SpeakerVectors | None,
) -> list[list[torch.Tensor]] | None:
    """What may be said of who speaks each utterance: vectors, or one id; None for one speaker."""
    if vectors is not None:
        return _speaker_rows(path, names, vectors)
    return _as_rows(_speaker_ids(path, names, speakers))


def _speaker_ids(
    path: Path, names: Sequence[str], speakers: Sequence[str] | None
) -> list[int] | None:
    if speakers is None:
        return None
    ids = {speaker: i for i, speaker in enumerate(speakers)}
    utt2spk = _select(path, names)
    for name, speaker in utt2spk.items():
        if speaker not in ids:
            raise DataError(
                f"{path}: {name} is of {speaker}, who is not among the {len(ids)} known speakers; "
                "run `tts data ids` over all dump dirs"
            )
    return [ids[utt2spk[name]] for name in names]


def _as_rows(ids: list[int] | None) -> list[list[torch.Tensor]] | None:
    return None if ids is None else [[torch.tensor(i)] for i in ids]


def _speaker_rows(
    path: Path, names: Sequence[str], vectors: SpeakerVectors
) -> list[list[torch.Tensor]]:
    """The vectors that say who speaks each utterance: its own, and its speaker's."""
    utt2spk = _select(path, names)
    rows = []
    for name in names:
        there = vectors.utterances.get(name), vectors.speakers.get(utt2spk[name])
        found = [torch.from_numpy(vector) for vector in there if vector is not None]
        if not found:
            raise DataError(
                f"{path}: {name} is of {utt2spk[name]}, and neither has a vector among those of "
                f"{len(vectors.speakers)} speakers; run `tts extract --speakers` over all dump "
                "dirs, or add it to the file given"
            )
        rows.append(found)
    return rows


def _one_of(rows: list[torch.Tensor], rng: np.random.Generator) -> torch.Tensor:
    return rows[0] if len(rows) == 1 else rows[rng.integers(len(rows))]


def _refuse_too_short(name: str, n_tokens: int, n_frames: int, frame_group: int) -> None:
    usable = n_frames // frame_group * frame_group
    if n_tokens == 0 or usable < n_tokens:
        raise DataError(
            f"utterance {name} has {usable} frames for {n_tokens} tokens, and every token takes "
            "one at least: check that its text and audio belong together first; otherwise drop it "
            f"with `tts data filter IN OUT --drop {name}`"
        )


def _stack(rows: Sequence[torch.Tensor]) -> torch.Tensor:
    """Rows of different length in the last dimension as one tensor, padded with zeros."""
    longest = max(row.shape[-1] for row in rows)
    return torch.stack([F.pad(r, (0, longest - r.shape[-1])) for r in rows])
