"""Who is served next: many requests, a few threads, and a listener's buffer that does not run dry.

A request's work is a generator. It yields pieces to send, which must cost it little, and asks for
what is expensive: frames of a sentence, samples of a run of frames. A thread takes the ask of the
request whose listener is the first to hear silence, and with it others of the same kind, which are
done together; so a request that comes while a book is read has its first word soon.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from tts.serve.limits import Limits
from tts.serve.metrics import Metrics
from tts.serve.problems import Problem

_MEMORY = 0.1  # weight of the newest request in the mean of how long one takes


@dataclass(frozen=True)
class Piece:
    """Bytes to send, and how many seconds of audio they add."""

    content: bytes
    audio_s: float = 0.0


@dataclass(frozen=True)
class Ask:
    """Work that a generator wants done; it is sent the result.

    Attributes:
        do: jobs to results.
        key: asks of one key are done together by the `do` of any of them; None is done alone.
    """

    do: Callable[[Sequence[Any]], Sequence[Any]]
    job: Any
    key: Any = None


Work = Generator[Piece | Ask, Any, None]


@dataclass(eq=False)
class Task:
    """One request on its way; `next` returns its pieces in their order.

    Attributes:
        due_s: when its listener runs dry, on the clock of `time.monotonic`.
        unread_s: audio that was made and not taken yet; much of it parks the task.
        is_gone: nobody waits for it any more; is_over: all of it, or its error, was taken.
    """

    work: Work
    engine: Engine
    loop: asyncio.AbstractEventLoop
    due_s: float
    outbox: asyncio.Queue[Piece | BaseException | None] = field(default_factory=asyncio.Queue)
    ask: Ask | None = None
    unread_s: float = 0.0
    is_parked: bool = False
    is_gone: bool = False
    is_over: bool = False

    async def next(self) -> Piece | None:
        """The next piece, or None behind the last.

        Raises:
            Problem: it took too long.
            TTSError: what the work stumbled over.
        """
        limit_s = self.engine.limits.timeout_s
        try:
            made = await asyncio.wait_for(self.outbox.get(), limit_s)
        except asyncio.TimeoutError:
            message = f"no audio within {limit_s:g} s; ask again later, or for a shorter text"
            raise Problem(503, message, code="timeout", retry_s=self.engine.retry_s) from None
        self.is_over = not isinstance(made, Piece)
        if isinstance(made, BaseException):
            raise made
        if made is not None:
            self.engine.taken(self, made.audio_s)
        return made

    def put(self, made: Piece | BaseException | None) -> None:
        """Hand something to the listener's loop, from a thread."""
        try:
            self.loop.call_soon_threadsafe(self.outbox.put_nowait, made)
        except RuntimeError:  # the loop has ended: nobody listens any more
            self.is_gone = True


class Engine:
    """Threads that do the work of the tasks that were admitted.

    Args:
        n_workers: threads; n_threads: of torch's own in each of them.
        n_batch: the most asks done together.
    """

    def __init__(
        self, limits: Limits, metrics: Metrics, *, n_workers: int, n_threads: int, n_batch: int
    ) -> None:
        self.limits, self._metrics = limits, metrics
        self._n_threads, self._n_batch = n_threads, n_batch
        self._changed = threading.Condition()
        self._fresh: deque[Task] = deque()  # nothing is known of these yet
        self._asking: list[tuple[float, int, Task]] = []  # a heap: the most urgent first
        self._tickets = itertools.count()
        self._admitted: set[Task] = set()
        self._residence_s = 1.0  # of a request: a running mean
        self._is_draining = self._is_closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"speaker-{place}", daemon=True)
            for place in range(n_workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def n_admitted(self) -> int:
        """Requests that are in the house."""
        return len(self._admitted)

    @property
    def is_draining(self) -> bool:
        """Whether new requests are refused, since the server is about to stop."""
        return self._is_draining

    @property
    def retry_s(self) -> int:
        """When to ask again: about as long as a request takes at present, 1 to 60."""
        return max(1, min(60, math.ceil(self._residence_s)))

    @contextmanager
    def admitted(self, work: Work) -> Iterator[Task]:
        """A task that is worked on until the block is left, for whatever reason.

        Raises:
            Problem: the queue is full, or the server stops.
        """
        self._check_room()
        started_s = time.monotonic()
        task = Task(work, self, asyncio.get_running_loop(), started_s)
        self._admitted.add(task)
        self._metrics.admitted.set(self.n_admitted)
        with self._changed:
            self._fresh.append(task)
            self._changed.notify()
        try:
            yield task
        finally:
            task.is_gone = True
            if not task.is_over:
                self._metrics.cancelled.inc()
            self._admitted.discard(task)
            self._metrics.admitted.set(self.n_admitted)
            self._residence_s += _MEMORY * (time.monotonic() - started_s - self._residence_s)

    def _check_room(self) -> None:
        if self._is_draining:
            message = "the server is stopping; ask again in a while"
            raise Problem(503, message, code="stopping", retry_s=self.retry_s)
        if self.n_admitted >= self.limits.queue:
            message = f"{self.n_admitted} requests are waiting already; ask again later"
            raise Problem(429, message, code="queue_full", retry_s=self.retry_s)

    def taken(self, task: Task, audio_s: float) -> None:
        """The listener has taken so much audio: a parked task may go on."""
        with self._changed:
            task.unread_s -= audio_s
            if task.is_parked and task.unread_s < self.limits.ahead_s:
                task.is_parked = False
                self._queue(task)

    def drain(self) -> None:
        """Refuse new requests from now on; those in the house are spoken to their end."""
        self._is_draining = True

    def close(self) -> None:
        """End the threads, each behind what it is doing."""
        with self._changed:
            self._is_draining = self._is_closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _queue(self, task: Task) -> None:
        """Put a task that asks among the others; the lock is held."""
        heapq.heappush(self._asking, (task.due_s, next(self._tickets), task))
        self._changed.notify()

    def _run(self) -> None:
        torch.set_num_threads(self._n_threads)
        while (group := self._take()) is not None:
            if group[0].ask is None:
                self._advance(group[0], None)
            else:
                self._answer(group)

    def _take(self) -> list[Task] | None:
        """A fresh task, or those whose asks are done together; None when the engine ends.

        Fresh ones go first: reading their text is quick, and then they can join the others.
        """
        with self._changed:
            while not self._is_closed:
                if self._fresh:
                    return [self._fresh.popleft()]
                if group := self._most_urgent():
                    return group
                self._changed.wait()
        return None

    def _most_urgent(self) -> list[Task]:
        group: list[Task] = []
        others = []
        while self._asking and len(group) < self._n_batch:
            entry = heapq.heappop(self._asking)
            task = entry[2]
            if task.is_gone:
                continue
            if not group or (task.ask.key is not None and task.ask.key == group[0].ask.key):
                group.append(task)
            else:
                others.append(entry)
            if group[0].ask.key is None:
                break
        for entry in others:
            heapq.heappush(self._asking, entry)
        return group

    def _answer(self, group: list[Task]) -> None:
        """Do what the tasks ask for, and let each go on to its next ask."""
        self._metrics.together.observe(len(group))
        try:
            results = group[0].ask.do([task.ask.job for task in group])
        except Exception as error:  # whatever it is, the other requests go on
            for task in group:
                task.put(error)
            return
        for task, result in zip(group, results, strict=True):
            self._advance(task, result)

    def _advance(self, task: Task, answer: Any) -> None:
        """Send the result into a task's work, hand out its pieces, and queue what it asks next."""
        task.ask = None
        while not task.is_gone:
            try:
                made = task.work.send(answer)
            except StopIteration:
                return task.put(None)
            except Exception as error:  # as above
                return task.put(error)
            answer = None
            if isinstance(made, Ask):
                task.ask = made
                return self._park_or_queue(task)
            with self._changed:
                task.unread_s += made.audio_s
            task.due_s += made.audio_s
            task.put(made)
        return None

    def _park_or_queue(self, task: Task) -> None:
        with self._changed:
            task.is_parked = task.unread_s >= self.limits.ahead_s
            if not task.is_parked:
                self._queue(task)
