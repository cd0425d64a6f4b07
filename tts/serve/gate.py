"""What every request passes: its id, the key, the size of its body, its line in the log."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tts.serve.limits import Limits
from tts.serve.metrics import Metrics
from tts.serve.problems import Problem

logger = logging.getLogger(__name__)

PAGE = "/page/"
OPEN = ("/", "/health", "/openapi.json")  # these, and the page's files, want no key
ROUTES = (
    *OPEN, "/metrics", "/api/say", "/v1/audio/speech", "/v1/models", "/v1/voices",
)  # fmt: skip
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Gate:
    """ASGI middleware around the whole application.

    Args:
        key: what requests must bring as `Authorization: Bearer KEY`; None lets everyone in.
    """

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics, key: str | None) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._key = None if key is None else key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        seen: MutableMapping[str, Any] = {"status": 499}
        started_s = time.perf_counter()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                out = MutableHeaders(scope=message)
                out["x-request-id"] = request_id
                for name, value in _HEADERS.items():
                    out.setdefault(name, value)
            await asyncio.wait_for(send(message), self._limits.timeout_s)

        try:
            self._check(scope["path"], headers)
            await self._app(scope, await self._whole(receive), answer)
        except Problem as problem:
            await problem.response()(scope, receive, answer)
        except asyncio.TimeoutError:
            logger.warning("%s: the client took nothing for too long", request_id)
        finally:
            self._note(scope, seen["status"], time.perf_counter() - started_s, request_id)

    def _check(self, path: str, headers: Headers) -> None:
        if self._key is not None and path not in OPEN and not path.startswith(PAGE):
            scheme, _, given = headers.get("authorization", "").partition(" ")
            is_right = hmac.compare_digest(given.strip().encode(), self._key)
            if scheme.lower() != "bearer" or not is_right:
                message = "wrong or no API key; send it as `Authorization: Bearer KEY`"
                raise Problem(401, message, code="invalid_api_key")
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._limits.max_body_bytes:
            raise self._too_large()

    async def _whole(self, receive: Receive) -> Receive:
        """What hands out the body in one piece, and then what comes after it.

        Raises:
            Problem: it is too large.
        """
        content, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return _replaying(message, receive)
            content += message.get("body", b"")
            more = message.get("more_body", False)
            if len(content) > self._limits.max_body_bytes:
                raise self._too_large()
        return _replaying({"type": "http.request", "body": bytes(content)}, receive)

    def _too_large(self) -> Problem:
        message = f"the body is larger than {self._limits.max_body_bytes} bytes; send less at once"
        return Problem(413, message, code="body_too_large")

    def _note(self, scope: Scope, status: int, wall_s: float, request_id: str) -> None:
        path = scope["path"]
        route = path if path in ROUTES else PAGE if path.startswith(PAGE) else "other"
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.answer_s.labels(route).observe(wall_s)
        level = logging.DEBUG if path in ("/health", "/metrics") else logging.INFO
        shown = path.encode("unicode_escape").decode("ascii")
        logger.log(level, "%s %s %d %.3f s %s", scope["method"], shown, status, wall_s, request_id)


def _replaying(first: Message, receive: Receive) -> Receive:
    kept = [first]

    async def replay() -> Message:
        return kept.pop() if kept else await receive()

    return replay


def _request_id(headers: Headers) -> str:
    """The client's own, where it can stand in a log; else a new one."""
    given = headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex
