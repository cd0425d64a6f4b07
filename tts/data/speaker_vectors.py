"""Vectors that say who speaks: of speakers and of their utterances, in one safetensors file.

Tensors are named `speaker:NAME` and `utterance:NAME`, (E,) float32 of length 1; the metadata's
`encoder` is the hash of the encoder that made them, or `given` for those a person brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tts.audio import io
from tts.audio.resample import resample
from tts.errors import DataError
from tts.files import replacing, write_bytes
from tts.protocols import SpeakerEncoder

FILE = "speaker_vectors.safetensors"
ENCODER_FILE = "speaker_encoder.pt"  # a checkpoint: it travels with the vectors it made
GIVEN = "given"
LONGEST_S = 20.0  # of speech that is heard at once; longer speech is heard in equal pieces
SHORTEST_S = 0.3
QUIETEST = 1e-4  # -80 dB: the highest sample of what is called silence


@dataclass(frozen=True)
class SpeakerVectors:
    """Who the speakers are, in numbers.

    Attributes:
        speakers: name to vector (E,) float32 of length 1: of an encoder, the mean over utterances.
        utterances: the same of utterances; empty for vectors that were given.
        encoder: the hash of the encoder, or `given`.
    """

    speakers: dict[str, np.ndarray]
    utterances: dict[str, np.ndarray] = field(default_factory=dict)
    encoder: str = GIVEN

    @property
    def size(self) -> int:
        """E, numbers of a vector."""
        return len(next(iter(self.speakers.values())))


def unit(vector: np.ndarray, where: str) -> np.ndarray:
    """A vector at length 1, float32.

    Raises:
        DataError: no row of numbers, not finite, or zero.
    """
    try:
        vector = np.asarray(vector, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{where}: not a row of numbers; give one vector a speaker") from None
    if vector.ndim == 2 and 1 in vector.shape:
        vector = vector.reshape(-1)
    if vector.ndim != 1 or vector.size < 2:
        shape = " x ".join(map(str, vector.shape)) or "one number"
        raise DataError(f"{where}: {shape}, expected one row of two numbers at least")
    if not np.isfinite(vector).all():
        first = int(np.argmin(np.isfinite(vector)))
        raise DataError(f"{where}: number {first + 1} is {vector[first]}; make the vector again")
    norm = np.linalg.norm(vector)
    if norm == 0:
        raise DataError(f"{where}: all numbers are zero, which says nothing; make it again")
    return (vector / norm).astype(np.float32)


def of_speakers(
    utterances: Mapping[str, np.ndarray], utt2spk: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Each speaker's mean over utterances, at length 1, by name in order."""
    groups: dict[str, list[np.ndarray]] = {}
    for name, vector in utterances.items():
        groups.setdefault(utt2spk[name], []).append(vector)
    return {
        name: unit(np.mean(vectors, axis=0, dtype=np.float64), f"the mean vector of {name}")
        for name, vectors in sorted(groups.items())
    }


class TellsNothing(DataError):
    """A recording that is too short, or silent."""


@torch.inference_mode()
def embed(encoder: SpeakerEncoder, wav: np.ndarray, name: str = "the recording") -> np.ndarray:
    """Who speaks in wav (N,) at the rate of the encoder's contract: (E,) float32 of length 1.

    Speech of more than 20 s is heard in equal pieces, whose vectors are averaged.

    Args:
        name: what messages call it.
    Raises:
        TellsNothing: less than 0.3 s, or silence.
    """
    rate_hz = encoder.contract.sample_rate_hz
    if len(wav) < SHORTEST_S * rate_hz:
        raise TellsNothing(
            f"{name}: {len(wav) / rate_hz:.2f} s are too short to tell who speaks; give "
            f"{SHORTEST_S} s at least, better 3"
        )
    if np.abs(wav).max() < QUIETEST:
        raise TellsNothing(f"{name}: silence; give a recording of speech")
    n_pieces = int(np.ceil(len(wav) / (LONGEST_S * rate_hz)))
    device = next(iter(encoder.parameters())).device
    pieces = [torch.from_numpy(np.ascontiguousarray(p)) for p in np.array_split(wav, n_pieces)]
    found = [encoder.embed(piece[None].to(device))[0].float().cpu().numpy() for piece in pieces]
    return unit(np.mean(found, axis=0), name)


def embed_file(encoder: SpeakerEncoder, path: str | Path) -> np.ndarray:
    """Who speaks in an audio file of any rate: (E,) float32 of length 1.

    Raises:
        DataError: it cannot be read, is too short, or silent.
    """
    samples, rate_hz = io.read(path)
    wanted_hz = encoder.contract.sample_rate_hz
    return embed(encoder, resample(samples, rate_hz, wanted_hz), str(path))


def write(vectors: SpeakerVectors, path: str | Path) -> None:
    """Write the file, atomically."""
    tensors = {f"speaker:{name}": vector for name, vector in vectors.speakers.items()}
    tensors |= {f"utterance:{name}": vector for name, vector in vectors.utterances.items()}
    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary, {"encoder": vectors.encoder})
        except SafetensorError as error:  # how its writer reports a full disk
            raise OSError(str(error)) from None


def read(path: str | Path) -> SpeakerVectors:
    """Read the file.

    Raises:
        DataError: it is missing, damaged, or holds something else.
    """
    if not Path(path).is_file():
        raise DataError(
            f"{path}: no such file; make it with `tts extract DUMP --speakers EXP`, or bring your "
            "own vectors with `tts data vectors`"
        )
    groups: dict[str, dict[str, np.ndarray]] = {"speaker": {}, "utterance": {}}
    try:
        with safe_open(path, "numpy") as file:
            encoder = (file.metadata() or {}).get("encoder", GIVEN)
            for key in file.keys():  # noqa: SIM118 (it is no mapping)
                kind, _, name = key.partition(":")
                groups[kind][name] = unit(file.get_tensor(key), f"{path}: {key}")
    except (OSError, SafetensorError, KeyError) as error:
        raise DataError(
            f"{path}: not vectors of speakers ({error}); make it again with `tts extract`"
        ) from None
    found = SpeakerVectors(groups["speaker"], groups["utterance"], encoder)
    _check_sizes([*found.speakers.items(), *found.utterances.items()], path)
    if not found.speakers:
        raise DataError(f"{path}: holds no speaker; make it again with `tts extract`")
    return found


def copy(path: str | Path, folder: str | Path) -> None:
    """Copy the file, and the encoder that lies beside it where there is one, into a folder."""
    there = Path(path)
    write_bytes(Path(folder) / FILE, there.read_bytes())
    encoder, own = there.with_name(ENCODER_FILE), Path(folder) / ENCODER_FILE
    if encoder.is_file() and read(path).encoder != GIVEN:
        write_bytes(own, encoder.read_bytes())
    else:
        own.unlink(missing_ok=True)


def _check_sizes(vectors: Iterable[tuple[str, np.ndarray]], source: str | Path) -> None:
    """Refuse vectors of several sizes."""
    first: tuple[str, int] | None = None
    for name, vector in vectors:
        first = first or (name, len(vector))
        if len(vector) != first[1]:
            raise DataError(
                f"{source}: {name} has {len(vector)} numbers, {first[0]} has {first[1]}; "
                "all vectors must be of one kind"
            )


def import_given(files: Iterable[str | Path], out: str | Path) -> SpeakerVectors:
    """Read vectors that a person brings, and write them as the file of vectors `out`."""
    found = read_given(files)
    write(found, out)
    return found


def read_given(files: Iterable[str | Path]) -> SpeakerVectors:
    """Vectors that a person brings, each put at length 1.

    A `.npy` file holds the vector of the speaker that it is named after, a `.npz` file one a
    speaker by name; any other file is text with a line `name v1 v2 …` a speaker, columns parted by
    commas, tabs or spaces, where a first line that has no numbers is a heading.

    Raises:
        DataError: one line naming file and line: no numbers, another length, a name twice.
    """
    found: dict[str, np.ndarray] = {}
    for file in files:
        path = Path(file)
        for name, vector in _reader(path)(path):
            where = f"{path}: {name}"
            if name in found:
                raise DataError(f"{where}: is given twice; keep one of the two")
            found[name] = unit(vector, where)
    if not found:
        raise DataError("no file of vectors; name one: .npy, .npz, .csv or .tsv")
    _check_sizes(found.items(), "the vectors given")
    return SpeakerVectors(found)


def _reader(path: Path) -> Callable[[Path], list[tuple[str, np.ndarray]]]:
    if not path.is_file():
        what = "is a folder; name the files in it" if path.is_dir() else "no such file"
        raise DataError(f"{path}: {what}")
    return _from_numpy if path.suffix.lower() in {".npy", ".npz"} else _from_text


def _from_numpy(path: Path) -> list[tuple[str, np.ndarray]]:
    try:
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return [(path.stem, content)]
        return [(name, content[name]) for name in content.files]
    except (OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: not an array of numbers ({reason}); save it again") from None


def _from_text(path: Path) -> list[tuple[str, np.ndarray]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a text file ({error}); give .csv, .tsv or .npy") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        name, *values = line.replace(",", " ").split() or [""]
        if not name:
            continue
        try:
            rows.append((name, np.array([float(value) for value in values])))
        except ValueError:
            if number == 1:
                continue  # a heading
            raise DataError(
                f"{path}:{number}: expected a name and then numbers, got {line[:60]!r}"
            ) from None
        if len(values) != len(rows[0][1]):
            raise DataError(
                f"{path}:{number}: {name} has {len(values)} numbers, {rows[0][0]} has "
                f"{len(rows[0][1])}; all vectors must be of one kind"
            )
    return rows
