"""The page: what it is made of, and the lines that it draws."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")

from fastapi.testclient import TestClient

from tests.tiny import CONTRACT, LATENT
from tts.audio.mel import MelSpectrogram
from tts.serve.catalogue import Catalogue
from tts.serve.encoding import to_int16
from tts.serve.picture import Picture

TEXT = "Dr. Bad fed 2 cabs. A dead end."


def lines_of(client: TestClient, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/say", json={"input": TEXT, "voice": "two", **body})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_page_has_all_it_needs(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    named = set(re.findall(r'(?:src|href)="([^"#]+)"', page.text))
    assert {"page/app.js", "page/style.css", "page/icon.svg", "openapi.json"} <= named
    script = client.get("/page/app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    named |= {f"page/{name}" for name in re.findall(r'from "\./([^"]+)"', script.text)}
    for path in named:
        assert client.get(f"/{path}").status_code == 200, path
        if path.startswith("page/") and not path.endswith("svg"):
            assert "http" not in client.get(f"/{path}").text
    assert "style=" not in page.text and "<script>" not in page.text


def test_every_control_has_a_name(client: TestClient) -> None:
    page = client.get("/").text
    labelled = set(re.findall(r'<label for="([^"]+)"', page))
    for tag in re.findall(r"<(?:select|input|textarea|output)[^>]*>", page):
        if tag.startswith("<output"):
            continue
        assert re.search(r'id="([^"]+)"', tag)[1] in labelled, tag
    for name in re.findall(r'\$\("([^"]+)"\)', client.get("/page/app.js").text):
        assert f'id="{name}"' in page, name


@pytest.mark.parametrize("name", ["nope.js", "__init__.py", "..%2fapp.py"])
def test_other_files_are_not_shown(client: TestClient, name: str) -> None:
    assert client.get(f"/page/{name}").status_code == 404


def test_what_the_page_draws(client: TestClient, catalogue: Catalogue) -> None:
    lines = lines_of(client, seed=2, speaker="bert")
    said = catalogue.entries[1].voice.say(TEXT, seed=2, speaker="bert")
    begin, chunks, end = lines[0], lines[1:-1], lines[-1]
    assert (begin["event"], end["event"]) == ("start", "end")
    assert (begin["sample_rate_hz"], begin["hop"], begin["channels"]) == (4000, 16, 8)
    assert (begin["voice"], begin["vocoder"], begin["speaker"]) == ("two", "fast", "bert")
    pcm = b"".join(base64.b64decode(chunk["pcm"]) for chunk in chunks)
    assert pcm == to_int16(said.samples).tobytes()
    tokens = [tuple(token) for chunk in chunks for token in chunk.get("tokens", [])]
    assert tokens == [(t.text, t.start_s, t.end_s) for t in said.tokens]
    words = [word[0] for chunk in chunks for word in chunk.get("words", [])]
    assert words == [word.text for word in said.words]
    spans = [span for chunk in chunks for span in chunk.get("spans", [])]
    assert [(s["written"], s["spoken"]) for s in spans][:1] == [("Dr.", "Doctor")]
    assert [TEXT[s["start"] : s["end"]] for s in spans] == [s["written"] for s in spans]
    mel = b"".join(base64.b64decode(line.get("mel", "")) for line in lines)
    assert len(mel) == len(said.samples) // 16 * 8
    assert end["audio_s"] == pytest.approx(said.audio_s) and end["wall_s"] > 0


def test_an_error_before_the_first_line(client: TestClient) -> None:
    answer = client.post("/api/say", json={"input": ""})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "empty_text"


def test_an_error_in_the_midst_is_a_line(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tts.errors import CheckpointError
    from tts.serve import speaking

    framed, n_done = speaking.framed, []

    def failing(*arguments: Any) -> Any:
        n_done.append(1)
        if len(n_done) > 1:
            raise CheckpointError("the model\nfell over")
        return framed(*arguments)

    monkeypatch.setattr(speaking, "framed", failing)
    lines = lines_of(client)
    assert [line["event"] for line in lines][:2] == ["start", "chunk"]
    assert lines[-1]["event"] == "error"
    assert lines[-1]["error"]["message"] == "the model fell over"


@pytest.mark.parametrize("contract", [CONTRACT, LATENT], ids=["mel", "latent"])
def test_a_picture_in_pieces_is_that_of_the_whole(contract: Any) -> None:
    samples = np.random.default_rng(0).normal(size=16 * 200).astype(np.float32) * 0.1
    picture = Picture(contract)
    made, place = b"", 0
    for n in (1, 15, 700, 3, 1000, 5000):
        made += picture.push(samples[place : place + n])
        place += n
    made += picture.finish()
    whole = Picture(contract)
    expected = whole.push(samples) + whole.finish()
    assert len(made) == 200 * picture.n_channels
    steps = np.frombuffer(made, np.uint8).astype(int) - np.frombuffer(expected, np.uint8)
    assert np.abs(steps).max() <= 1
    if contract is CONTRACT:
        mel = MelSpectrogram(contract)(torch.from_numpy(samples)[None])[0].T
        shade = ((mel + 9.0) / 10.5 * 255).clamp(0, 255).numpy()
        assert np.abs(np.frombuffer(made, np.uint8).reshape(200, 8) - shade).max() <= 1
