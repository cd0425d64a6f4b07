"""Frames of a bridge in a dump dir: one .npy file an utterance, their table, their contract.

`feats.scp` holds `utterance path.npy` (float32, (C, T)), `utt2num_frames` their lengths,
`contract.json` what they are, and `stats.json` their mean and standard deviation by row. Frames of
another name lie beside these: in `NAME.scp`, `NAME.utt2num_frames`, and so on.

Where a bridge gives distributions, a file holds means over logarithms of standard deviations,
(2 C, T), and whoever trains on them draws samples: so each epoch sees others, and no encoder needs
to run again. A file of C rows is used as it is.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tts.config import parse, to_tree
from tts.contracts import Contract, differences
from tts.data.jobs import Journal, run_all, stamp
from tts.data.sources import read_source
from tts.data.tables import read_table, write_table
from tts.errors import ContractError, DataError
from tts.files import write_bytes, write_text

DEFAULT = "feats"  # the name of the frames that no name is given for


@dataclass(frozen=True)
class Places:
    """Where frames lie in a dump dir, and what describes them."""

    files: Path
    scp: Path
    lengths: Path
    statistics: Path
    contract: Path

    @classmethod
    def of(cls, dump_dir: str | Path, name: str = DEFAULT) -> Places:
        """The places of the frames of a name; `feats.scp` is that of the frames `feats`."""
        folder, name = Path(dump_dir), name.removesuffix(".scp")
        start = "" if name == DEFAULT else f"{name}."
        return cls(
            folder / name,
            folder / f"{name}.scp",
            *(folder / f"{start}{rest}" for rest in ("utt2num_frames", "stats.json")),
            folder / f"{start}contract.json",
        )


@dataclass(frozen=True)
class Written:
    """How many utterances have frames now, how many of them had before, and how many frames."""

    n_utterances: int
    n_skipped: int
    n_frames: int


def write_features(
    dump_dir: str | Path,
    encode: Callable[[np.ndarray], np.ndarray],
    contract: Contract,
    *,
    name: str = DEFAULT,
    n_jobs: int = 1,
) -> Written:
    """Encode every utterance of a dump dir; those which are done already are skipped.

    Args:
        dump_dir: holds `wav.scp`, one wav file an utterance.
        encode: wav (N,) float32 to frames (C, T), or means over log-stds (2 C, T); called from
            `n_jobs` threads at once.
        contract: what `encode` makes.
        name: of the frames.
    Raises:
        DataError: a wav or its frames cannot be used, or the disk is full.
    """
    dump_dir, places = Path(dump_dir), Places.of(dump_dir, name)
    wavs = read_table(dump_dir / "wav.scp")
    places.files.mkdir(exist_ok=True)
    files = {utterance: places.files / f"{utterance}.npy" for utterance in wavs}
    journal = Journal(places.files / ".done")
    described = json.dumps(to_tree(contract))
    stamps = {utterance: stamp(described, Path(wav)) for utterance, wav in wavs.items()}

    def work(utterance: str) -> tuple[str, int]:
        where = f"{dump_dir / 'wav.scp'}: {utterance}"
        wav, _ = read_source(wavs[utterance], where, rate_hz=contract.sample_rate_hz)
        frames = np.asarray(encode(wav), dtype=np.float32)
        _check_made(frames, contract.n_frames(len(wav)), utterance, contract)
        save_frames(files[utterance], frames)
        journal.mark(utterance, stamps[utterance], frames.shape[1])
        return utterance, frames.shape[1]

    found = {u: journal.value(u, stamps[u], files[u]) for u in wavs}
    n_frames = {u: n for u, n in found.items() if n is not None}
    todo = [u for u in wavs if u not in n_frames]
    if todo:  # until all frames are of this contract, there are none to be seen
        places.scp.unlink(missing_ok=True)
    for utterance, n in run_all(work, todo, f"frames of {dump_dir}", n_jobs=n_jobs):
        n_frames[utterance] = n
    finish(places, contract, files, n_frames)
    return Written(len(wavs), len(wavs) - len(todo), sum(n_frames.values()))


def save_frames(path: Path, frames: np.ndarray) -> None:
    """Write frames (C, T) as float32, atomically."""
    content = io.BytesIO()
    np.save(content, np.asarray(frames, dtype=np.float32))
    write_bytes(path, content.getvalue())


def check_contract(path: Path, wanted: Contract) -> None:
    """Refuse frames that are not of the contract wanted.

    Args:
        path: the file of their contract.
    Raises:
        ContractError: names the fields which differ, with both values.
    """
    different = differences(read_contract(path), wanted)
    if different:
        listed = ", ".join(f"{k} {a!r} where {b!r} is wanted" for k, (a, b) in different.items())
        raise ContractError(f"{path}: {listed}; run `tts extract` again with this configuration")


def read_contract(path: Path) -> Contract:
    """What the frames of a dump dir are.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); run `tts extract` on {path.parent}"
        ) from None
    return parse(Contract, tree, str(path))


def feature_files(scp: Path) -> dict[str, Path]:
    """Utterance to the .npy file of its frames, from `feats.scp` or another such table."""
    if not scp.exists():
        raise DataError(f"{scp}: no such file; run `tts extract` on {scp.parent} first")
    return {utterance: Path(path) for utterance, path in read_table(scp).items()}


def load_frames(name: str, path: Path, contract: Contract) -> np.ndarray:
    """Frames (C, T), or means over log-stds (2 C, T), mapped from the file."""
    try:
        frames = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file (frames of {name}); run `tts extract` again"
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: not a .npy of numbers ({error}); run `tts extract` again"
        ) from None
    if frames.ndim != 2 or frames.shape[0] not in _rows(contract) or frames.shape[1] < 1:
        shape = " x ".join(map(str, frames.shape))
        raise DataError(
            f"{path}: frames of {name} are {shape}, expected {contract.channels} channels x T; "
            "run `tts extract` again, or use the contract which made them"
        )
    if frames.dtype != np.float32:
        raise DataError(f"{path}: frames of {name} are {frames.dtype}; save them as float32")
    return frames


def sampled(frames: np.ndarray, contract: Contract, rng: np.random.Generator) -> np.ndarray:
    """Frames (C, T) as they are; of means over log-stds (2 C, T), a sample, (C, T)."""
    if len(frames) == contract.channels:
        return frames
    mean, log_std = np.split(frames, 2)
    return mean + np.exp(log_std) * rng.standard_normal(mean.shape, dtype=np.float32)


def _rows(contract: Contract) -> tuple[int, ...]:
    """How many rows a file of frames may have."""
    channels = contract.channels
    return (channels, 2 * channels) if contract.kind == "latent" else (channels,)


def _check_made(frames: np.ndarray, n_frames: int, utterance: str, contract: Contract) -> None:
    made, wanted = frames.shape, f"{contract.channels} x {n_frames}"
    fits = made[0] in _rows(contract) and made[1:] == (n_frames,)
    assert fits, f"encode made {made} of {utterance}, expected {wanted}"
    if n_frames < 1:
        raise DataError(
            f"{utterance}: shorter than one hop of {contract.hop} samples; drop it with "
            f"`tts data filter IN OUT --drop {utterance}`"
        )
    if not np.isfinite(frames).all():
        raise DataError(f"{utterance}: its frames are not finite; check the encoder's weights")


def finish(
    places: Places, contract: Contract, files: dict[str, Path], n_frames: dict[str, int]
) -> None:
    """Write what describes frames, and then the table which makes them visible."""
    write_table(places.lengths, n_frames)
    write_text(places.statistics, json.dumps(_statistics(files, contract)) + "\n")
    write_text(places.contract, json.dumps(to_tree(contract), indent=2) + "\n")
    write_table(places.scp, files)


def _statistics(files: dict[str, Path], contract: Contract) -> dict[str, object]:
    """Mean and standard deviation of every row over all frames, in float64."""
    n, total, squares = 0, 0.0, 0.0
    for utterance, path in files.items():
        frames = load_frames(utterance, path, contract).astype(np.float64)
        n += frames.shape[1]
        total = total + frames.sum(axis=1)
        squares = squares + np.square(frames).sum(axis=1)
    mean = total / n
    deviation = np.sqrt(np.maximum(squares / n - np.square(mean), 0))
    return {
        "n_utterances": len(files),
        "n_frames": n,
        "mean": mean.tolist(),
        "std": deviation.tolist(),
    }
