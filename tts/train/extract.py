"""Bridge frames for training: of recordings, or as an acoustic model makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from tts import build, checkpoint
from tts.build import Loaded
from tts.config import load_yaml
from tts.data import speaker_vectors
from tts.data.dataset import AcousticData
from tts.data.features import DEFAULT, Places, Written, finish, save_frames, write_features
from tts.data.prepare import read_speaker_ids
from tts.data.tables import write_table
from tts.errors import ConfigError
from tts.nn.conv import fold
from tts.nn.precision import default_device
from tts.text.frontend import Frontend
from tts.train.data import draw
from tts.train.settings import load_contract


def extract(
    dirs: Sequence[str | Path],
    *,
    conf: str | Path | None = None,
    bridge: str | Path | None = None,
    gta: str | Path | None = None,
    name: str | None = None,
    n_jobs: int = 1,
) -> Written:
    """Write frames into dump dirs: of the recordings (`conf` or `bridge`), or teacher-forced ones.

    Args:
        conf: the YAML file whose `audio` section says which frames.
        bridge: the experiment of a learned bridge that makes them.
        gta: an acoustic experiment; its frames, along the recordings' own durations.
        name: of the frames in the dump dirs, and of their table NAME.scp; `feats` by default, and
            `gta` for teacher-forced ones.
        n_jobs: threads, for frames of recordings.
    Raises:
        TTSError: not one of conf, bridge and gta, or data that cannot be used.
    """
    if sum(source is not None for source in (conf, bridge, gta)) != 1:
        raise ConfigError("extract: give one of --conf FILE, --bridge EXP and --gta EXP")
    if gta is not None:
        done = [_teacher_forced(Path(folder), gta, name or "gta") for folder in dirs]
    else:
        model = _open_bridge(conf, bridge)
        done = [_of_recordings(Path(folder), model, name or DEFAULT, n_jobs) for folder in dirs]
    return Written(
        sum(d.n_utterances for d in done),
        sum(d.n_skipped for d in done),
        sum(d.n_frames for d in done),
    )


def extract_durations(
    dirs: Sequence[str | Path], exp: str | Path, name: str = "durations"
) -> Written:
    """Write how many frames each token of a dump dir takes, as a trained acoustic model aligns it.

    Args:
        exp: the acoustic experiment, trained on these tokens.
        name: of the table in each dump dir: utterance and its tokens' frames.
    Raises:
        TTSError: no such experiment, or data that are not of it.
    """
    loaded = build.load(exp, "acoustic")
    model = loaded.model.to(default_device())
    n_utterances = n_frames = 0
    for folder in map(Path, dirs):
        data, table = acoustic_data(folder, exp, loaded), {}
        for index, utterance in enumerate(tqdm(data.names, unit="utterance", desc=f"{folder}")):
            batch = data.collate([data[index, 0]]).to(default_device())
            durations = model.align(batch)[0].tolist()
            table[utterance] = " ".join(map(str, durations))
            n_frames += sum(durations)
        write_table(folder / name, table)
        n_utterances += len(table)
    return Written(n_utterances, 0, n_frames)


def _open_bridge(conf: str | Path | None, path: str | Path | None) -> Any:
    """The bridge that a configuration describes, or that an experiment has learned."""
    if path is None:
        return build.load_bridge(load_contract(conf))
    return fold(build.load(path, "bridge").model.to(default_device()))


def _of_recordings(folder: Path, bridge: Any, name: str, n_jobs: int) -> Written:
    device = default_device() if bridge.contract.kind == "latent" else "cpu"

    @torch.inference_mode()
    def encode(wav: np.ndarray) -> np.ndarray:
        return bridge.for_dump(torch.from_numpy(wav)[None].to(device))[0].cpu().numpy()

    return write_features(folder, encode, bridge.contract, name=name, n_jobs=n_jobs)


def _teacher_forced(folder: Path, gta: str | Path, name: str) -> Written:
    device = default_device()
    loaded = build.load(gta, "acoustic")
    model = loaded.model.to(device)
    data = acoustic_data(folder, gta, loaded)
    places = Places.of(folder, name)
    places.files.mkdir(exist_ok=True)
    files, n_frames = {}, {}
    for index, utterance in enumerate(
        tqdm(data.names, unit="utterance", desc=f"{name} of {folder}")
    ):
        seed = draw("gta", utterance)
        batch = data.collate([data[index, seed]]).to(device)
        frames = model.teacher_forced(batch, seed=seed)[0].cpu().numpy()
        files[utterance] = places.files / f"{utterance}.npy"
        save_frames(files[utterance], frames)
        n_frames[utterance] = frames.shape[1]
    finish(places, loaded.contract, files, n_frames)
    return Written(len(files), 0, sum(n_frames.values()))


def acoustic_data(folder: str | Path, exp: str | Path, loaded: Loaded) -> AcousticData:
    """The utterances of a dump dir as a trained acoustic model takes them.

    Args:
        exp: its experiment, whose configuration says which frames it was trained on.
    """
    home = checkpoint.find(exp).parent.parent
    many = loaded.sizes["n_speakers"] > 1
    by_vector = loaded.model.speaker_vector
    return AcousticData(
        folder,
        Frontend.load(home),
        loaded.contract,
        read_speaker_ids(home / "speakers.txt") if many else None,
        vectors=speaker_vectors.read(home / speaker_vectors.FILE) if by_vector else None,
        feats=load_yaml(home / "config.yaml").get("data", {}).get("feats", f"{DEFAULT}.scp"),
        frame_group=loaded.model.frame_group,
    )
