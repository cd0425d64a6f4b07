"""Where voices lie, and what a name means."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from tts.errors import CheckpointError, TTSError
from tts.voice import hub, pack

logger = logging.getLogger(__name__)

FOLDERS_VARIABLE = "WAVEBRIDGE_VOICES"
PACKAGED = Path(__file__).parent / "packed"  # what comes with the package


@dataclass(frozen=True)
class Installed:
    """A packed voice that can be called by name."""

    name: str
    folder: Path
    sample_rate_hz: int
    speakers: tuple[str, ...]


def folders() -> list[Path]:
    """Where named voices lie: $WAVEBRIDGE_VOICES, the user's data folder, the package."""
    named = [Path(p) for p in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if p]
    data_home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return [*named, data_home / "wavebridge" / "voices", PACKAGED]


def installed() -> list[Installed]:
    """All voices that can be called by name; the first folder that has a name wins."""
    found: dict[str, Installed] = {}
    for folder in folders():
        for card in sorted(folder.glob(f"*/{pack.CARD}")):
            name = card.parent.name
            if name in found:
                continue
            try:
                about = pack.read_card(card.parent)
            except TTSError as error:  # the others can speak all the same
                logger.warning("%s", error)
                continue
            rate_hz = about.acoustic.contract.sample_rate_hz
            found[name] = Installed(name, card.parent, rate_hz, about.speakers)
    return list(found.values())


def find_voice(path: str | Path) -> Path:
    """The folder or file that a path or a name means; `hf://org/name` is fetched from the Hub.

    Raises:
        CheckpointError: there is none.
    """
    if hub.is_remote(path):
        return hub.fetch(str(path))
    if Path(path).exists():
        return Path(path)
    for voice in installed():
        if voice.name == str(path):
            return voice.folder
    names = ", ".join(v.name for v in installed()) or "none yet"
    raise CheckpointError(
        f"{path}: no such voice, experiment or checkpoint; voices that can be named: {names}"
    )


def default_voice() -> str:
    """The name of the first voice that `installed` lists.

    Raises:
        CheckpointError: there is none.
    """
    there = installed()
    if not there:
        own = folders()[-2]
        raise CheckpointError(
            f"no voice is installed; put a packed one into {own}, or name one: --voice PATH"
        )
    return there[0].name
