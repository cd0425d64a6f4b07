"""OpenAI's endpoints: what clients send, and what they get for it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")

from fastapi.testclient import TestClient

from tests.tiny import CONTRACT
from tts.serve.catalogue import Catalogue
from tts.serve.encoding import FORMATS, to_int16
from tts.serve.limits import Limits

RATE_HZ = CONTRACT.sample_rate_hz
TEXT = "A bad cab. Dead on arrival."
PATH = "/v1/audio/speech"


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "tts-1", "voice": "alloy", "input": TEXT, **fields}


def decode(content: bytes) -> tuple[np.ndarray, int]:
    return soundfile.read(io.BytesIO(content), dtype="float32")


def refused(client: TestClient, status: int, **fields: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=body(**fields))
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"} and "\n" not in error["message"]
    return error


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("stream", [True, False])
def test_every_format_holds_the_speech(
    client: TestClient, catalogue: Catalogue, name: str, stream: bool
) -> None:
    answer = client.post(PATH, json=body(response_format=name, stream=stream))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMATS[name].media_type
    assert ("content-length" in answer.headers) is not stream
    said = catalogue.entries[0].voice.say(TEXT)
    if name == "pcm":
        samples = np.frombuffer(answer.content, "<i2") / 32_768
        assert len(samples) == pytest.approx(said.audio_s * 24_000, abs=2)
        return
    if name == "flac" and stream:
        return  # soundfile does not read one without a length
    samples, rate_hz = decode(answer.content)
    assert rate_hz == int(answer.headers["x-sample-rate"])
    assert len(samples) / rate_hz == pytest.approx(said.audio_s, abs=0.2)
    if name in ("wav", "flac"):
        assert rate_hz == RATE_HZ
        assert np.array_equal(samples, to_int16(said.samples).astype(np.float32) / 32_768)


@pytest.mark.parametrize("name", FORMATS)
def test_a_stream_holds_what_comes_in_one_piece(client: TestClient, name: str) -> None:
    fields = {"response_format": name, "seed": 3, "sample_rate_hz": 16_000}
    contents = [
        client.post(PATH, json=body(stream=stream, **fields)).content for stream in (True, False)
    ]
    if name in ("pcm", "wav", "flac"):  # but for the head, which knows the length or does not
        head = {"pcm": 0, "wav": 44, "flac": 42}[name]
        assert contents[0][head:] == contents[1][head:] and len(contents[0]) > 5000
        return
    streamed, whole = (decode(content)[0] for content in contents)
    if name == "opus":
        assert np.array_equal(streamed, whole)
        return
    assert contents[0][:2] == b"\xff\xf3"  # a frame of sound at once
    n = len(whole) - 4000  # the head of a whole mp3 says what to leave out at its ends
    furthest = [np.abs(streamed[at : at + n] - whole[:n]).max() for at in range(2500)]
    assert len(whole) < len(streamed) < len(whole) + 2500 and min(furthest) < 1e-3


def test_a_streamed_wav_does_not_say_how_long_it_is(client: TestClient) -> None:
    streamed = client.post(PATH, json=body(response_format="wav")).content
    whole = client.post(PATH, json=body(response_format="wav", stream=False)).content
    assert streamed[44:] == whole[44:] and streamed[40:44] == b"\xff" * 4
    assert int.from_bytes(whole[40:44], "little") == len(whole) - 44


def test_events(client: TestClient) -> None:
    answer = client.post(PATH, json=body(response_format="pcm", stream_format="sse"))
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = answer.text.split("\n\n")
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    assert [event["type"] for event in events[-2:]] == ["speech.audio.delta", "speech.audio.done"]
    audio = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert audio == client.post(PATH, json=body(response_format="pcm")).content
    used = events[-1]["usage"]
    assert used["input_tokens"] > 10 and used["total_tokens"] == sum(used.values()) / 2


def test_options_reach_the_voice(client: TestClient, catalogue: Catalogue) -> None:
    voice = catalogue.entries[1].voice
    options = {"seed": 7, "speed": 0.5, "temperature": 0.9}
    mixture = "anna:0.25,bert:0.75"
    content = client.post(
        PATH,
        json=body(voice="two", speaker=mixture, response_format="wav", stream=False, **options),
    ).content
    said = voice.say(TEXT, speaker=mixture, **options)
    assert np.array_equal(decode(content)[0], to_int16(said.samples) / np.float32(32_768))
    assert not np.array_equal(said.samples, voice.say(TEXT, speaker="anna", **options).samples)


@pytest.mark.parametrize(
    ("fields", "place", "speaker", "model"),
    [
        ({"voice": "alloy"}, 0, None, "fast"),
        ({"voice": "echo"}, 1, "anna", "fast"),
        ({"voice": "fable"}, 1, "bert", "fast"),
        ({"voice": "onyx"}, 0, None, "fast"),
        ({"voice": "two"}, 1, "anna", "fast"),
        ({"voice": "two/bert", "model": "tts-1-hd"}, 1, "bert", "fast"),
        ({"voice": {"id": "bert"}}, 1, "bert", "fast"),
        ({"voice": "bert", "speaker": "anna"}, 1, "anna", "fast"),
        ({"voice": "one", "model": "griffin_lim"}, 0, None, "griffin_lim"),
        ({"voice": "one", "lexicon": {"cab": "d e a d"}}, 0, None, "fast"),
    ],
)
def test_names(
    client: TestClient,
    catalogue: Catalogue,
    fields: dict[str, Any],
    place: int,
    speaker: str | None,
    model: str,
) -> None:
    answer = client.post(PATH, json=body(response_format="wav", **fields))
    voice = catalogue.entries[place].spoken[model]
    said = voice.say(TEXT, speaker=speaker, lexicon=fields.get("lexicon"))
    assert answer.content[44:] == to_int16(said.samples).tobytes()


def test_instructions_are_said_to_be_ignored(client: TestClient) -> None:
    answer = client.post(PATH, json=body(instructions="cheerfully"))
    assert answer.status_code == 200 and answer.headers["x-wavebridge-ignored"] == "instructions"


@pytest.mark.parametrize(
    ("fields", "status", "param", "message"),
    [
        ({"input": " \n"}, 400, "input", "nothing to say"),
        ({"input": "…"}, 400, "input", "nothing to speak in"),
        ({"input": "a" * 4097}, 400, "input", "4097 characters; send at most 4096"),
        ({"input": None}, 400, "input", "string"),
        ({"input": "a [pause long]"}, 400, "input", "a pause of 'long'"),
        ({"speed": 5}, 400, "speed", "less than or equal to 4"),
        ({"speed": "fast"}, 400, "speed", "number"),
        ({"temperature": -1}, 400, "temperature", "greater than or equal to 0"),
        ({"response_format": "aac"}, 400, "response_format", "cannot be made here; ask for mp3"),
        ({"response_format": "midi"}, 400, "response_format", "'mp3', 'opus'"),
        ({"response_format": "opus", "sample_rate_hz": 44_100}, 400, "sample_rate_hz", "has 8000"),
        ({"voice": "nobody"}, 400, "voice", "there are one, two, two/anna, two/bert"),
        ({"model": "nothing"}, 404, "model", "one has tts-1, tts-1-hd"),
        ({"speaker": "carl"}, 400, "speaker", "speaker 'carl': one has"),
        ({"voice": "two", "speaker": "anna:x"}, 400, "speaker", "mix like"),
        ({"steps": 3}, 400, "steps", "no such knob"),
        ({"lexicon": {"a": ""}}, 400, "lexicon", "a"),
        ({"loudness": 3}, 400, "loudness", "no such field"),
    ],
)
def test_what_cannot_be_asked_for(
    client: TestClient, fields: dict[str, Any], status: int, param: str | None, message: str
) -> None:
    error = refused(client, status, **fields)
    assert (error["param"], error["type"]) == (param, "invalid_request_error")
    assert message in error["message"]


@pytest.mark.parametrize("content", [b"", b"nope", b"[1]", b"\xff", b'"a"'])
def test_bodies_that_are_no_object(client: TestClient, content: bytes) -> None:
    answer = client.post(PATH, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and "message" in answer.json()["error"]


def test_a_body_that_is_too_large(serving: Callable[..., TestClient]) -> None:
    client = serving(limits=Limits(max_body_bytes=500))
    assert "larger than 500 bytes" in refused(client, 413, input="a" * 600)["message"]

    def parts():
        for _ in range(10):
            yield b"a" * 100

    answer = client.post(PATH, content=parts(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_what_there_is(client: TestClient) -> None:
    models = client.get("/v1/models").json()
    names = [model["id"] for model in models["data"]]
    assert models["object"] == "list" and {"tts-1", "wavebridge", "fast", "griffin_lim"} <= {
        *names
    }
    assert client.get("/v1/models/fast").json()["object"] == "model"
    assert client.get("/v1/models/slow").status_code == 404
    voices = client.get("/v1/voices").json()
    assert [voice["id"] for voice in voices["data"]] == ["one", "two"]
    assert voices["data"][1]["speakers"] == ["anna", "bert"]
    assert [v["name"] for v in voices["data"][0]["vocoders"]] == ["fast", "griffin_lim"]
    assert voices["aliases"]["fable"] == "two/bert" and voices["aliases"]["nova"] == "two/anna"


def test_paths_and_methods_that_are_not_there(client: TestClient) -> None:
    assert client.get("/v2").json()["error"]["message"].startswith("GET /v2: no such path")
    assert client.get("/v2").status_code == 404 and client.get(PATH).status_code == 405


def test_the_interface_is_described_without_any_other_host(client: TestClient) -> None:
    described = client.get("/openapi.json")
    assert {PATH, "/v1/models", "/v1/voices", "/health", "/metrics", "/api/say"} <= set(
        described.json()["paths"]
    )
    assert "http" not in described.text
    assert client.get("/docs").status_code == 404


def test_health_and_figures(client: TestClient) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    assert client.get("/health").json()["status"] == "ok"
    client.post(PATH, json=body())
    refused(client, 400, speed=9)
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    assert found["wavebridge_requests_total", PATH, "200"] == 1
    assert found["wavebridge_requests_total", PATH, "400"] == 1
    assert found["wavebridge_audio_seconds_total", "one"] > 0.5
    assert found["wavebridge_characters_total",] == len(TEXT)
    assert found["wavebridge_requests_admitted",] == 0
    assert found["wavebridge_cancelled_total",] == 0
    assert found["wavebridge_first_audio_seconds_count",] == 1
    assert found["process_resident_memory_bytes",] > 1e7
