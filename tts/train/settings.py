"""The typed form of an experiment's YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tts import build
from tts.config import Settings, load_yaml, override, parse, to_tree
from tts.contracts import Contract
from tts.errors import ConfigError
from tts.nn.precision import Precision


class Schedule(Settings):
    """The learning rate as a multiple of `lr`, a pure function of the step.

    Attributes:
        name: `constant`; `noam` (width^-0.5 * min(step^-0.5, step * warmup^-1.5)); `exponential`
            (decay^(step // every)); `cosine` (from 1 to `final` at the last step).
        warmup: steps of linear warm-up (for noam: where the peak lies).
    """

    name: Literal["constant", "noam", "exponential", "cosine"] = "constant"
    warmup: int = Field(0, ge=0)
    width: int = Field(192, ge=1)
    decay: float = Field(0.999, gt=0, le=1)
    every: int = Field(1000, ge=1)
    final: float = Field(0.02, ge=0, le=1)


class Optimiser(Settings):
    """One player's optimiser; `clip_norm` bounds the whole gradient, `clip_value` each element."""

    name: Literal["adam", "adamw"] = "adam"
    lr: float = Field(1e-3, gt=0)
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = Field(1e-8, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    clip_norm: float | None = Field(None, gt=0)
    clip_value: float | None = Field(None, gt=0)
    schedule: Schedule = Schedule()


class Data(Settings):
    """What to train on.

    Attributes:
        train, dev: dump dirs.
        feats: the list of feature files within them (`gta.scp` for teacher-forced frames); a
            bridge needs none.
        max_frames: of a batch, padding included; max_utterances: of a batch.
        segment_frames: length of a vocoder's training segments.
        durations: the list of each token's frames within them, for an acoustic model that is told
            the alignment (`tts extract --durations`); null for one that finds it.
        workers: loader processes; 0 loads in the training process.
        speaker_vectors: the file of vectors that say who speaks, to an acoustic model instead of
            ids.
        speeds: for an encoder of speakers: recordings played at another speed are other speakers.
        text: where the frontend and the list of speakers lie; by default beside `train`.
        old: a dump dir of speech the model knows already, mixed in so that it is not forgotten.
        old_share: of the batches that come from there.
    """

    train: str
    dev: str
    feats: str = "feats.scp"
    max_frames: int = Field(20_000, ge=1)
    max_utterances: int = Field(32, ge=1)
    segment_frames: int = Field(32, ge=1)
    durations: str | None = None
    workers: int = Field(2, ge=0)
    speaker_vectors: str | None = None
    speeds: tuple[Annotated[float, Field(ge=0.5, le=2)], ...] = Field((1.0,), min_length=1)
    text: str | None = None
    old: str | None = None
    old_share: float = Field(0.5, gt=0, lt=1)


class Evaluate(Settings):
    """What validations measure of what the model makes, beside its losses.

    Attributes:
        n_utterances: of the dev set, the same every time.
        n_frames: of each, where the model makes sound.
    """

    n_utterances: int = Field(4, ge=1)
    n_frames: int = Field(256, ge=8)


class Lora(Settings):
    """Low-rank updates, scaled by alpha / rank, learn in the place of the weights."""

    rank: int = Field(8, ge=1)
    alpha: float = Field(16.0, gt=0)


class Train(Settings):
    """How long and how to train.

    Attributes:
        precision: `auto` is bfloat16 where the device is fast at it.
        teacher: experiment or checkpoint of the model to learn from, for one that is distilled.
        teacher_conf: the configuration beside this one that trains such a teacher.
        ema_decay: of the averaged weights that are packed; null for none.
        best_by: the dev loss, or the metric of `evaluate`, by which `best.pt` is chosen.
        evaluate: measure what the model makes, too: `{}` for the defaults, null for not.
        keep: how many newest checkpoints stay.
        freeze: patterns such as `encoder.*`: parameters of these names do not learn; `!` before
            a pattern takes out what it matches of those before it.
        rows: of tables, by parameter: these rows learn though the table is frozen; rows_rate: so
            many times as fast as the rest.
        lora: learn low-rank updates of the layers, and `rows`; null for the weights themselves.
        patience: validations without a better `best_by` after which the run ends; the weights
            to speak with are then those of the best one, as they are where all steps were taken.
            Null never ends early and keeps the last.
    """

    steps: int = Field(ge=1)
    seed: int = Field(0, ge=0)
    precision: Precision = "auto"
    teacher: str | None = None
    teacher_conf: str | None = None
    optimisers: dict[str, Optimiser]
    ema_decay: float | None = Field(None, gt=0, lt=1)
    best_by: str = "total"
    evaluate: Evaluate | None = None
    log_every: int = Field(50, ge=1)
    validate_every: int = Field(1000, ge=1)
    checkpoint_every: int = Field(1000, ge=1)
    keep: int = Field(3, ge=1)
    freeze: tuple[str, ...] = ()
    rows: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    rows_rate: float = Field(1.0, gt=0)
    lora: Lora | None = None
    patience: int | None = Field(None, ge=1)


class Experiment(Settings):
    """A whole file: the bridge (`audio`), one model section, `data` and `train`.

    Where the file's `audio` section has the key `bridge`, the experiment of a learned bridge, it
    is that bridge's contract, whatever else the section says.
    """

    audio: Contract
    bridge: dict[str, Any] | None = None
    acoustic: dict[str, Any] | None = None
    vocoder: dict[str, Any] | None = None
    speaker: dict[str, Any] | None = None
    data: Data
    train: Train

    @model_validator(mode="after")
    def _one_model(self) -> Experiment:
        if sum(getattr(self, role) is not None for role in build.ROLES) != 1:
            raise ValueError(f"give exactly one of the sections {', '.join(build.ROLES)}")
        if self.speaker is not None and self.train.evaluate is not None:
            raise ValueError("train.evaluate: an encoder of speakers makes nothing to measure")
        return self

    @property
    def role(self) -> str:
        """One of `build.ROLES`: the section there is."""
        return next(role for role in build.ROLES if getattr(self, role) is not None)

    @property
    def section(self) -> dict[str, Any]:
        """The model's name and settings."""
        return getattr(self, self.role)


def load_experiment(path: str | Path, overrides: list[str] | None = None) -> Experiment:
    """Read an experiment's YAML file and apply `key=value` overrides.

    Raises:
        ConfigError: with the file, the key, and what is allowed there.
    """
    tree = override(load_yaml(path), overrides or [])
    if "audio" in tree:
        tree["audio"] = _audio(tree["audio"], f"{path}: audio")
    experiment = parse(Experiment, tree, str(path))
    build.check_section(experiment.role, experiment.section, str(path))
    return experiment


def load_contract(path: str | Path) -> Contract:
    """The bridge of an experiment's YAML file: its `audio` section."""
    source = f"{path}: audio"
    return parse(Contract, _audio(load_yaml(path).get("audio") or {}, source), source)


def _audio(section: Any, source: str) -> Any:
    """The `audio` section with the contract of the bridge it names, where it names one."""
    if not isinstance(section, dict) or section.get("bridge") is None:
        return section
    if not isinstance(section["bridge"], str):
        raise ConfigError(f"{source}: bridge {section['bridge']!r}: expected an experiment's path")
    return to_tree(build.load(section["bridge"], "bridge").contract)
