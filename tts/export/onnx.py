"""A voice as ONNX graphs, with a JSON file of all that a program needs to speak with them.

    text.onnx      tokens to the prior of each and their durations in frames
    frames.onnx    prior, durations and noise to frames of the bridge
    vocoder.onnx   frames, and noise where the vocoder draws any, to samples

References:
    Open Neural Network Exchange, operator set 20. https://onnx.ai
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tts import build
from tts.contracts import join
from tts.errors import ConfigError
from tts.export import graphs, writing
from tts.export.folding import for_export
from tts.export.packages import need
from tts.files import making, refuse_used, write_text
from tts.text.frontend import Frontend
from tts.voice import pack
from tts.voice.cast import read_speakers
from tts.voice.library import find_voice

FORMAT = 1
CARD = "onnx.json"


@dataclass(frozen=True)
class Exported:
    """What an export made: the folder, and how each graph compares with torch."""

    folder: Path
    checks: dict[str, writing.Check]


def export(
    voice: str | Path, out: str | Path, vocoder: str | Path | None = None, *, int8: bool = False
) -> Exported:
    """Write a voice as ONNX graphs, each held against torch at three lengths.

    Args:
        voice: a packed voice, its name, an experiment directory, or a checkpoint in one.
        out: the folder to make; if it is there, it must be empty.
        vocoder: an experiment or checkpoint, by default the one packed with the voice.
        int8: store weights in eight bits, in the graphs where that keeps the quality.
    Raises:
        TTSError: a model cannot be exported, or a package is missing.
    """
    for package in ("onnx", "onnxscript", "onnxruntime"):
        need(package)
    refuse_used(out)
    folder = find_voice(voice)
    acoustic, spoken = _models(folder, vocoder, str(voice))
    joined = join(acoustic.contract, spoken.contract, str(voice), "the vocoder")
    home = folder if folder.is_dir() else folder.parent.parent
    model = for_export(acoustic.model)
    parts = {
        "text": graphs.Text(model),
        "frames": graphs.Frames(model),
        "vocoder": graphs.vocoder_graph(for_export(spoken.model), spoken.section["name"]),
    }
    checks: dict[str, writing.Check] = {}
    with making(out) as made:
        for name, graph in parts.items():
            path = made / f"{name}.onnx"
            checks[name] = writing.write(graph, path)
            if int8:
                checks[name] = writing.quantise(graph, path, checks[name])
        frontend = Frontend.load(home)
        frontend.save(made)
        card = {
            "format": FORMAT,
            "sample_rate_hz": spoken.contract.sample_rate_hz,
            "hop": spoken.contract.hop,
            "channels": acoustic.contract.channels,
            "temperature": acoustic.model.config.temperature,
            "symbols": list(frontend.table.symbols),
            "blank": frontend.config.blank,
            "edges": frontend.config.edges,
            "blank_id": frontend.table.blank_id,
            "language": frontend.config.language,
            "speakers": list(read_speakers(home)),
            "gain": joined.gain,
            "offset": joined.offset,
            "noise": _noise(parts["vocoder"]),
            "graphs": {
                name: {"inputs": graph.inputs, "outputs": graph.outputs, **asdict(checks[name])}
                for name, graph in parts.items()
            },
        }
        write_text(made / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return Exported(Path(out), checks)


def _models(
    folder: Path, vocoder: str | Path | None, name: str
) -> tuple[build.Loaded, build.Loaded]:
    """The acoustic model and the vocoder.

    Raises:
        ConfigError: there is no vocoder.
    """
    packed = pack.read(folder) if pack.is_packed(folder) else None
    acoustic = packed.acoustic if packed else build.load(folder, "acoustic")
    if vocoder is not None and str(vocoder) != "griffin_lim":
        return acoustic, build.load(vocoder, "vocoder")
    if vocoder is None and packed and packed.vocoder is not None:
        part = pack.read_card(folder).vocoder
        loaded = build.Loaded(
            packed.vocoder, part.contract, "vocoder", part.section, part.sizes, part.step
        )
        return acoustic, loaded
    raise ConfigError(
        f"{name}: no vocoder that can be exported comes with it (Griffin-Lim is no graph); name "
        "one with --vocoder"
    )


def _noise(graph: graphs.Vocoder) -> dict[str, Any] | None:
    """What numbers a vocoder's noise is made of, None where it draws none."""
    if graph.noise is None:
        return None
    temperature = graph.model.config.temperature if "temperature" in graph.inputs else None
    return {"law": graph.noise, "draws": graph.n_draws, "temperature": temperature}
