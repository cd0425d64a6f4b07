"""The server process: voices loaded, requests served, and an end that cuts nobody off."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Sequence
from types import FrameType

import torch
import uvicorn

from tts.errors import ConfigError
from tts.nn.precision import Precision, chosen_device
from tts.serve.app import make_app
from tts.serve.catalogue import Catalogue
from tts.serve.engine import Engine
from tts.serve.limits import Limits

logger = logging.getLogger(__name__)

_BATCH = 8  # sentences spoken together
_LOOK_S = 0.05  # how often a server that stops looks whether it is done


def serve(
    voices: Sequence[str] = (),
    vocoders: Sequence[str] = (),
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    key: str | None = None,
    limits: Limits | None = None,
    batch: int | None = None,
    workers: int = 1,
    grace_s: float = 30.0,
    precision: Precision = "auto",
    device: str | None = None,
) -> None:
    """Serve voices until SIGTERM or SIGINT: what runs is finished, what comes new gets a 503.

    Args:
        voices, vocoders: as `Catalogue.load` explains.
        key: what clients must send.
        batch: the most sentences spoken together; by default 8, and 1 where numbers are rounded
            so much that it could be heard.
        workers: requests worked on at once, each with its share of the cores.
        grace_s: how long what runs may take, once it is to stop.
    Raises:
        TTSError: a voice cannot be loaded, or the address cannot be listened to.
    """
    if key == "":
        raise ConfigError("the API key is empty; give one, or none to let everyone in")
    device = chosen_device(device)
    n_threads = torch.get_num_threads()  # of all together: OMP_NUM_THREADS, or the cores
    catalogue = Catalogue.load(voices, vocoders, precision=precision, device=device)
    app = make_app(
        catalogue,
        limits=limits,
        key=key,
        n_workers=workers,
        n_threads=max(1, n_threads // workers),
        n_batch=batch or min(_BATCH, catalogue.n_batch),
    )
    catalogue.warm()
    names = ", ".join(entry.name for entry in catalogue.entries)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    with _listening(host, port) as listening:
        address = f"[{host}]" if ":" in host else host
        logger.info("%s at http://%s:%d", names, address, listening.getsockname()[1])
        _Server(config, app.state.house.engine, grace_s).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free.

    Raises:
        ConfigError: there is no such address, or somebody else listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{host}:{port}: cannot listen there ({reason}); choose another --host or --port"
        ) from None


class _Server(uvicorn.Server):
    """One that stops in two steps: new requests are refused; once the last has ended, it is over.

    A second signal ends it at once.
    """

    def __init__(self, config: uvicorn.Config, engine: Engine, grace_s: float) -> None:
        super().__init__(config)
        self._engine, self._grace_s = engine, grace_s

    def handle_exit(self, _signal: int, _frame: FrameType | None) -> None:
        """Called by uvicorn for SIGTERM and SIGINT."""
        if self._engine.is_draining:
            self.should_exit = self.force_exit = True
            return
        self._engine.drain()
        logger.info("stopping: %d requests are spoken to their end", self._engine.n_admitted)
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        ends_s = time.monotonic() + self._grace_s
        while self._engine.n_admitted and time.monotonic() < ends_s:
            time.sleep(_LOOK_S)
        self.should_exit = True
