"""Who speaks in recordings: the vectors of a trained encoder, beside the dump dirs they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tts import build, checkpoint
from tts.build import Loaded
from tts.checkpoint import Checkpoint
from tts.config import to_tree
from tts.data.jobs import run_all
from tts.data.speaker_vectors import (
    ENCODER_FILE,
    FILE,
    SpeakerVectors,
    TellsNothing,
    embed_file,
    of_speakers,
    write,
)
from tts.data.tables import read_table
from tts.errors import ConfigError, DataError
from tts.metrics.verification import Verification, verify
from tts.nn.precision import default_device


@dataclass(frozen=True)
class Heard:
    """What was written, and how well the vectors tell these speakers apart, where pairs tell.

    `n_left_out` utterances were too short, or silent.
    """

    path: Path
    n_utterances: int
    n_left_out: int
    n_speakers: int
    verification: Verification | None

    def as_text(self) -> str:
        """For people."""
        text = f"{self.n_utterances} vectors of {self.n_speakers} speakers in {self.path}"
        if self.n_left_out:
            text += f" ({self.n_left_out} utterances left out: too short, or silent)"
        if self.verification is None:
            return text
        v = self.verification
        return (
            f"{text}; cosine {v.same:.2f} within a speaker, {v.other:.2f} across, equal error "
            f"rate {100 * v.equal_error_rate:.1f} %"
        )


def extract_speakers(dirs: Sequence[str | Path], encoder: str | Path, *, n_jobs: int = 1) -> Heard:
    """Write who speaks in dump dirs of one folder: `speaker_vectors.safetensors` in that folder.

    It holds each utterance's vector and each speaker's mean; beside it lies the encoder.

    Args:
        dirs: dump dirs, or data dirs of audio files; each holds `wav.scp` and `utt2spk`.
        encoder: a trained encoder of speakers.
        n_jobs: threads.
    Raises:
        TTSError: dirs of several folders, or data that cannot be used.
    """
    homes = {Path(folder).resolve().parent for folder in dirs}
    if len(homes) != 1:
        raise ConfigError(
            f"extract: {', '.join(map(str, dirs))} lie in {len(homes)} folders, and the vectors "
            "of all go into one file: extract each folder on its own"
        )
    loaded = build.load(encoder, "speaker")
    model = loaded.model.to(default_device()).requires_grad_(False)
    wavs, utt2spk = _tables(dirs)

    def work(name: str) -> tuple[str, np.ndarray | None]:
        try:
            return name, embed_file(model, wavs[name])
        except TellsNothing:
            return name, None
        except DataError as error:
            raise DataError(f"{name}: {error}") from None

    found = dict(run_all(work, list(wavs), "speakers", n_jobs=n_jobs))
    utterances = {name: found[name] for name in sorted(found) if found[name] is not None}
    if not utterances:
        raise DataError(f"{dirs[0]}: every utterance is too short to tell who speaks, or silent")
    made_by = build.encoder_hash(model.state_dict(), within="")
    vectors = SpeakerVectors(of_speakers(utterances, utt2spk), utterances, made_by)
    home = Path(dirs[0]).parent
    _save_encoder(loaded, home / ENCODER_FILE)
    write(vectors, home / FILE)
    told = verify(list(utterances.values()), [utt2spk[name] for name in utterances])
    n_left_out = len(found) - len(utterances)
    return Heard(home / FILE, len(utterances), n_left_out, len(vectors.speakers), told)


def _tables(dirs: Sequence[str | Path]) -> tuple[dict[str, str], dict[str, str]]:
    """Utterance to audio file and to speaker, of all dirs."""
    wavs: dict[str, str] = {}
    utt2spk: dict[str, str] = {}
    for folder in map(Path, dirs):
        own, speakers = read_table(folder / "wav.scp"), read_table(folder / "utt2spk")
        for name in own:
            if name in wavs:
                raise DataError(f"{folder / 'wav.scp'}: {name} is in another of the dirs already")
            if name not in speakers:
                raise DataError(f"{folder / 'utt2spk'}: {name} is missing; say who speaks it")
        wavs |= own
        utt2spk |= {name: speakers[name] for name in own}
    return wavs, utt2spk


def _save_encoder(loaded: Loaded, path: Path) -> None:
    """The encoder as a finished model, without what only training needs."""
    weights = {name: tensor.cpu() for name, tensor in loaded.model.state_dict().items()}
    contract = to_tree(loaded.contract)
    content = Checkpoint(loaded.step, loaded.role, loaded.section, contract, loaded.sizes, weights)
    checkpoint.save(content, path)
