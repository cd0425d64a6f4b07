"""Packed voices: a folder of safetensors and plain text that speaks, and holds nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import PositiveInt
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from tts import build, checkpoint
from tts.build import Loaded
from tts.config import Settings, parse, to_tree
from tts.contracts import Contract, join
from tts.data import speaker_vectors
from tts.diffusion import schedules
from tts.errors import CheckpointError, DataError
from tts.files import making, refuse_used, replacing, write_text
from tts.text.frontend import Frontend
from tts.text.lexicon import Lexicon
from tts.voice import int8
from tts.voice.cast import SPEAKERS, Cast, read_speakers

FORMAT = 1
CARD = "voice.json"
VOCODER = "vocoder"  # the folder of what a vocoder knows beside its weights
Dtype = Literal["float32", "float16", "int8"]


class Part(Settings):
    """One model of a voice: how to build it, how long it was trained, and its size.

    `role` says what the model is, where that is not the name of its place: the decoder of a
    learned bridge is a vocoder.
    """

    role: Literal["bridge", "speaker"] | None = None
    section: dict[str, Any]
    contract: Contract
    sizes: dict[str, PositiveInt]
    step: int
    n_parameters: int


class Card(Settings):
    """What `voice.json` holds; `dtype` is how the weights are stored."""

    format: int
    dtype: Dtype = "float32"
    speakers: tuple[str, ...]
    acoustic: Part
    vocoder: Part | None
    speaker_encoder: Part | None = None


@dataclass(frozen=True)
class Packed:
    """The models of a packed voice; the encoder hears who speaks in a recording."""

    acoustic: Loaded
    vocoder: nn.Module | None
    speaker_encoder: nn.Module | None = None


def is_packed(path: str | Path) -> bool:
    """Whether a folder is a packed voice."""
    return (Path(path) / CARD).is_file()


def pack(
    acoustic: str | Path,
    out: str | Path,
    vocoder: str | Path | None = None,
    *,
    dtype: Dtype = "float32",
    readme: str | Path | None = None,
    lexicon: str | Path | None = None,
) -> Path:
    """Put an acoustic model, its frontend and a vocoder into one folder.

    Args:
        acoustic, vocoder: experiments or checkpoints; without a vocoder it is Griffin-Lim.
        out: the folder to make; if it is there, it must be empty.
        dtype: of the weights on disk; float16 halves the size, int8 halves it once more.
        readme: the model card to put in; by default one that says what was packed.
        lexicon: a file of words and their phonemes, which the voice keeps.
    Raises:
        TTSError: the models do not fit together, or the folder cannot be written.
    """
    refuse_used(out)
    own_readme = None if readme is None else _read_readme(Path(readme))
    own_lexicon = None if lexicon is None else Lexicon.load(lexicon)
    file = checkpoint.find(acoustic)
    voice = build.load(acoustic, "acoustic")
    spoken = build.load(vocoder, "vocoder") if vocoder is not None else None
    if spoken is not None:
        join(voice.contract, spoken.contract, str(acoustic), str(vocoder))
    encoder = _speaker_encoder(file.parent.parent, voice)
    with making(out) as folder:
        speakers = _copy_text_side(file.parent.parent, folder, own_lexicon)
        _copy_vectors(voice.model.speaker_vector, file.parent.parent, folder)
        card = Card(
            format=FORMAT,
            dtype=dtype,
            speakers=speakers,
            acoustic=_describe(voice),
            vocoder=None if spoken is None else _describe(spoken),
            speaker_encoder=None if encoder is None else _describe(encoder),
        )
        _save_weights(voice, folder / "acoustic.safetensors", dtype)
        if spoken is not None:
            _save_weights(spoken, folder / "vocoder.safetensors", dtype)
            _copy_schedules(spoken.model, folder)
            _copy_cast(spoken.model, checkpoint.find(vocoder).parent.parent, folder / VOCODER)
        if encoder is not None:  # in full: its hash tells whether it made the vectors
            _save_weights(encoder, folder / "speaker_encoder.safetensors", "float32")
        write_text(folder / "README.md", own_readme or _readme(Path(out).name, card))
        write_text(folder / CARD, json.dumps(to_tree(card), indent=2) + "\n")
    return Path(out)


def _speaker_encoder(home: Path, voice: Loaded) -> Loaded | None:
    """What made the vectors that an acoustic model tells speakers by, where it is ours."""
    file = home / speaker_vectors.ENCODER_FILE
    there = voice.model.speaker_vector and file.is_file()
    return build.load(file, "speaker") if there else None


def _copy_schedules(vocoder: nn.Module, folder: Path) -> None:
    """A diffusion vocoder speaks with the noise schedules that were searched for."""
    found = getattr(vocoder, "schedules", {})
    if found:
        (folder / schedules.FOLDER).mkdir()
    for (n_steps, sampler), schedule in found.items():
        path = folder / schedules.FOLDER / schedules.file_name(n_steps, sampler)
        schedules.write(schedule, path)


def _copy_cast(vocoder: nn.Module, home: Path, folder: Path) -> None:
    """The speakers of a vocoder that is told who speaks, in a folder of their own."""
    cast = Cast.of_vocoder(home, vocoder, str(home))
    if not cast.names:
        return
    folder.mkdir()
    write_text(folder / SPEAKERS, "".join(f"{name}\n" for name in cast.names))
    _copy_vectors(len(cast.vectors), home, folder)


def _copy_vectors(wanted: int, home: Path, folder: Path) -> None:
    """The vectors of speakers, where there is a model that takes some; not those of utterances."""
    if wanted:
        found = speaker_vectors.read(home / speaker_vectors.FILE)
        speaker_vectors.write(replace(found, utterances={}), folder / speaker_vectors.FILE)


def _copy_text_side(home: Path, folder: Path, lexicon: Lexicon | None) -> tuple[str, ...]:
    """Copy the frontend and the list of speakers; returns the speakers."""
    frontend = Frontend.load(home)
    (frontend.with_lexicon(lexicon) if lexicon else frontend).save(folder)
    speakers = read_speakers(home)
    write_text(folder / SPEAKERS, "".join(f"{name}\n" for name in speakers))
    return speakers


def _read_readme(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); give a text file") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8; convert it: iconv -f latin1 -t utf-8") from None


def _describe(loaded: Loaded) -> Part:
    return Part(
        role=loaded.role if loaded.role in ("bridge", "speaker") else None,
        section=loaded.section,
        contract=loaded.contract,
        sizes=loaded.sizes,
        step=loaded.step,
        n_parameters=_count(loaded),
    )


def _count(loaded: Loaded) -> int:
    """Parameters that speaking needs; buffers are none."""
    spoken = _spoken_with(loaded)
    return sum(p.numel() for name, p in loaded.model.named_parameters() if name in spoken)


def _spoken_with(loaded: Loaded) -> dict[str, torch.Tensor]:
    """The weights that speaking needs: of a learned bridge, not those of its encoder."""
    left_out = tuple(f"{part}." for part in getattr(loaded.model, "encoding_only", ()))
    state = loaded.model.state_dict()
    return {name: tensor for name, tensor in state.items() if not name.startswith(left_out)}


def _save_weights(loaded: Loaded, path: Path, dtype: Dtype) -> None:
    stored = _stored(loaded, dtype)
    tensors = {name: tensor.contiguous().clone() for name, tensor in stored.items()}
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise CheckpointError(
                f"{path.stem}: tensor {name} is not finite in {dtype}; pack it as float32, or "
                "use an earlier checkpoint"
            )
    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary)
        except SafetensorError as error:  # how its writer reports a full disk
            raise OSError(str(error)) from None


def _stored(loaded: Loaded, dtype: Dtype) -> dict[str, torch.Tensor]:
    """The weights in the format they are stored in."""
    state = _spoken_with(loaded)
    if dtype == "int8":
        return int8.packed(state, int8.layer_weights(loaded.model))
    wanted = {"float32": torch.float32, "float16": torch.float16}[dtype]
    return {n: t.to(wanted) if t.is_floating_point() else t for n, t in state.items()}


def _readme(name: str, card: Card) -> str:
    rows = [
        f"| {role} | {part.section['name']} | {part.step} | {part.n_parameters:,} |"
        for role, part in (
            ("acoustic", card.acoustic),
            ("vocoder", card.vocoder),
            ("speaker encoder", card.speaker_encoder),
        )
        if part is not None
    ]
    table = "\n".join(["| part | model | steps | parameters |", "|---|---|---|---|", *rows])
    rate_hz = card.acoustic.contract.sample_rate_hz
    return (
        f"# {name}\n\nA voice for Wavebridge, {rate_hz} Hz.\n\n{table}\n\n"
        "Say here what speech it was trained on, under which licence, and how well it does.\n\n"
        f'```\ntts say "Hello." --voice {name} -o hello.wav\n```\n'
    )


def read_card(folder: str | Path) -> Card:
    """What `voice.json` says.

    Raises:
        CheckpointError: it cannot be read, or is of another version.
        ConfigError: something is missing in it, or has no place there.
    """
    path = Path(folder) / CARD
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        version = tree["format"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"{path}: not a voice ({error!r}); pack it again with `tts pack`"
        ) from None
    if version != FORMAT:
        raise CheckpointError(
            f"{path}: format {version}, this version reads {FORMAT}; update wavebridge"
        )
    return parse(Card, tree, str(path))


def read(folder: str | Path) -> Packed:
    """Load the models of a packed voice.

    Raises:
        TTSError: a file is missing, damaged, or does not fit.
    """
    folder = Path(folder)
    card = read_card(folder)
    vocoder = _load(folder, "vocoder", card.vocoder).model if card.vocoder else None
    encoder = None
    if card.speaker_encoder:
        encoder = _load(folder, "speaker_encoder", card.speaker_encoder).model
    return Packed(_load(folder, "acoustic", card.acoustic), vocoder, encoder)


def _load(folder: Path, role: str, part: Part) -> Loaded:
    path = folder / f"{role}.safetensors"
    source = str(folder / CARD)
    model = build.build(
        part.role or role,
        part.section,
        part.contract,
        part.sizes,
        decoder_only=True,
        source=source,
    )
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}); copy the voice again") from None
    checkpoint.load_weights(model, int8.unpacked(weights, str(path)), path)
    build.take_schedules(model, folder)
    return Loaded(model.eval(), part.contract, role, part.section, part.sizes, part.step)
