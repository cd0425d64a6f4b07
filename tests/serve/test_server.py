"""A server among its clients: crowds, those who leave, and the end."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")

from fastapi.testclient import TestClient

import tts
from tests.serve.conftest import live, until
from tts.errors import ConfigError
from tts.serve import speaking
from tts.serve.app import make_app
from tts.serve.catalogue import Catalogue
from tts.serve.encoding import to_int16
from tts.serve.limits import Limits
from tts.serve.server import serve

PATH = "/v1/audio/speech"
BODY = {"model": "tts-1", "voice": "one", "input": "A bad cab. A dead end. Fade.", "stream": False}
Serving = Callable[..., TestClient]


def test_a_full_queue(serving: Serving, held: threading.Event) -> None:
    client = serving(limits=Limits(queue=2))
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(client.post, PATH, json=BODY) for _ in range(2)]
        until(lambda: client.get("/health").json()["requests"] == 2)
        answer = client.post(PATH, json=BODY)
        assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
        assert answer.json()["error"]["type"] == "rate_limit_error"
        held.set()
        assert [each.result().status_code for each in waiting] == [200, 200]
    assert client.post(PATH, json=BODY).status_code == 200


def test_a_wait_that_is_too_long(serving: Serving, held: threading.Event) -> None:
    answer = serving(limits=Limits(timeout_s=0.1)).post(PATH, json=BODY)
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "timeout"


@pytest.mark.parametrize("options", [{"n_workers": 1}, {"n_workers": 3}, {"n_batch": 4}])
def test_a_crowd_hears_what_each_would_hear_alone(
    serving: Serving, catalogue: Catalogue, options: dict[str, int]
) -> None:
    client = serving(**options)
    asked = [
        {**BODY, "voice": voice, "seed": seed, "response_format": "wav", "speed": 1 + seed / 4}
        for seed in range(6)
        for voice in ("one", "anna", "bert")
    ]
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda body: client.post(PATH, json=body).content[44:], asked))
    for body, content in zip(asked, answers):
        chosen = catalogue.choose("tts-1", body["voice"])
        said = chosen.voice.say(
            body["input"], speaker=chosen.speaker, seed=body["seed"], speed=body["speed"]
        )
        got = np.frombuffer(content, "<i2").astype(int)
        steps = np.abs(got - to_int16(said.samples).astype(int)).max()
        assert steps <= (1 if "n_batch" in options else 0)


def test_sentences_of_a_crowd_are_spoken_together(serving: Serving, held: threading.Event) -> None:
    client = serving(n_batch=4)
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(client.post, PATH, json=BODY) for _ in range(5)]
        until(lambda: client.get("/health").json()["requests"] == 5)
        held.set()
        assert {each.result().status_code for each in waiting} == {200}
    assert 'wavebridge_done_together_bucket{le="2.0"}' in client.get("/metrics").text
    found = re.findall(
        r'done_together_bucket{le="(?:2.0|4.0)"} (\d+)', client.get("/metrics").text
    )
    assert int(found[1]) > int(found[0])  # batches of three or four


@pytest.mark.parametrize("stream", [True, False])
def test_work_stops_when_the_client_leaves(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    slow, n_done = speaking.framed, []

    def framed(*arguments: Any) -> Any:
        n_done.append(1)
        threading.Event().wait(0.02)
        return slow(*arguments)

    monkeypatch.setattr(speaking, "framed", framed)
    app = make_app(catalogue)
    metrics = app.state.house.metrics
    body = json.dumps({**BODY, "input": "A bad cab. " * 300, "stream": stream}).encode()
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with live(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body)
            if stream:
                assert client.recv(100).startswith(b"HTTP/1.1 200")
            until(lambda: len(n_done) > 2)
        until(lambda: app.state.house.engine.n_admitted == 0)
        assert len(n_done) < 100
        until(lambda: metrics.cancelled._value.get() == 1)


def test_stopping(acoustic: Path, vocoder: Path) -> None:
    """SIGTERM: what is being heard is spoken to its end, what is new is sent away."""
    code = "from tts.cli.main import main; main()"
    words = ["serve", "--voice", acoustic, "--vocoder", vocoder, "--port", "0", "--grace", "120"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(tts.__file__).parent.parent)},
    )
    try:
        line = ""
        while not (found := re.search(r"at http://127\.0\.0\.1:(\d+)", line)):
            line = process.stderr.readline()
            assert line, "it ended before it began"
        port = int(found[1])
        heard = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = {"input": "A bad cab. " * 120, "response_format": "wav", "sample_rate_hz": 48_000}
        heard.request("POST", PATH, json.dumps(body), {"content-type": "application/json"})
        answer = heard.getresponse()
        assert answer.status == 200
        content = answer.read(1000)
        process.send_signal(signal.SIGTERM)
        until(lambda: "stopping: 1 requests" in process.stderr.readline())
        other = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        other.request("POST", PATH, json.dumps(body), {"content-type": "application/json"})
        refused = other.getresponse()
        assert refused.status == 503 and int(refused.headers["retry-after"]) >= 1
        assert json.loads(refused.read())["error"]["code"] == "stopping"
        content += answer.read()  # raises when the answer breaks off
        assert len(content) > 50 * 2 * 48_000
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.stderr.close()
        process.wait()


def test_an_address_that_is_taken(acoustic: Path, vocoder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port}: cannot listen there"):
            serve([str(acoustic)], [str(vocoder)], port=port, device="cpu")
