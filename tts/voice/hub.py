"""Voices from the Hugging Face Hub, and to it: `hf://org/name`, `hf://org/name@revision`.

Only weights in safetensors and plain text are fetched: nothing in a voice is ever executed. What
was fetched once lies in the package's own cache and needs no network again.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from tts.errors import CheckpointError, ConfigError
from tts.voice import pack

PREFIX = "hf://"
FILES = ("*.safetensors", "*.json", "*.txt", "*.md")

_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")


def is_remote(name: str | Path) -> bool:
    """Whether a name means a voice on the Hub."""
    return str(name).startswith(PREFIX)


def fetch(name: str) -> Path:
    """The folder with the files of a voice on the Hub, which are downloaded unless they are there.

    Args:
        name: `hf://org/name`, or `hf://org/name@revision` for a branch, tag or commit.
    Raises:
        ConfigError: the name is none, or the package is missing.
        CheckpointError: there is no such voice, or it cannot be reached.
    """
    found = _NAME.fullmatch(name.removeprefix(PREFIX))
    if found is None:
        raise ConfigError(f"{name}: expected hf://ORG/NAME or hf://ORG/NAME@REVISION")
    hub = _need()
    with _explained(name):
        folder = hub.snapshot_download(
            found["repo"], revision=found["revision"], allow_patterns=list(FILES)
        )
    if not pack.is_packed(folder):
        raise CheckpointError(
            f"{name}: holds no {pack.CARD}, so it is no voice of this toolkit; look at its page"
        )
    return Path(folder)


def push(folder: str | Path, repo: str) -> str:
    """Upload a packed voice, making the repository if there is none; returns its name.

    Args:
        repo: `org/name`.
    Raises:
        ConfigError: the name is none, or the package is missing.
        CheckpointError: the folder is no packed voice, or the Hub does not take it.
    """
    check_repo(repo)
    if not pack.is_packed(folder):
        raise CheckpointError(f"{folder}: not a packed voice; make one with `tts pack`")
    hub = _need()
    with _explained(repo):
        api = hub.HfApi()
        api.create_repo(repo, exist_ok=True)
        api.upload_folder(repo_id=repo, folder_path=str(folder), allow_patterns=list(FILES))
    return f"{PREFIX}{repo}"


def check_repo(repo: str) -> None:
    """Refuse, before any work is done, what cannot be pushed to.

    Raises:
        ConfigError: the name is none, or the package is missing.
    """
    found = _NAME.fullmatch(repo)
    if found is None or found["revision"]:
        raise ConfigError(f"{repo}: expected the name of a repository, ORG/NAME")
    _need()


def _need() -> ModuleType:
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise ConfigError(
            f"the Hub: needs the package huggingface_hub ({error}); pip install "
            "'wavebridge[hub]', or give the folder of a voice"
        ) from None


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """What the Hub or the network says, in one line."""
    errors = importlib.import_module("huggingface_hub.errors")
    try:
        yield
    except errors.LocalEntryNotFoundError:
        raise CheckpointError(
            f"{name}: not in the cache, and the Hub cannot be reached; look at the network, or "
            "give the folder of a voice"
        ) from None
    except errors.RevisionNotFoundError:
        raise CheckpointError(f"{name}: there is no such revision") from None
    except errors.RepositoryNotFoundError:
        raise CheckpointError(
            f"{name}: not on the Hub, or not for you to see; look at the name, or `hf auth login`"
        ) from None
    except (errors.HFValidationError, *errors.HfHubHTTPError.__bases__) as error:
        # the bases are the errors of whichever network library the package uses, and OSError
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"{name}: the Hub says: {reason}") from None
