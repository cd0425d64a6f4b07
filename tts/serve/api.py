"""OpenAI's endpoints, and those that tell what there is and how it goes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

import tts
from tts.serve import metrics
from tts.serve.delivery import deliver
from tts.serve.encoding import FORMATS, Encoder, choose_rate, find_format
from tts.serve.forms import AudioForm, EventForm
from tts.serve.house import House, house_of
from tts.serve.problems import Problem
from tts.serve.schemas import SpeechAsked

router = APIRouter()


@router.post(
    "/v1/audio/speech",
    response_class=Response,
    responses={
        200: {
            "description": "The audio, sent while it is made.",
            "content": {f.media_type: {} for f in FORMATS.values()},
        },
        429: {"description": "Too many requests are waiting; Retry-After says when to ask again."},
    },
)
async def speech(asked: SpeechAsked, request: Request) -> Response:
    """Speak a text."""
    house = house_of(request)
    format = find_format(asked.response_format)
    wanted = house.wanted(asked)
    own_hz = wanted.voice.sample_rate_hz
    rate_hz = choose_rate(format, own_hz, asked.sample_rate_hz)
    as_events = asked.stream_format == "sse"
    encoder = Encoder(format, own_hz, rate_hz, streamed=asked.streamed)
    form = EventForm(encoder) if as_events else AudioForm(encoder)
    headers = {"x-sample-rate": str(rate_hz)}
    if asked.instructions is not None:
        headers["x-wavebridge-ignored"] = "instructions"
    return await deliver(
        request,
        house.work(wanted, form),
        house.engine,
        house.metrics,
        media_type=EventForm.media_type if as_events else format.media_type,
        headers=headers,
        streamed=asked.streamed,
        on_problem=EventForm.problem if as_events else None,
    )


@router.get("/v1/models")
async def models(request: Request) -> dict[str, Any]:
    """What a request may name as its model."""
    house = house_of(request)
    return {"object": "list", "data": [_model(house, name) for name in house.catalogue.models()]}


@router.get("/v1/models/{name}")
async def model(name: str, request: Request) -> dict[str, Any]:
    """One of them."""
    house = house_of(request)
    if name not in house.catalogue.models():
        known = ", ".join(house.catalogue.models())
        message = f"model {name!r}: there are {known}"
        raise Problem(404, message, param="model", code="model_not_found")
    return _model(house, name)


@router.get("/v1/voices")
async def voices(request: Request) -> dict[str, Any]:
    """The voices with their speakers and vocoders, and what OpenAI's names stand for."""
    house = house_of(request)
    return {
        "object": "list",
        "data": [entry.as_dict() for entry in house.catalogue.entries],
        "aliases": house.catalogue.aliases(),
        "max_chars": house.limits.max_chars,
        "formats": list(FORMATS),
    }


@router.get("/health")
async def health(request: Request) -> JSONResponse:
    """Whether it takes requests: 503 once it is about to stop."""
    engine = house_of(request).engine
    status = "stopping" if engine.is_draining else "ok"
    about = {"status": status, "requests": engine.n_admitted, "version": tts.__version__}
    return JSONResponse(about, 503 if engine.is_draining else 200)


@router.get("/metrics", response_class=Response)
async def figures(request: Request) -> Response:
    """Figures in the text format of Prometheus."""
    return Response(house_of(request).metrics.render(), media_type=metrics.CONTENT_TYPE)


def _model(house: House, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": house.started_s,
        "owned_by": "wavebridge",
    }
