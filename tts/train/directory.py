"""The directory of a run: what describes it there, and how its model is tried."""

from __future__ import annotations

from pathlib import Path

from tts import checkpoint
from tts.config import dump_yaml, to_tree
from tts.data import speaker_vectors
from tts.files import write_text
from tts.train.data import TextSide, Told
from tts.train.settings import Experiment


def prepare(exp_dir: Path, experiment: Experiment, text: TextSide | None) -> None:
    """Write what describes the run; clear away what a killed one has left half written."""
    folder = exp_dir / checkpoint.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for half_written in folder.glob(".*.pt"):
        half_written.unlink()
    write_text(exp_dir / "config.yaml", dump_yaml(to_tree(experiment)))
    if text is not None:
        text.frontend.save(exp_dir)
    told = text or Told.of(experiment)
    if text is not None or told.speakers:
        write_text(exp_dir / "speakers.txt", "".join(f"{name}\n" for name in told.speakers))
    if told.vectors is not None:
        speaker_vectors.copy(experiment.data.speaker_vectors, exp_dir)


def trial(exp_dir: Path, experiment: Experiment) -> str:
    """The command that lets a person hear what was trained."""
    role, of_latent = experiment.role, experiment.audio.kind == "latent"
    if role == "speaker":
        return f"tts extract {experiment.data.dev} --speakers {exp_dir}"
    if role == "acoustic":
        vocoder = " --vocoder BRIDGE" if of_latent else ""
        return f'tts say "It works." --voice {exp_dir}{vocoder} -o out.wav'
    bridge = " --bridge BRIDGE" if of_latent and role == "vocoder" else ""
    return f"tts vocode IN.wav --vocoder {exp_dir}{bridge} -o out.wav"
