"""A packed voice as experiments again, to train its models on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from tts import checkpoint
from tts.config import dump_yaml, to_tree
from tts.files import making, write_text
from tts.text.frontend import Frontend
from tts.voice import pack
from tts.voice.library import find_voice


@dataclass(frozen=True)
class Unpacked:
    """The experiments that were made; no vocoder where the voice has none."""

    acoustic: Path
    vocoder: Path | None


def unpack(voice: str | Path, out: str | Path) -> Unpacked:
    """Write the models of a packed voice as `out/acoustic` and `out/vocoder`.

    They are finished models: `tts finetune` and `tts train --init` start from them, and no
    training can be resumed. Weights keep the precision that they were packed in.

    Args:
        voice: the folder, or the name of a voice.
        out: the folder to make; if it is there, it must be empty.
    Raises:
        TTSError: not a packed voice, or the folder cannot be written.
    """
    folder = find_voice(voice)
    card, models = pack.read_card(folder), pack.read(folder)
    with making(out) as made:
        acoustic = _experiment(made / "acoustic", "acoustic", card.acoustic, models.acoustic.model)
        Frontend.load(folder).save(acoustic)
        names = "".join(f"{name}\n" for name in pack.read_speakers(folder))
        write_text(acoustic / pack.SPEAKERS, names)
        if card.vocoder is not None and models.vocoder is not None:
            _experiment(made / "vocoder", "vocoder", card.vocoder, models.vocoder)
    return Unpacked(Path(out) / "acoustic", Path(out) / "vocoder" if card.vocoder else None)


def _experiment(folder: Path, role: str, part: pack.Part, model: nn.Module) -> Path:
    contract, role = to_tree(part.contract), part.role or role
    content = checkpoint.Checkpoint(
        step=part.step,
        role=role,
        section=part.section,
        contract=contract,
        sizes=dict(part.sizes),
        weights=model.state_dict(),
    )
    (folder / checkpoint.FOLDER).mkdir(parents=True)
    checkpoint.save(content, checkpoint.path_of(folder, part.step))
    write_text(folder / "config.yaml", dump_yaml({"audio": contract, role: part.section}))
    return folder
