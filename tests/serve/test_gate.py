"""What every request passes: key, id, and headers."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")

from fastapi.testclient import TestClient

BODY = {"model": "tts-1", "voice": "alloy", "input": "a bad cab"}
Serving = Callable[..., TestClient]


@pytest.mark.parametrize("given", [None, "wrong", "Bearer wrong", "Basic s3cret", "s3cret", "Bé"])
def test_without_the_key_nothing_is_told(serving: Serving, given: str | None) -> None:
    client = serving(key="s3cret")
    headers = {} if given is None else {"authorization": given.encode("utf-8")}
    for method, path in (
        ("POST", "/v1/audio/speech"),
        ("POST", "/api/say"),
        ("GET", "/v1/voices"),
        ("GET", "/v1/models"),
        ("GET", "/metrics"),
        ("GET", "/nope"),
    ):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == 401, path
        assert answer.json()["error"]["code"] == "invalid_api_key"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_with_the_key_it_speaks(serving: Serving) -> None:
    client = serving(key="s3cret")
    for scheme in ("Bearer", "bearer"):
        headers = {"authorization": f"{scheme} s3cret"}
        assert client.post("/v1/audio/speech", json=BODY, headers=headers).status_code == 200


def test_the_page_and_health_want_no_key(serving: Serving) -> None:
    client = serving(key="s3cret")
    for path in ("/", "/page/app.js", "/health", "/openapi.json"):
        assert client.get(path).status_code == 200, path


def test_ids(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tts.serve")
    answer = client.post("/v1/audio/speech", json=BODY, headers={"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    assert "POST /v1/audio/speech 200" in caplog.text and "mine-1" in caplog.text
    made = [client.get("/health").headers["x-request-id"] for _ in range(2)]
    assert made[0] != made[1] and all(len(name) == 32 for name in made)
    unfit = client.get("/health", headers={"x-request-id": "two words\tand more" + "x" * 200})
    assert len(unfit.headers["x-request-id"]) == 32
    assert "bad cab" not in caplog.text  # what people say is theirs


def test_ids_and_headers_of_errors(client: TestClient) -> None:
    for answer in (client.get("/nope"), client.post("/v1/audio/speech", json={})):
        assert answer.status_code in (400, 404)
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.headers["x-content-type-options"] == "nosniff"
