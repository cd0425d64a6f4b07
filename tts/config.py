"""Configuration: YAML into typed, frozen models; unknown keys are refused, overrides are dotted.

Every model declares a `Settings` subclass that holds its defaults and units; a YAML file repeats
only what differs. A file may start from another one with the key `base` (a path relative to it).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tts.errors import ConfigError

S = TypeVar("S", bound="Settings")


class Settings(BaseModel):
    """A frozen group of settings. Unknown keys and wrong types are a ConfigError."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def load_yaml(path: str | Path) -> dict[str, Any]:
    """Read a YAML mapping, merged over the file its `base` key names.

    Raises:
        ConfigError: the file is missing, is not YAML, is not a mapping, or includes itself.
    """
    return _load_merged(Path(path), seen=())


def _load_merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in seen:
        raise ConfigError(
            f"{path}: its chain of `base` files comes back to itself; break the circle"
        )
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(_missing_file(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); give a readable YAML file") from None
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid YAML ({reason}); fix that line") from None
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{path}: expected a mapping of keys to values, got {type(tree).__name__}"
        )
    base = tree.pop("base", None)
    if base is None:
        return tree
    return merge(_load_merged(path.parent / str(base), (*seen, path.resolve())), tree)


def _missing_file(path: Path) -> str:
    names = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
    there = f"; {path.parent} holds {', '.join(names)}" if names else ""
    return f"{path}: no such file{there}"


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: mappings merge key by key, anything else replaces."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def override(tree: dict[str, Any], assignments: list[str]) -> dict[str, Any]:
    """Apply `a.b.c=value` assignments; values are read as YAML (`3`, `true`, `[1, 2]`, `null`).

    Raises:
        ConfigError: an assignment has no `=`, an empty key, or descends into a plain value.
    """
    for assignment in assignments:
        dotted, equals, text = assignment.partition("=")
        keys = dotted.split(".")
        if not equals or not all(keys):
            raise ConfigError(
                f"override {assignment!r}: expected key=value, such as train.steps=1000"
            )
        try:
            branch: Any = yaml.safe_load(text)
        except yaml.YAMLError:
            raise ConfigError(
                f"override {assignment!r}: {text!r} is not a YAML value; quote it"
            ) from None
        for depth, key in reversed(list(enumerate(keys))):
            _refuse_descent_into_value(tree, keys[:depth], assignment)
            branch = {key: branch}
        tree = merge(tree, branch)
    return tree


def _refuse_descent_into_value(tree: Any, keys: list[str], assignment: str) -> None:
    for key in keys:
        tree = tree.get(key, {}) if isinstance(tree, dict) else tree
        if tree is not None and not isinstance(tree, dict):
            raise ConfigError(
                f"override {assignment!r}: {key} holds {tree!r}, which has no keys inside"
            )


def parse(settings: type[S], tree: dict[str, Any], source: str) -> S:
    """Build `settings` from a mapping.

    Args:
        settings: the class to build.
        tree: what was read from YAML.
        source: the file (and section) that error messages name.
    Raises:
        ConfigError: unknown key (with the allowed ones), missing key, or wrong value.
    """
    try:
        return settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_explain(settings, error, source)) from None


def _explain(settings: type[Settings], error: ValidationError, source: str) -> str:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    key = ".".join(where)
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(_fields_at(settings, where[:-1])))
        return f"{source}: unknown key {key}; allowed here: {allowed}"
    if first["type"] == "missing":
        return f"{source}: key {key} is missing; add it"
    message = first["msg"].removeprefix("Value error, ")
    if not key:
        return f"{source}: {message}"
    given = "" if isinstance(first["input"], dict) else f" = {first['input']!r}"
    return f"{source}: {key}{given}: {message}"


def _fields_at(settings: type[Settings], path: list[str]) -> list[str]:
    """The keys allowed at a place in the tree, walking nested settings, lists and dicts."""
    here: list[type[Settings]] = [settings]
    for name in path:
        deeper = [
            c
            for s in here
            if name in s.model_fields
            for c in _settings_in(s.model_fields[name].annotation)
        ]
        here = deeper or here
    return sorted({name for s in here for name in s.model_fields})


def _settings_in(annotation: Any) -> list[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _settings_in(argument)]


def to_tree(settings: Settings) -> dict[str, Any]:
    """The settings as plain values that YAML and JSON can hold, defaults included."""
    return settings.model_dump(mode="json")


def dump_yaml(tree: dict[str, Any]) -> str:
    """A mapping as YAML text, keys in their own order."""
    return yaml.safe_dump(
        tree, sort_keys=False, allow_unicode=True, default_flow_style=None, width=99
    )
