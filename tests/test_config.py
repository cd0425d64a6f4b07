"""Configuration: merging, overrides, and one clear line for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts.config import Settings, dump_yaml, load_yaml, override, parse, to_tree
from tts.errors import ConfigError


class Inner(Settings):
    size: int = 3


class Outer(Settings):
    name: str
    inner: Inner = Inner()
    many: dict[str, Inner] = {}
    rates: tuple[int, ...] = (1, 2)


def test_a_file_starts_from_its_base(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("name: a\ninner: {size: 5}\nrates: [4]\n")
    (tmp_path / "over.yaml").write_text("base: base.yaml\ninner: {size: 7}\n")
    assert load_yaml(tmp_path / "over.yaml") == {"name": "a", "inner": {"size": 7}, "rates": [4]}


def test_overrides_are_yaml_values() -> None:
    tree = override(
        {"inner": {"size": 1}}, ["inner.size=9", "name=x", "rates=[1, 2]", "a.b.c=null"]
    )
    assert tree == {"inner": {"size": 9}, "name": "x", "rates": [1, 2], "a": {"b": {"c": None}}}


def test_settings_survive_yaml() -> None:
    import yaml

    outer = Outer(name="é", inner=Inner(size=4), many={"a": Inner(size=9)})
    assert parse(Outer, yaml.safe_load(dump_yaml(to_tree(outer))), "x") == outer


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (
            {"name": "a", "inner": {"sise": 1}},
            r"f.yaml: unknown key inner.sise; allowed here: size",
        ),
        ({"name": "a", "nane": 1}, r"unknown key nane; allowed here: inner, many, name, rates"),
        (
            {"name": "a", "many": {"x": {"sise": 2}}},
            r"unknown key many.x.sise; allowed here: size",
        ),
        ({}, r"key name is missing"),
        ({"name": "a", "inner": {"size": "big"}}, r"inner.size = 'big'"),
    ],
)
def test_wrong_keys_and_values_are_named(tree: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse(Outer, tree, "f.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [1", "not valid YAML"),
        ("- 1\n- 2\n", "expected a mapping"),
        ("base: f.yaml\n", "comes back to itself"),
        ("base: nowhere.yaml\n", "no such file"),
        ("\xff\xfe".encode("latin-1"), "cannot be read"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=message) as caught:
        load_yaml(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_lists_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "there.yaml").touch()
    with pytest.raises(ConfigError, match=r"there\.yaml"):
        load_yaml(tmp_path / "missing.yaml")


@pytest.mark.parametrize("assignment", ["novalue", "=3", "a..b=1", "a=[1", "name.x=3"])
def test_overrides_that_cannot_be_read(assignment: str) -> None:
    with pytest.raises(ConfigError, match="override"):
        override({"name": "a"}, [assignment])
