"""Which parameters of a model learn (all, some, rows of tables, low-rank updates), and by what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import nn

from tts.errors import ConfigError
from tts.nn import lora
from tts.train.optim import make_optimiser
from tts.train.settings import Train

Players = dict[str, tuple[torch.optim.Optimizer, list[nn.Parameter]]]


def freeze(model: Any, settings: Train) -> None:
    """Make the parameters of a model learn, or not, as the settings say; gives it its updates.

    Raises:
        ConfigError: a pattern or a row that the model does not have, or nothing is left to learn.
    """
    plain = dict(model.named_parameters())
    _refuse_unknown(settings, plain)
    for name in _frozen(model, settings, plain):
        plain[name].requires_grad_(False)
    if settings.lora is not None:
        lora.attach(model, settings.lora.rank, settings.lora.alpha, model.training_only)
        for name, parameter in model.named_parameters():
            if _is_listed(name, settings.freeze):
                parameter.requires_grad_(False)
    for name, rows in settings.rows.items():
        _learn_rows(plain[name], rows)


def _refuse_unknown(settings: Train, parameters: dict[str, nn.Parameter]) -> None:
    for pattern in settings.freeze:
        if not any(fnmatchcase(name, pattern.removeprefix("!")) for name in parameters):
            parts = sorted({".".join(name.split(".")[:2]) for name in parameters})
            raise ConfigError(
                f"train.freeze: no parameter's name matches {pattern!r}; there are "
                f"{', '.join(f'{part}*' for part in parts[:12])}"
            )
    for name, rows in settings.rows.items():
        n_rows = len(parameters[name]) if name in parameters else 0
        if not all(0 <= row < n_rows for row in rows):
            raise ConfigError(
                f"train.rows: {name} has {n_rows} rows, which {max(rows)} is not among"
            )


def _frozen(model: Any, settings: Train, names: Iterable[str]) -> list[str]:
    """Names of the parameters that do not learn as a whole."""
    training_only = tuple(f"{part}." for part in model.training_only)
    updated = settings.lora is not None
    return [
        name
        for name in names
        if _is_listed(name, settings.freeze) or (updated and not name.startswith(training_only))
    ]


def _is_listed(name: str, patterns: Iterable[str]) -> bool:
    """Whether the last pattern that matches a name is one without a leading `!`."""
    listed = False
    for pattern in patterns:
        if fnmatchcase(name, pattern.removeprefix("!")):
            listed = not pattern.startswith("!")
    return listed


def _learn_rows(table: nn.Parameter, rows: Sequence[int]) -> None:
    """Let some rows of a table learn, which otherwise learns as a whole or not at all."""
    if table.requires_grad or not rows:
        return
    mask = torch.zeros(len(table), *[1] * (table.dim() - 1), device=table.device)
    mask[list(rows)] = 1
    table.requires_grad_(True)
    table.register_hook(lambda gradient: gradient * mask)
    table.some_rows = True


def make_players(model: Any, settings: Train) -> Players:
    """Each player's optimiser, and the parameters that it moves.

    Raises:
        ConfigError: optimisers of other players, or one that nothing is left to learn for.
    """
    names, given = tuple(model.players), tuple(settings.optimisers)
    if set(names) != set(given) or not names:
        raise ConfigError(
            f"train.optimisers: has {', '.join(given) or 'none'}, the model's players are "
            f"{', '.join(names) or 'none: there is nothing to train'}"
        )
    players = {}
    for name in names:
        parameters = [p for p in model.player(name).parameters() if p.requires_grad]
        if not parameters:
            raise ConfigError(f"train.freeze: leaves the {name} nothing to learn; freeze less")
        optimiser = make_optimiser(
            settings.optimisers[name], groups(parameters, settings.rows_rate)
        )
        players[name] = optimiser, parameters
    return players


def groups(parameters: Iterable[nn.Parameter], rows_rate: float) -> list[dict[str, Any]]:
    """Parameters for an optimiser, in groups with the `rate` of each.

    Tables of which some rows learn have no weight decay, which would move the others.
    """
    listed = list(parameters)
    whole = [p for p in listed if not hasattr(p, "some_rows")]
    tables = [p for p in listed if hasattr(p, "some_rows")]
    parts = [
        {"params": whole, "rate": 1.0},
        {"params": tables, "rate": rows_rate, "weight_decay": 0.0},
    ]
    return [part for part in parts if part["params"]]
