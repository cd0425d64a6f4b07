"""Wavebridge: text to speech, and the training of every part that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tts.voice.voice import Voice

__version__ = "0.1.0"
__all__ = ["Voice", "__version__", "load"]


def load(voice: str | Path, vocoder: str | Path | None = None, **options: Any) -> Voice:
    """Load a voice: `tts.load("exp/glow_tts").say("Hello.").save("hello.wav")`.

    Args:
        voice: a packed voice, its name, an experiment directory or a checkpoint.
        vocoder: an experiment or checkpoint to use instead of the voice's own, or `griffin_lim`.
        options: `precision` and `device`, as `Voice.load` explains.
    """
    from tts.voice.voice import Voice  # torch loads here, so that `import tts` stays instant

    return Voice.load(voice, vocoder, **options)


def __getattr__(name: str) -> Any:
    if name == "Voice":
        from tts.voice.voice import Voice

        return Voice
    raise AttributeError(f"module 'tts' has no attribute {name!r}")
