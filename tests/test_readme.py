"""The README's promises: its commands parse, its Python names exist, its links lead somewhere."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import pytest
import typer.main

import tts
from tts.cli.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
SHELL = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [part for line in SHELL for part in line.split("|") if part.strip().startswith("tts ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    verb = typer.main.get_command(app)
    while hasattr(verb, "commands"):
        verb = verb.commands[words.pop(0)]
    assert verb.make_context(verb.name, words).params


def test_python_uses_what_there_is() -> None:
    (snippet,) = (block for kind, block in BLOCKS if kind == "python")
    compile(snippet, "README", "exec")
    parameters = inspect.signature(tts.Voice.say).parameters
    for name in re.findall(r"(\w+)=", re.search(r"\.say\((.*)\)", snippet)[1]):
        assert name in parameters


def test_links_and_scripts_are_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    scripts = [shlex.split(line)[0] for line in SHELL if line.startswith("egs/")]
    for target in [t for t in targets if "://" not in t] + scripts:
        assert (ROOT / target).exists(), target


def test_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert f"\n{target}: " in makefile
