"""Bridge frames for training: of recordings, or as an acoustic model makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from tts import build
from tts.bridge.mel import Model as MelBridge
from tts.data.dataset import AcousticData
from tts.data.features import Written, save_frames, write_features
from tts.data.prepare import read_speaker_ids
from tts.data.tables import write_table
from tts.errors import ConfigError
from tts.nn.precision import default_device
from tts.text.frontend import Frontend
from tts.train.data import draw
from tts.train.settings import load_contract


def extract(
    dirs: Sequence[str | Path],
    *,
    conf: str | Path | None = None,
    gta: str | Path | None = None,
    name: str = "gta",
    n_jobs: int = 1,
) -> Written:
    """Write frames into dump dirs: of the recordings (`conf`), or teacher-forced ones (`gta`).

    Args:
        conf: the YAML file whose `audio` section says which frames.
        gta: an acoustic experiment; its frames, along the recordings' own durations, go to the
            folder `name` and the table `name.scp` of each dump dir.
        n_jobs: threads, for frames of recordings.
    Raises:
        TTSError: neither or both of conf and gta, or data that cannot be used.
    """
    if (conf is None) == (gta is None):
        raise ConfigError("extract: give either --conf FILE or --gta EXPERIMENT")
    if conf is not None:
        done = [_of_recordings(Path(folder), conf, n_jobs) for folder in dirs]
    else:
        done = [_teacher_forced(Path(folder), gta, name) for folder in dirs]
    return Written(
        sum(d.n_utterances for d in done),
        sum(d.n_skipped for d in done),
        sum(d.n_frames for d in done),
    )


def _of_recordings(folder: Path, conf: str | Path, n_jobs: int) -> Written:
    bridge = MelBridge(load_contract(conf))

    def encode(wav: np.ndarray) -> np.ndarray:
        return bridge.encode(torch.from_numpy(wav)[None])[0].numpy()

    return write_features(folder, encode, bridge.contract, n_jobs=n_jobs)


def _teacher_forced(folder: Path, gta: str | Path, name: str) -> Written:
    device = default_device()
    loaded = build.load(gta, "acoustic")
    model = loaded.model.to(device)
    many = loaded.sizes["n_speakers"] > 1
    speakers = read_speaker_ids(Path(gta) / "speakers.txt") if many else None
    frontend = Frontend.load(gta)
    data = AcousticData(folder, frontend, loaded.contract, speakers, frame_group=model.frame_group)
    (folder / name).mkdir(exist_ok=True)
    files, n_frames = {}, 0
    for index, utterance in enumerate(
        tqdm(data.names, unit="utterance", desc=f"{name} of {folder}")
    ):
        batch = data.collate([data[index, 0]]).to(device)
        frames = model.teacher_forced(batch, seed=draw("gta", utterance))[0].cpu().numpy()
        files[utterance] = folder / name / f"{utterance}.npy"
        save_frames(files[utterance], frames)
        n_frames += frames.shape[1]
    write_table(folder / f"{name}.scp", files)
    return Written(len(files), 0, n_frames)
