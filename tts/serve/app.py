"""The application: everything put together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import tts
from tts.serve import api, pages
from tts.serve.catalogue import Catalogue
from tts.serve.engine import Engine
from tts.serve.gate import Gate
from tts.serve.house import House
from tts.serve.limits import Limits
from tts.serve.metrics import Metrics
from tts.serve.problems import Problem, of_validation


def make_app(
    catalogue: Catalogue,
    *,
    limits: Limits | None = None,
    key: str | None = None,
    n_workers: int = 1,
    n_threads: int = 1,
    n_batch: int = 1,
) -> FastAPI:
    """The application that speaks with these voices; its threads end with it.

    Args:
        key: what clients must send; None lets everyone in.
        n_workers: requests worked on at once; n_threads: of torch's own for each.
        n_batch: the most sentences spoken together.
    """
    limits, metrics = limits or Limits(), Metrics()
    engine = Engine(limits, metrics, n_workers=n_workers, n_threads=n_threads, n_batch=n_batch)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.close()

    app = FastAPI(
        title="Wavebridge",
        description="Text to speech, as clients of OpenAI's API send it.",
        version=tts.__version__,
        lifespan=lifespan,
        docs_url=None,  # these pages come from another host
        redoc_url=None,
    )
    app.state.house = House(catalogue, engine, limits, metrics, int(time.time()))
    app.include_router(api.router)
    app.include_router(pages.router)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_middleware(Gate, limits=limits, metrics=metrics, key=key)
    return app


async def _problem(_: Request, problem: Problem) -> JSONResponse:
    return problem.response()


async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    return of_validation(list(error.errors())).response()


async def _refused(request: Request, error: HTTPException) -> JSONResponse:
    """What the framework refuses by itself: paths and methods that are not there."""
    what = {404: "no such path", 405: "not by this method"}.get(error.status_code, error.detail)
    message = f"{request.method} {request.url.path}: {what}; /openapi.json lists what there is"
    return Problem(error.status_code, message, code="not_found").response()
