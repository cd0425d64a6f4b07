"""Who is served next, what is done together, and what happens when it goes wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")
pytest.importorskip("prometheus_client", reason="the extra [serve] is not installed")

from tests.serve.conftest import until
from tts.errors import TextError
from tts.serve.engine import Ask, Engine, Piece, Task, Work
from tts.serve.limits import Limits
from tts.serve.metrics import Metrics
from tts.serve.problems import Problem


@contextmanager
def engine_of(limits: Limits | None = None, **options: int) -> Iterator[Engine]:
    options = {"n_workers": 1, "n_threads": 1, "n_batch": 1} | options
    engine = Engine(limits or Limits(), Metrics(), **options)
    yield engine
    engine.close()


class Log:
    """What was done, in its order; nothing is until it is opened."""

    def __init__(self) -> None:
        self.done: list[list[Any]] = []
        self.opened = threading.Event()

    def do(self, jobs: Sequence[Any]) -> list[Any]:
        assert self.opened.wait(10)
        self.done.append(list(jobs))
        return [f"<{job}>" for job in jobs]

    def work(self, name: str, n: int, audio_s: float = 1.0, key: Any = None) -> Work:
        for place in range(n):
            made = yield Ask(self.do, f"{name}{place}", key)
            yield Piece(made.encode(), audio_s)


async def all_of(task: Task) -> list[str]:
    pieces = []
    while (piece := await task.next()) is not None:
        pieces.append(piece.content.decode())
    return pieces


def together(
    engine: Engine, works: Sequence[Work], log: Log, begin: Callable[[], Any] = lambda: None
) -> list[list[str]]:
    """The pieces of several works, all there before the first is done."""

    async def run() -> list[list[str]]:
        with ExitStack() as stack:
            tasks = [stack.enter_context(engine.admitted(work)) for work in works]
            until(lambda: not engine._fresh)
            begin()
            log.opened.set()
            return list(await asyncio.gather(*map(all_of, tasks)))

    return asyncio.run(run())


def test_pieces_come_in_their_order() -> None:
    log = Log()
    with engine_of(n_workers=3) as engine:
        got = together(engine, [log.work(name, 4) for name in "abcd"], log)
    assert got == [[f"<{name}{i}>" for i in range(4)] for name in "abcd"]


def test_whoever_hears_silence_first_is_served_first() -> None:
    log = Log()
    with engine_of() as engine:
        together(engine, [log.work("long", 4, audio_s=1.0), log.work("new", 2, 1.5)], log)
    order = [jobs[0] for jobs in log.done]
    assert order == ["long0", "new0", "long1", "new1", "long2", "long3"]


def test_asks_of_one_key_are_done_together() -> None:
    log = Log()
    works = [log.work(name, 2, key="x") for name in "abcde"]
    works.append(log.work("other", 1, key="y"))
    with engine_of(n_batch=3) as engine:
        got = together(engine, works, log)
    assert got[4] == ["<e0>", "<e1>"] and got[5] == ["<other0>"]
    sizes = {len(jobs) for jobs in log.done}
    assert max(sizes) == 3 and ["other0"] in log.done
    assert sorted(job for jobs in log.done for job in jobs) == sorted(
        [f"{name}{i}" for name in "abcde" for i in range(2)] + ["other0"]
    )


def test_without_a_key_each_is_done_alone() -> None:
    log = Log()
    with engine_of(n_batch=8) as engine:
        together(engine, [log.work(name, 1) for name in "abc"], log)
    assert [len(jobs) for jobs in log.done] == [1, 1, 1]


def test_an_error_is_that_of_one_request() -> None:
    log = Log()

    def failing() -> Work:
        yield Piece(b"first")
        raise TextError("cannot say this")

    async def run() -> None:
        with engine.admitted(failing()) as bad, engine.admitted(log.work("a", 1)) as good:
            log.opened.set()
            assert (await bad.next()).content == b"first"
            with pytest.raises(TextError, match="cannot say"):
                await bad.next()
            assert await all_of(good) == ["<a0>"]

    with engine_of() as engine:
        asyncio.run(run())


def test_a_listener_that_left_costs_nothing_more() -> None:
    log = Log()

    async def run() -> None:
        with engine.admitted(log.work("gone", 100)) as task:
            log.opened.set()
            await task.next()
        log.opened.clear()
        n_done = len(log.done)
        log.opened.set()
        with engine.admitted(log.work("next", 1)) as task:
            await all_of(task)
        assert len(log.done) <= n_done + 3

    with engine_of(Limits(ahead_s=3.0)) as engine:
        asyncio.run(run())
        assert engine.n_admitted == 0


def test_no_more_is_made_ahead_than_is_allowed() -> None:
    log = Log()

    async def run() -> None:
        with engine.admitted(log.work("a", 10)) as task:
            log.opened.set()
            until(lambda: task.is_parked)
            assert len(log.done) == 3
            assert len(await all_of(task)) == 10

    with engine_of(Limits(ahead_s=3.0)) as engine:
        asyncio.run(run())


def test_there_is_room_for_so_many() -> None:
    log = Log()

    async def run() -> None:
        with engine.admitted(log.work("a", 1)), engine.admitted(log.work("b", 1)) as second:
            with pytest.raises(Problem) as caught, engine.admitted(log.work("c", 1)):
                pass
            assert caught.value.status == 429 and 1 <= caught.value.retry_s <= 60
            log.opened.set()
            await all_of(second)
        with engine.admitted(log.work("c", 1)) as third:
            assert await all_of(third) == ["<c0>"]

    with engine_of(Limits(queue=2)) as engine:
        asyncio.run(run())


def test_a_piece_that_takes_too_long() -> None:
    log = Log()

    async def run() -> None:
        with engine.admitted(log.work("a", 1)) as task:
            with pytest.raises(Problem) as caught:
                await task.next()
            assert (caught.value.status, caught.value.code) == (503, "timeout")
        log.opened.set()

    with engine_of(Limits(timeout_s=0.05)) as engine:
        asyncio.run(run())


def test_who_comes_while_it_stops() -> None:
    log = Log()

    async def run() -> None:
        with engine.admitted(log.work("a", 2)) as task:
            engine.drain()
            with pytest.raises(Problem, match="stopping"), engine.admitted(log.work("b", 1)):
                pass
            log.opened.set()
            assert await all_of(task) == ["<a0>", "<a1>"]

    with engine_of() as engine:
        asyncio.run(run())
