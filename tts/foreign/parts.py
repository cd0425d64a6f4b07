"""What an importer of published checkpoints returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tts.contracts import Contract
from tts.foreign.reader import State
from tts.text.frontend import Frontend


@dataclass(frozen=True)
class Imported:
    """A foreign model in our terms.

    Attributes:
        section: the model's name and settings; sizes: `n_tokens`, `n_speakers`.
        weights: our state dict; n_parameters: how many numbers are learned.
        frontend: the text side of an acoustic model.
    """

    role: str
    section: dict[str, Any]
    contract: Contract
    sizes: dict[str, int]
    weights: State
    n_parameters: int
    frontend: Frontend | None = None
