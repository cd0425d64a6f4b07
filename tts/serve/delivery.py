"""From the engine to the client: what is sent, until it is done or nobody listens any more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from tts.errors import TTSError
from tts.serve.engine import Engine, Piece, Task, Work
from tts.serve.metrics import Metrics
from tts.serve.problems import Problem, of_error

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def deliver(
    request: Request,
    work: Work,
    engine: Engine,
    metrics: Metrics,
    *,
    media_type: str,
    headers: dict[str, str],
    streamed: bool = True,
    on_problem: Callable[[Problem], bytes] | None = None,
) -> Response:
    """The answer to a request, once its first bytes are there; what fails before is a Problem.

    Args:
        streamed: send pieces as they come; else all of them as one.
        on_problem: what to send where it fails later; by default the answer breaks off, so that
            nobody takes a part for the whole.
    Raises:
        Problem: the request cannot be spoken, or there is no room for it.
    """
    started_s = time.perf_counter()
    with ExitStack() as stack:
        task = stack.enter_context(engine.admitted(work))
        first = await while_heard(request, _first(task))
        metrics.first_audio_s.observe(time.perf_counter() - started_s)
        if streamed:
            rest = stack.pop_all()
            return Delivery(first.content, task, rest, media_type, headers, on_problem)
        content = await while_heard(request, _all(task, first))
        return Response(content, media_type=media_type, headers=headers)
    raise AssertionError("the stack swallows nothing")


async def _first(task: Task) -> Piece:
    """The first piece that holds something: silence before it is none."""
    while (piece := await _next(task)) is not None:
        if piece.content:
            return piece
    raise Problem(500, "the voice made no audio; try another text", code="voice_failed")


async def _all(task: Task, first: Piece) -> bytes:
    content = bytearray(first.content)
    while (piece := await _next(task)) is not None:
        content += piece.content
    return bytes(content)


async def _next(task: Task) -> Piece | None:
    """The next piece of a task.

    Raises:
        Problem: whatever went wrong.
    """
    try:
        return await task.next()
    except TTSError as error:
        raise of_error(error) from error
    except (Problem, asyncio.CancelledError):
        raise
    except Exception as error:
        logger.exception("a request failed")
        message = "the server failed; its log says why"
        raise Problem(500, message, code="internal_error") from error


async def while_heard(request: Request, work: Awaitable[T]) -> T:
    """The result, unless the client leaves before.

    Raises:
        Problem: it has left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request.receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Problem(499, "the client has left", code="client_left")
    finally:
        working.cancel()
        leaving.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Delivery(Response):
    """Pieces sent as they come; the work stops when the client leaves."""

    def __init__(
        self,
        first: bytes,
        task: Task,
        stack: ExitStack,
        media_type: str,
        headers: dict[str, str],
        on_problem: Callable[[Problem], bytes] | None,
    ) -> None:
        super().__init__(media_type=media_type, headers=headers)
        del self.headers["content-length"]
        self._first, self._task, self._stack, self._on_problem = first, task, stack, on_problem

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        with self._stack:
            sending = asyncio.ensure_future(self._send(send))
            leaving = asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
            finally:
                sending.cancel()
                leaving.cancel()

    async def _send(self, send: Send) -> None:
        status = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(status)
        await send(_body(self._first))
        try:
            while (piece := await _next(self._task)) is not None:
                if piece.content:
                    await send(_body(piece.content))
        except Problem as problem:
            logger.warning("an answer broke off: %s", problem.message)
            if self._on_problem is None:
                return  # without an end, which the client sees
            await send(_body(self._on_problem(problem)))
        await send(_body(b"", more=False))


def _body(content: bytes, more: bool = True) -> dict[str, object]:
    return {"type": "http.response.body", "body": content, "more_body": more}
