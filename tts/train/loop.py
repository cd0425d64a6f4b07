"""The training loop: it knows the protocols, never a model's name."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from tts import build, checkpoint
from tts.config import to_tree
from tts.contracts import Losses
from tts.errors import ConfigError, DataError, TTSError
from tts.nn import lora
from tts.nn.precision import autocast
from tts.train import directory, figures
from tts.train.data import Batches, TextSide, draw, open_data, sizes_of, training_batches
from tts.train.given import meet_teacher, refuse_other
from tts.train.interrupt import Interrupt
from tts.train.learning import freeze, make_players
from tts.train.log import Metrics, Progress, log_file
from tts.train.optim import Average, clip, schedule_factor
from tts.train.parallel import average_gradients, broadcast, in_any_process
from tts.train.patience import Patience
from tts.train.quality import Quality
from tts.train.settings import Experiment

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """Where a run ended: its directory, its last step, and the last dev losses."""

    exp_dir: Path
    step: int
    dev: dict[str, float]


def train(
    experiment: Experiment,
    exp_dir: str | Path,
    *,
    resume: bool = False,
    init: str | Path | None = None,
    cpu: bool = False,
) -> Trained:
    """Train one model.

    A run that was killed and is resumed ends with the weights of an unbroken one: whatever is
    random depends on the seed and the step alone.

    Args:
        exp_dir: where config, checkpoints, metrics and plots go.
        resume: go on from the newest checkpoint there, if there is one.
        init: experiment or checkpoint to take the weights from, instead of random ones.
        cpu: stay on the CPU though there is a GPU.
    Raises:
        TTSError: bad data or configuration, a directory in use, or a loss that is not finite.
    """
    exp_dir = Path(exp_dir)
    start = checkpoint.newest(exp_dir)
    if start is not None and not resume:
        raise ConfigError(
            f"{exp_dir}: holds {start.name}; go on with --resume, or name another --exp"
        )
    accelerator = Accelerator(cpu=cpu)
    run = Run(experiment, exp_dir, accelerator)
    if start is not None:
        run.resume(start)
    else:
        run.start(init)
    trained = run.go()
    accelerator.end_training()  # or a thread of the process group may outlive the interpreter
    return trained


class Run:
    """One training run: model, optimisers, data, and the step they have reached."""

    def __init__(self, experiment: Experiment, exp_dir: Path, accelerator: Accelerator) -> None:
        self.experiment, self.settings, self.exp_dir = experiment, experiment.train, exp_dir
        self.accelerator, self.device = accelerator, accelerator.device
        self.is_main = accelerator.is_main_process
        self.text = TextSide.of(experiment.data) if experiment.role == "acoustic" else None
        self.sizes = sizes_of(experiment, self.text)
        torch.manual_seed(self.settings.seed)
        self.model = build.build(
            experiment.role,
            experiment.section,
            experiment.audio,
            self.sizes,
            for_training=True,
            source="configuration",
        ).to(self.device)
        meet_teacher(self.model, experiment, self.device)
        freeze(self.model, self.settings)
        self.players = make_players(self.model, self.settings)
        group = getattr(self.model, "frame_group", 1)
        rank, world = accelerator.process_index, accelerator.num_processes
        self.batches = training_batches(experiment, self.text, group, rank, world)
        dev = open_data(experiment, self.text, experiment.data.dev, group)
        self.dev = Batches(dev, experiment, 0, 1)
        evaluate = self.settings.evaluate
        self.quality = evaluate and Quality(evaluate, experiment, self.text, group)
        self.step = 0
        self.patience = Patience(self.settings.patience)

    def start(self, init: str | Path | None) -> None:
        """A fresh run: weights at random or from elsewhere, data-dependent initialisation."""
        if init is not None:
            file = checkpoint.find(init)
            found = checkpoint.load(file)
            refuse_other(found, self.experiment, file)
            weights = {**self._training_only(), **build.plain_weights(found, file)}
            checkpoint.load_weights(self.model, lora.own_names(self.model, weights), file)
        elif hasattr(self.model, "initialise"):
            self.model.initialise(next(self.batches.from_step(0)).to(self.device))
        broadcast(self.model)
        self.average = self._new_average()

    def _training_only(self) -> dict[str, torch.Tensor]:
        """The state of parts that finished models come without, which may start anew."""
        parts = tuple(f"{part}." for part in self.model.training_only)
        return {n: t for n, t in self.model.state_dict().items() if n.startswith(parts)}

    def resume(self, file: Path) -> None:
        """Go on exactly where a checkpoint was written."""
        found = checkpoint.load(file)
        if not found.training:
            raise ConfigError(
                f"{file}: holds a finished model (imported, or the best so far) without the state "
                "of its training; start another --exp with --init"
            )
        refuse_other(found, self.experiment, file)
        checkpoint.load_weights(self.model, found.weights, file)
        self.average = self._new_average()
        if self.average is not None and found.averaged:
            self.average.state = {n: found.averaged[n].to(self.device) for n in self.average.state}
        for name, (optimiser, _) in self.players.items():
            optimiser.load_state_dict(found.training["optimisers"][name])
        self.step = found.step
        self.patience.take(found.training)
        logger.info("resumed %s at step %d", self.exp_dir, self.step)

    def _new_average(self) -> Average | None:
        decay = self.settings.ema_decay
        return Average(self.model, decay, self.model.training_only) if decay else None

    def go(self) -> Trained:
        """Train to the last step; an interrupt ends after the step, with a checkpoint."""
        self._check_best_by()
        if not self.is_main:
            with Interrupt() as interrupt:
                return self._train(None, interrupt)
        directory.prepare(self.exp_dir, self.experiment, self.text)
        metrics = Metrics(self.exp_dir, self.step)
        try:
            with log_file(self.exp_dir / "train.log"), Interrupt() as interrupt:
                trained = self._train(metrics, interrupt)
                figures.losses(self.exp_dir)
                trial = directory.trial(self.exp_dir, self.experiment)
                logger.info("done: %s; try it with `%s`", self.exp_dir, trial)
                return trained
        finally:
            metrics.close()

    def _train(self, metrics: Metrics | None, interrupt: Interrupt) -> Trained:
        """Step by step to the end; the first process, which has the metrics, does the rest."""
        dev: dict[str, float] = {}
        progress = Progress(self.step, self.settings.steps, shown=self.is_main)
        batches = self.batches.from_step(self.step)
        try:
            while not self._is_over():
                scalars = self._one_step(next(batches).to(self.device))
                progress.step()
                stop = in_any_process(interrupt.wanted, self.device)
                if metrics is not None:
                    dev = self._after_step(scalars, metrics, progress, stop) or dev
                self.patience.agree(self.device)
                if stop and not self._is_over():
                    self.accelerator.wait_for_everyone()  # an early exit would end the one saving
                    raise TTSError(
                        f"{self.exp_dir}: stopped at step {self.step}; go on with --resume"
                    )
            self.accelerator.wait_for_everyone()
        finally:
            progress.close()
        return Trained(self.exp_dir, self.step, dev)

    def _after_step(
        self, scalars: Mapping[str, Any], metrics: Metrics, progress: Progress, stop: bool
    ) -> dict[str, float]:
        """Log, validate, save and plot, whatever is due; returns dev losses where there are."""
        dev: dict[str, float] = {}
        if self._due(self.settings.log_every):
            shown = {name: float(value) for name, value in scalars.items()}
            metrics.write(self.step, "train", shown)
            progress.report(self.step, {n: v for n, v in shown.items() if n.endswith("total")})
        validates = self._due(self.settings.validate_every)
        if validates:
            dev = self._validate(metrics)
        if self._due(self.settings.checkpoint_every) or stop or self._is_over():
            self._save()
        if validates:
            self._plot()
        return dev

    def _is_over(self) -> bool:
        return self.step >= self.settings.steps or self.patience.is_out

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.settings.steps

    def _one_step(self, batch: Any) -> dict[str, torch.Tensor | float]:
        """Every player's turn on one batch."""
        self.step += 1
        torch.manual_seed(draw(self.settings.seed, self.step, self.accelerator.process_index))
        self.model.train()
        carry: dict[str, Any] = {"step": self.step}
        scalars: dict[str, torch.Tensor | float] = {}
        for name in self.model.players:
            losses = self._losses(batch, name, carry)
            if losses:
                scalars |= self._turn(name, losses, batch.utterances)
        if self.average is not None:
            self.average.update(self.model, self.step)
        return scalars

    def _losses(self, batch: Any, player: str, carry: dict[str, Any]) -> Losses:
        try:
            with autocast(self.settings.precision, self.device):
                return self.model.loss(batch, player, carry)
        except DataError as error:
            raise DataError(f"step {self.step}: {error}") from None

    def _turn(
        self, name: str, losses: Mapping[str, torch.Tensor], utterances: Iterable[str]
    ) -> dict[str, torch.Tensor | float]:
        """One optimiser step of one player."""
        optimiser, parameters = self.players[name]
        settings = self.settings.optimisers[name]
        if not torch.isfinite(losses["total"]):
            self._refuse(name, losses, utterances)
        optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        average_gradients(parameters)
        norm = clip(settings, parameters)
        if not torch.isfinite(norm):
            self._refuse(name, {**losses, "gradient": norm}, utterances)
        factor = schedule_factor(settings.schedule, self.step, self.settings.steps)
        for group in optimiser.param_groups:
            group["lr"] = settings.lr * factor * group.get("rate", 1.0)
        optimiser.step()
        scalars = {f"{name}/{key}": value.detach() for key, value in losses.items()}
        return {**scalars, f"{name}/gradient_norm": norm, f"{name}/lr": settings.lr * factor}

    def _refuse(
        self, name: str, losses: Mapping[str, torch.Tensor], utterances: Iterable[str]
    ) -> None:
        bad = ", ".join(key for key, value in losses.items() if not torch.isfinite(value))
        raise DataError(
            f"step {self.step}: the {name}'s loss is not finite ({bad}), on utterances "
            f"{' '.join(utterances)}; look at these, lower the learning rate, or use float32; "
            f"{self.exp_dir} still holds the last good checkpoint"
        )

    @torch.no_grad()
    def _validate(self, metrics: Metrics) -> dict[str, float]:
        """Mean losses over the dev set, with the averaged weights; the best checkpoint."""
        with self.average.applied(self.model) if self.average else nullcontext():
            self.model.eval()
            dev = self._dev_losses()
            if self.quality is not None:
                with autocast(self.settings.precision, self.device):
                    dev |= self.quality.measure(self.model, self.device)
        metrics.write(self.step, "dev", dev)
        logger.info(
            "step %d dev: %s", self.step, "  ".join(f"{k} {v:.4g}" for k, v in dev.items())
        )
        if self.patience.is_better(dev.get(self.settings.best_by, math.inf)):
            self._save("best.pt")
        return dev

    @torch.no_grad()
    def _check_best_by(self) -> None:
        """Refuse, before the first step, to judge by a loss that the last step will not have."""
        self.model.eval()
        carry = {"step": self.settings.steps}
        batch = next(self.dev.once()).to(self.device)
        measured = self.quality.names if self.quality is not None else ()
        known = (*self._losses(batch, self.model.players[-1], carry), *measured)
        if self.settings.best_by not in known:
            wanted, has = self.settings.best_by, ", ".join(known)
            raise ConfigError(f"train.best_by: no dev loss {wanted!r}; there are {has}")

    def _dev_losses(self) -> dict[str, float]:
        """The last player's losses, averaged over the dev batches."""
        player = self.model.players[-1]
        totals: dict[str, float] = {}
        n_batches = 0
        for batch in self.dev.once():
            losses = self._losses(batch.to(self.device), player, {"step": self.step})
            for name, value in losses.items():
                totals[name] = totals.get(name, 0.0) + float(value)
            n_batches += 1
        return {name: total / n_batches for name, total in totals.items()}

    @torch.no_grad()
    def _plot(self) -> None:
        batch = next(self.dev.once()).to(self.device)
        folder = self.exp_dir / "plots" / f"step-{self.step:08d}"
        self.model.eval()
        averaged = self.average.applied(self.model) if self.average else nullcontext()
        with averaged, autocast(self.settings.precision, self.device):
            if self.text is not None:
                figures.acoustic(self.model, batch, folder, self.text)
            elif hasattr(self.model, "generate"):
                figures.copy(self.model, batch, folder)
        figures.losses(self.exp_dir)

    def _to_speak_with(self) -> dict[str, torch.Tensor]:
        """The averaged weights; at the end of a run with patience, its best ones."""
        best = self.exp_dir / checkpoint.FOLDER / "best.pt"
        ended = self.patience.limit is not None and self._is_over()
        if ended and self.patience.n_worse and best.is_file():
            return checkpoint.load(best).for_inference()
        return self.average.state if self.average else {}

    def _save(self, name: str | None = None) -> None:
        """Write a checkpoint of this step; under its own name it also clears away the oldest."""
        training = {
            "optimisers": {
                n: optimiser.state_dict() for n, (optimiser, _) in self.players.items()
            },
            **self.patience.state(),
        }
        content = checkpoint.Checkpoint(
            step=self.step,
            role=self.experiment.role,
            section=self.experiment.section,
            contract=to_tree(self.experiment.audio),
            sizes=self.sizes,
            weights=self.model.state_dict(),
            averaged=self._to_speak_with(),
            training={} if name else training,
            lora=to_tree(self.settings.lora) if self.settings.lora else {},
        )
        folder = self.exp_dir / checkpoint.FOLDER
        own = checkpoint.path_of(self.exp_dir, self.step)
        checkpoint.save(content, folder / name if name else own)
        for old in sorted(folder.glob("step-*.pt"))[: -self.settings.keep]:
            old.unlink()
