"""Servers of tiny voices. Nothing here is imported before a test wants it: it may be missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tiny import save_acoustic

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from tts.serve.catalogue import Catalogue


@pytest.fixture(scope="session")
def two_speakers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment of an acoustic model of two speakers; read only."""
    return save_acoustic(tmp_path_factory.mktemp("two") / "exp", speakers=("anna", "bert"))


@pytest.fixture(scope="session")
def catalogue(acoustic: Path, two_speakers: Path, vocoder: Path) -> Catalogue:
    """`one`, of one speaker without a name, and `two`; each with two vocoders."""
    from tts.serve.catalogue import Catalogue

    voices = [f"one={acoustic}", f"two={two_speakers}"]
    vocoders = [f"fast={vocoder}", "griffin_lim"]
    return Catalogue.load(voices, vocoders, precision="float32", device="cpu")


@pytest.fixture
def serving(catalogue: Catalogue) -> Iterator[Callable[..., TestClient]]:
    """Makes clients, each of a server of its own with the options of `make_app`."""
    from fastapi.testclient import TestClient

    from tts.serve.app import make_app

    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(TestClient(make_app(catalogue, **options)))


@pytest.fixture
def client(serving: Callable[..., TestClient]) -> TestClient:
    """Of a server as it is by itself."""
    return serving()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No speech is made until it is set."""
    from tts.serve import speaking

    goes_on, framed = threading.Event(), speaking.framed

    def waiting(*arguments: Any) -> Any:
        assert goes_on.wait(30)
        return framed(*arguments)

    monkeypatch.setattr(speaking, "framed", waiting)
    yield goes_on
    goes_on.set()


@contextmanager
def live(app: Any) -> Iterator[int]:
    """The application behind a real port; yields it."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def until(is_so: Callable[[], Any], limit_s: float = 30.0) -> None:
    """Wait for something."""
    ends_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < ends_s, "waited for too long"
        time.sleep(0.01)
