"""What one server takes on, so that a crowd makes it slow to accept but never slow to speak."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of requests, all enforced before or while they are spoken.

    Attributes:
        max_chars: characters of an input; OpenAI's own limit is the default.
        max_body_bytes: bytes of a request's body.
        queue: requests that may be in the house, spoken or waiting; the next one is told to come
            back later.
        timeout_s: longest wait for the next piece of audio, and for a client to take one.
        ahead_s: seconds of audio made before the client has taken them; then it waits for him.
    """

    max_chars: int = 4096
    max_body_bytes: int = 1 << 18
    queue: int = 64
    timeout_s: float = 60.0
    ahead_s: float = 60.0
