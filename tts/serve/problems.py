"""What goes wrong, in the shape of OpenAI's errors: one message that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from tts.errors import ConfigError, DataError, TextError, TTSError
from tts.serve.schemas import Asked


class Problem(Exception):
    """A request that is not answered with speech.

    Args:
        status: of HTTP.
        message: one line: what came, what was expected, what to do.
        code: a word for programs; param: the field of the request that is meant.
        retry_s: after how many seconds it is worth to ask again.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.retry_s = retry_s

    def as_dict(self) -> dict[str, Any]:
        """The body, as OpenAI's clients read it."""
        kind = {401: "authentication_error", 429: "rate_limit_error"}.get(self.status)
        kind = kind or ("server_error" if self.status >= 500 else "invalid_request_error")
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}

    @property
    def headers(self) -> dict[str, str]:
        """Those that the status asks for."""
        found = {} if self.retry_s is None else {"retry-after": str(self.retry_s)}
        return {**found, "www-authenticate": "Bearer"} if self.status == 401 else found

    def response(self) -> JSONResponse:
        """The whole answer."""
        return JSONResponse(self.as_dict(), self.status, self.headers)


def of_error(error: TTSError) -> Problem:
    """What a voice refuses: the request's own fault, or else the server's."""
    message = " ".join(str(error).split())
    if isinstance(error, TextError):
        return Problem(400, message, param="input", code="unspeakable_text")
    if isinstance(error, ConfigError | DataError):
        field = re.match(r"\w+", message)
        param = field[0] if field and field[0] in Asked.model_fields else None
        return Problem(400, message, param=param, code="invalid_value")
    return Problem(500, message, code="voice_failed")


def of_validation(errors: list[Mapping[str, Any]]) -> Problem:
    """The first of pydantic's complaints about a body."""
    first = errors[0]
    place = [str(part) for part in first["loc"] if part != "body"]
    if first["type"] == "json_invalid":
        return Problem(400, 'the body is not JSON; send an object such as {"input": "Hello."}')
    param = ".".join(place) or None
    if first["type"] == "extra_forbidden":
        message = f"{param}: no such field; /openapi.json lists those there are"
        return Problem(400, message, param=param, code="unknown_parameter")
    reason = first["msg"].removeprefix("Value error, ")
    code = "missing_required_parameter" if first["type"] == "missing" else "invalid_value"
    return Problem(400, f"{param or 'body'}: {reason}", param=param, code=code)
