"""A crowd at a server: how much speech it gets, how soon the first of it, and what that costs.

    python benchmarks/serve_load.py --clients 32 --seconds 60 -- --voice EXP --vocoder EXP

starts `tts serve` with what stands behind `--`, on a free port, and stops it in the end; with
`--url` it asks one that runs already. Each client asks again as soon as it has its answer, one
text after the other; told to come back later (429), it does. Times are those of a client, from
before it connects. A stream ran dry when its listener, who starts at the first byte, had to wait.
Processor time and memory are the server's own figures.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np

RATE_HZ = 24_000  # of response_format pcm
WARM_S = 3.0  # that are not measured: the first time takes longer
TEXTS = (
    "Yes.",
    "The north wind and the sun were disputing which was the stronger.",
    "Good morning. Your train leaves at 7:45 from platform 3.",
    "He paid $12.50 for it on 4 July 1996, and never looked at it again.",
    "Chapter one. It was late in the year when they came to the house by the shore. Nobody had "
    "lived there for a long time. The windows were shut, and the garden had gone wild.",
    "Please wait.",
    "A traveller came along, wrapped in a warm cloak. They agreed that the one who first made "
    "him take it off should be considered stronger than the other. Then the north wind blew as "
    "hard as he could, but the more he blew, the more closely did the traveller fold his cloak.",
)


@dataclass
class Seen:
    """What the clients saw, all together."""

    statuses: Counter[int | str] = field(default_factory=Counter)
    first_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)
    audio_s: float = 0.0
    ended_s: float = 0.0  # when the last answer was there
    n_dry: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> None:
    options, words = parse(sys.argv[1:])
    with served(options.url, words) as (host, port):
        crowd(host, port, options.clients, WARM_S, options.plain)
        before_s = figure(host, port, "process_cpu_seconds_total")
        seen, memory_mb = crowd(host, port, options.clients, options.seconds, options.plain)
        cpu_s = figure(host, port, "process_cpu_seconds_total") - before_s
    show(seen, memory_mb, cpu_s, options)


def parse(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and what stands behind `--`."""
    own, other = list(words), []
    if "--" in own:
        place = own.index("--")
        own, other = own[:place], own[place + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--url", help="of a server that runs")
    parser.add_argument("--plain", action="store_true", help="answers in one piece")
    options = parser.parse_args(own)
    if (options.url is None) == (not other):
        parser.error("name either --url or, behind --, the options of `tts serve`")
    return options, other


@contextmanager
def served(url: str | None, words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Host and port of a server."""
    if url is not None:
        parts = urlsplit(url)
        yield parts.hostname, parts.port or 80
        return
    code = "from tts.cli.main import main; main()"
    command = [sys.executable, "-c", code, "serve", *words, "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r"at http://(.+):(\d+)$", line):
                break
            print(line, end="", file=sys.stderr)
        else:
            sys.exit("the server did not start")
        drain = threading.Thread(target=lambda: list(process.stderr), daemon=True)
        drain.start()
        yield found[1], int(found[2])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def crowd(
    host: str, port: int, n_clients: int, seconds: float, plain: bool
) -> tuple[Seen, list[float]]:
    """Let all clients ask until the time is up; returns what they saw, and the server's memory."""
    seen, memory_mb = Seen(), []
    ends_s = time.monotonic() + seconds
    threads = [
        threading.Thread(target=client, args=(host, port, place, ends_s, plain, seen))
        for place in range(n_clients)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        memory_mb.append(figure(host, port, "process_resident_memory_bytes") / 1e6)
        time.sleep(min(2.0, max(0.1, ends_s - time.monotonic())))
    seen.ended_s = time.monotonic() + seconds - ends_s
    return seen, memory_mb


def client(host: str, port: int, place: int, ends_s: float, plain: bool, seen: Seen) -> None:
    """One after the other, until the time is up."""
    for text in itertools.islice(itertools.cycle(TEXTS), place, None):
        if time.monotonic() >= ends_s:
            return
        try:
            wait_s = ask(host, port, text, plain, seen)
        except (OSError, http.client.HTTPException) as error:
            with seen.lock:
                seen.statuses[type(error).__name__] += 1
            continue
        time.sleep(max(0.0, min(wait_s, ends_s - time.monotonic())))


def ask(host: str, port: int, text: str, plain: bool, seen: Seen) -> float:
    """One request; returns how long to wait before the next."""
    started_s = time.monotonic()
    connection = http.client.HTTPConnection(host, port, timeout=120)
    body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "pcm"}
    body |= {"stream": False} if plain else {}
    try:
        headers = {"content-type": "application/json"}
        connection.request("POST", "/v1/audio/speech", json.dumps(body), headers)
        answer = connection.getresponse()
        n_bytes, first_s, is_dry = 0, None, False
        while content := answer.read1(1 << 16):
            now_s = time.monotonic()
            if first_s is None:
                first_s = now_s
            elif now_s - first_s > n_bytes / 2 / RATE_HZ:
                is_dry = True
            n_bytes += len(content)
    finally:
        connection.close()
    with seen.lock:
        seen.statuses[answer.status] += 1
        if answer.status == 200:
            seen.first_s.append(first_s - started_s)
            seen.whole_s.append(time.monotonic() - started_s)
            seen.audio_s += n_bytes / 2 / RATE_HZ
            seen.n_dry += is_dry
    return float(answer.headers.get("retry-after", 0))


def figure(host: str, port: int, name: str) -> float:
    """One of the server's own figures."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return float(re.search(rf"^{name} (\S+)", text, re.M)[1])


def show(seen: Seen, memory_mb: list[float], cpu_s: float, options: argparse.Namespace) -> None:
    """The figures."""
    n_answers = seen.statuses[200]
    if not n_answers:
        sys.exit(f"no speech: {dict(seen.statuses)}")
    wall_s = seen.ended_s
    quarters = [np.mean(part) for part in np.array_split(memory_mb, 4) if len(part)]
    print(f"clients            {options.clients} for {wall_s:.1f} s, {n_answers} answers")
    print(f"statuses           {dict(sorted(seen.statuses.items(), key=str))}")
    print(f"speech             {seen.audio_s:.0f} s, {seen.audio_s / wall_s:.1f} s per second")
    for name, values in (("first byte", seen.first_s), ("whole answer", seen.whole_s)):
        half, most = np.percentile(values, [50, 95])
        print(f"{name:18} median {half:.3f} s, p95 {most:.3f} s, longest {max(values):.3f} s")
    print(f"processor          {1000 * cpu_s / seen.audio_s:.0f} ms for a second of speech")
    print(f"ran dry            {seen.n_dry} of {n_answers}")
    print(f"memory             {', '.join(f'{mb:.0f}' for mb in quarters)} MB over the quarters")


if __name__ == "__main__":
    main()
