"""Fine-tuning: a trained model goes on with the speech of a new speaker."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tts import build, checkpoint
from tts.config import merge, override, parse, to_tree
from tts.data import speaker_vectors
from tts.data.tables import read_table
from tts.errors import ConfigError
from tts.files import make_folder, write_text
from tts.train import presets
from tts.train.adapt import Adaptation, Mapped
from tts.train.base import Base
from tts.train.data import open_data
from tts.train.kept import Kept, measure, measure_vocoder
from tts.train.loop import Trained, train
from tts.train.parallel import is_first
from tts.train.rehearse import rehearse as rehearse_speakers
from tts.train.rehearse import symbols_of
from tts.train.settings import Experiment

logger = logging.getLogger(__name__)

START = "start.pt"  # the base as it went in, beside the checkpoints
RECORD = "adaptation.json"
REHEARSAL = "rehearsal"
N_FRAMES = 256  # of a recording by which vocoders are compared


@dataclass(frozen=True)
class Finetuned:
    """A fine-tuned model.

    Attributes:
        symbols, speakers: where the rows of its tables came from.
        kept: how far old speakers moved; None where there is none to compare.
    """

    trained: Trained
    symbols: Mapped
    speakers: Mapped
    kept: Kept | None

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        done = {"exp_dir": str(self.trained.exp_dir), "step": self.trained.step}
        maps = {"symbols": asdict(self.symbols), "speakers": asdict(self.speakers)}
        kept = None if self.kept is None else asdict(self.kept)
        return {**done, "dev": self.trained.dev, **maps, "kept": kept}


def finetune(
    base: str | Path,
    exp_dir: str | Path,
    *,
    data: str | Path,
    dev: str | Path,
    preset: str = "minutes",
    old_data: str | Path | None = None,
    old_share: float = 0.5,
    rehearse: bool = True,
    overrides: Sequence[str] = (),
    role: str | None = None,
    resume: bool = False,
    cpu: bool = False,
) -> Finetuned:
    """Train a model on with other speech, from weights that fit it by name.

    Symbols and speakers that the base knows keep their rows, whatever their order; new ones start
    from the nearest. A base of one speaker becomes one of the new speaker, unless `old_data` keeps
    the old one beside it.

    Args:
        base: an experiment, a checkpoint or a packed voice.
        exp_dir: where all of it goes, as with `train`; `adaptation.json` says what was done.
        data, dev: dump dirs of the new speech.
        preset: `minutes`, `hour`, `full` or `lora`: what learns, how fast and how long.
        old_data: a dump dir of speech the base knows, mixed in; old_share: of the batches.
        rehearse: where there are no `old_data`, have a base of several speakers make some.
        overrides: `key=value` on top of the preset, such as `train.steps=500`.
        role: which model of a packed voice: `acoustic`, by default, or `vocoder`.
        resume: go on from the newest checkpoint in `exp_dir`.
    Raises:
        TTSError: a base, data or configuration that cannot be used.
    """
    exp_dir, found = Path(exp_dir), Base.read(base, role)
    if checkpoint.newest(exp_dir) is not None and not resume:
        raise ConfigError(f"{exp_dir}: holds a model; go on with --resume, or name another --exp")
    folders: dict[str, Any] = {"train": str(data), "dev": str(dev)}
    if old_data is not None:
        folders |= {"old": str(old_data), "old_share": old_share}
    adaptation = Adaptation.plan(found, folders)
    rehearses = rehearse and old_data is None and bool(adaptation.old)
    if rehearses:
        folders |= {"old": str(exp_dir / REHEARSAL), "old_share": old_share}
    experiment = _experiment(found, adaptation, exp_dir, folders, preset, overrides)
    start = exp_dir / checkpoint.FOLDER / START
    if resume and start.is_file():
        adaptation = replace(adaptation, speakers=_recorded_speakers(exp_dir / RECORD))
    else:
        adaptation = _write_start(found, adaptation, experiment, start)
        _record(exp_dir, found, preset, adaptation, None)
    if is_first():
        for line in adaptation.lines():
            logger.info("%s", line)
    if rehearses:
        _rehearse(experiment, adaptation, start)
    trained = train(experiment, exp_dir, resume=resume, init=start, cpu=cpu)
    kept = None
    if is_first():
        kept = _measure_kept(experiment, adaptation, exp_dir)
        for line in kept.lines() if kept else ():
            logger.info("%s", line)
        _record(exp_dir, found, preset, adaptation, kept)
    return Finetuned(trained, adaptation.symbols, adaptation.speakers, kept)


def _experiment(
    base: Base,
    adaptation: Adaptation,
    exp_dir: Path,
    folders: dict[str, Any],
    preset: str,
    overrides: Sequence[str],
) -> Experiment:
    """The configuration of the run: the base's model, the preset, and what the user wants."""
    model = build.build(base.role, base.section, base.contract, base.sizes, for_training=True)
    tree = presets.settings(
        preset,
        base.role,
        _minutes(folders["train"], base),
        tuple(model.players),
        base.settings,
        folders.get("old_share", 0.0),
    )
    own = {
        "audio": to_tree(base.contract),
        base.role: base.section,
        "data": folders | _text_side(exp_dir, adaptation),
        "train": {"rows": adaptation.rows},
    }
    own["train"]["freeze"] = [*tree["train"]["freeze"], *adaptation.speaker_tables]
    source = f"fine-tuning of {base.source}"
    return parse(Experiment, override(merge(tree, own), list(overrides)), source)


def _text_side(exp_dir: Path, adaptation: Adaptation) -> dict[str, str]:
    """Where the run finds symbols, speakers and vectors: in its own folder."""
    if adaptation.text is None:
        return {}
    found = {"text": str(exp_dir)}
    if adaptation.text.vectors is not None:
        found["speaker_vectors"] = str(exp_dir / speaker_vectors.FILE)
    return found


def _minutes(dump_dir: str, base: Base) -> float:
    """Of speech in a dump dir."""
    samples = read_table(Path(dump_dir) / "utt2num_samples").values()
    return sum(map(int, samples)) / base.contract.sample_rate_hz / 60


def _write_start(
    base: Base, adaptation: Adaptation, experiment: Experiment, path: Path
) -> Adaptation:
    """Write the weights to start from, and the text side; returns it with the nearest speakers."""
    make_folder(path.parent)
    home = path.parent.parent
    if adaptation.text is not None:
        adaptation.text.frontend.save(home)
        names = "".join(f"{name}\n" for name in adaptation.text.speakers)
        write_text(home / "speakers.txt", names)
        if adaptation.text.vectors is not None:
            speaker_vectors.copy(base.home / speaker_vectors.FILE, home)
            speaker_vectors.write(adaptation.text.vectors, home / speaker_vectors.FILE)
        model = build.build(
            base.role, base.section, base.contract, adaptation.sizes, for_training=True
        )
        checkpoint.load_weights(model, adaptation.weights(base), base.source)
        data = open_data(experiment, adaptation.text, experiment.data.train, model.frame_group)
        utt2spk = read_table(Path(experiment.data.train) / "utt2spk")
        adaptation = adaptation.with_nearest(model.eval(), data, utt2spk)
    content = checkpoint.Checkpoint(
        step=0,
        role=base.role,
        section=base.section,
        contract=to_tree(base.contract),
        sizes=adaptation.sizes,
        weights=adaptation.weights(base),
    )
    checkpoint.save(content, path)
    return adaptation


def _rehearse(experiment: Experiment, adaptation: Adaptation, start: Path) -> None:
    """Write the old speakers' speech to rehearse, as the model speaks before it learns."""
    assert adaptation.text is not None, "only speakers of an acoustic model are rehearsed"
    data = experiment.data
    model = build.load(start, "acoustic").model
    texts, ids = symbols_of(data.train), adaptation.text.frontend.ids
    folder = str(data.old)
    rehearse_speakers(model, texts, ids, adaptation.old, folder, experiment.audio, data.feats)


def _measure_kept(experiment: Experiment, adaptation: Adaptation, exp_dir: Path) -> Kept | None:
    """Compare the old speakers before and after; None where there are none."""
    if adaptation.text is None:
        return _measure_kept_sound(experiment, exp_dir)
    if not adaptation.old:
        return None
    before = build.load(exp_dir / checkpoint.FOLDER / START).model
    after = build.load(exp_dir).model
    dev = open_data(experiment, adaptation.text, experiment.data.dev, before.frame_group)
    texts = [dev[i, 0].tokens for i in range(min(3, len(dev)))]
    kept = measure(before, after, texts, adaptation.old)
    return kept


def _measure_kept_sound(experiment: Experiment, exp_dir: Path) -> Kept | None:
    """The same of a vocoder, by a recording of each speaker in the old data."""
    old = experiment.data.old
    if old is None:
        return None
    before, after = (
        build.load(path).model for path in (exp_dir / checkpoint.FOLDER / START, exp_dir)
    )
    whole = experiment.data.model_copy(update={"segment_frames": N_FRAMES})
    data = open_data(experiment.model_copy(update={"data": whole}), None, old)
    utt2spk = read_table(Path(old) / "utt2spk")
    first = {utt2spk[name]: i for i, name in reversed(list(enumerate(data.names)))}
    frames = {name: data[i, 0].frames for name, i in sorted(first.items())}
    return measure_vocoder(before, after, frames, experiment.audio)


def _record(
    exp_dir: Path, base: Base, preset: str, adaptation: Adaptation, kept: Kept | None
) -> None:
    tree = {
        "base": base.source,
        "preset": preset,
        "symbols": asdict(adaptation.symbols),
        "speakers": asdict(adaptation.speakers),
        "kept": None if kept is None else asdict(kept),
    }
    write_text(exp_dir / RECORD, json.dumps(tree, ensure_ascii=False, indent=2) + "\n")


def _recorded_speakers(path: Path) -> Mapped:
    """Where speakers' rows came from, as a run that was broken off wrote it."""
    tree: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["speakers"]
    near = {name: tuple(names) for name, names in tree["new"].items()}
    return Mapped(tuple(tree["copied"]), near, tree["scores"])
