"""What a fine-tuning starts from: a model that is there already, whatever it lies in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from tts import build, checkpoint
from tts.config import load_yaml, parse
from tts.contracts import Contract
from tts.data.prepare import read_speaker_ids
from tts.errors import CheckpointError, ConfigError
from tts.text.frontend import Frontend

CARD, SPEAKERS = "voice.json", "speakers.txt"
ROLES = ("acoustic", "vocoder")
INT8_SCALE = "|scale"  # ends names of what only a voice packed in int8 has


@dataclass(frozen=True)
class Base:
    """A trained model, with what is needed to train it on.

    Attributes:
        source: what messages call it; home: its folder, where its text side lies.
        settings: its experiment's configuration, empty for a packed voice.
        sizes: what else the constructor needs.
        weights: ordinary ones, by name; a packed voice has none that only training needs.
        speakers: by id; one name or none for a model of one speaker.
    """

    source: str
    home: Path
    role: str
    section: dict[str, Any]
    contract: Contract
    settings: dict[str, Any]
    sizes: dict[str, int]
    weights: Mapping[str, torch.Tensor]
    speakers: tuple[str, ...]

    @classmethod
    def read(cls, path: str | Path, role: str | None = None) -> Base:
        """Read an experiment, a checkpoint or a packed voice.

        Args:
            role: which model of a packed voice, `acoustic` by default; otherwise what is expected.
        Raises:
            TTSError: nothing there, damaged, or a model of another role.
        """
        packed = (Path(path) / CARD).is_file()
        base = _of_voice(Path(path), role or "acoustic") if packed else _of_experiment(path)
        if base.role not in ROLES or role not in (None, base.role):
            wanted = role or " or ".join(ROLES)
            raise ConfigError(
                f"{path}: holds the {base.role} {base.section['name']}, expected: {wanted}"
            )
        return base

    def frontend(self) -> Frontend:
        """The text side of an acoustic model.

        Raises:
            TTSError: it is not there, or cannot be used.
        """
        return Frontend.load(self.home)


def _of_experiment(path: str | Path) -> Base:
    file = checkpoint.find(path)
    found = checkpoint.load(file)
    home = file.parent.parent
    conf = home / "config.yaml"
    return Base(
        source=str(path),
        home=home,
        role=found.role,
        section=found.section,
        contract=parse(Contract, found.contract, f"{file}: contract"),
        settings=load_yaml(conf) if conf.is_file() else {},
        sizes=found.sizes,
        weights=build.plain_weights(found, file),
        speakers=_speakers(home),
    )


def _of_voice(folder: Path, role: str) -> Base:
    card = folder / CARD
    try:
        part = json.loads(card.read_text(encoding="utf-8"))[role]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{card}: not a voice ({error!r}); pack it again") from None
    if part is None:
        raise ConfigError(f"{folder}: is packed without a {role}; name an experiment of one")
    file = folder / f"{role}.safetensors"
    try:
        stored = load_file(file)
        if any(name.endswith(INT8_SCALE) for name in stored):
            raise ConfigError(f"{folder}: is packed in int8; make experiments of it: `tts unpack`")
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: cannot be read ({error}); copy the voice again") from None
    return Base(
        source=str(folder),
        home=folder,
        role=part.get("role") or role,
        section=part["section"],
        contract=parse(Contract, part["contract"], f"{card}: contract"),
        settings={},
        sizes=part["sizes"],
        weights={n: t.float() if t.is_floating_point() else t for n, t in stored.items()},
        speakers=_speakers(folder),
    )


def _speakers(home: Path) -> tuple[str, ...]:
    file = home / SPEAKERS
    return tuple(read_speaker_ids(file, allow_empty=True)) if file.is_file() else ()
