"""The page at `/`, and the stream of lines that it draws."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tts.serve.delivery import deliver
from tts.serve.forms import PageForm
from tts.serve.house import house_of
from tts.serve.problems import Problem
from tts.serve.schemas import Asked

router = APIRouter()

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; media-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_MEDIA_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


@router.post("/api/say", response_class=Response)
async def say(asked: Asked, request: Request) -> Response:
    """Speak a text for the page: lines of JSON, each with an `event`.

    `start`: `sample_rate_hz`, `hop`, `channels`, and who speaks. `chunk`: `start_s`, `pcm`
    (base64 of 16-bit samples), `mel` (base64 of frames, a byte for each channel), and with the
    first of a sentence `normalised`, `tokens` and `words` as [text, start_s, end_s], `spans` (what
    was read differently from how it is written), `unseen`, `warnings`. `end`: the rest of `mel`,
    `audio_s`, `wall_s`. `error`: as in all answers.
    """
    house = house_of(request)
    wanted = house.wanted(asked)
    about = {"voice": wanted.name, "vocoder": wanted.vocoder, "speaker": wanted.options["speaker"]}
    return await deliver(
        request,
        house.work(wanted, PageForm(wanted.voice, about)),
        house.engine,
        house.metrics,
        media_type=PageForm.media_type,
        headers={},
        on_problem=PageForm.problem,
    )


@router.get("/", include_in_schema=False)
async def index() -> Response:
    """The page."""
    return await asset("index.html")


@router.get("/page/{name}", include_in_schema=False)
async def asset(name: str) -> Response:
    """A file of the page."""
    content = _assets().get(name)
    if content is None:
        raise Problem(404, f"/page/{name}: no such file", code="not_found")
    headers = {"content-security-policy": _POLICY, "cache-control": "no-cache"}
    return Response(content, media_type=_MEDIA_TYPES[Path(name).suffix], headers=headers)


@cache
def _assets() -> dict[str, bytes]:
    """The page's files by name."""
    files = resources.files("tts.serve.page").iterdir()
    return {f.name: f.read_bytes() for f in files if Path(f.name).suffix in _MEDIA_TYPES}
