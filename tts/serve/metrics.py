"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

import tts

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The figures of one server; memory and processor time of its process are among them."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Info("wavebridge", "The server.", registry=registry).info({"version": tts.__version__})
        self.requests = Counter(
            "wavebridge_requests", "Answers.", ("route", "status"), registry=registry
        )
        self.answer_s = Histogram(
            "wavebridge_answer_seconds",
            "From a request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.first_audio_s = Histogram(
            "wavebridge_first_audio_seconds",
            "From a request for speech to its first audio.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.audio_s = Counter(
            "wavebridge_audio_seconds", "Speech that was made.", ("voice",), registry=registry
        )
        self.chars = Counter("wavebridge_characters", "Text that was spoken.", registry=registry)
        self.cancelled = Counter(
            "wavebridge_cancelled", "Clients that left before the end.", registry=registry
        )
        self.admitted = Gauge(
            "wavebridge_requests_admitted", "Requests spoken or waiting.", registry=registry
        )
        self.together = Histogram(
            "wavebridge_done_together",
            "Pieces of work that were done in one batch.",
            buckets=(1, 2, 4, 8, 16, 32),
            registry=registry,
        )

    def render(self) -> bytes:
        """All of them."""
        return generate_latest(self._registry)
