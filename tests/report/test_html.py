"""Pages that hold all they show."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import soundfile
from matplotlib.figure import Figure

from tts.report import html


def test_sound_comes_back_from_its_uri() -> None:
    samples = np.array([0.0, 0.5, -0.5, 1.5], np.float32)
    kind, encoded = html.audio_uri(samples, 8000).split(",", 1)
    assert kind == "data:audio/flac;base64"
    found, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(encoded)), dtype="float32")
    np.testing.assert_allclose(found, [0, 0.5, -0.5, 1], atol=1e-4)
    assert rate_hz == 8000


def test_nothing_is_fetched_and_names_are_no_markup() -> None:
    figure = Figure()
    figure.subplots().plot([1, 2])
    body = [
        html.heading(1, "<b>"),
        html.paragraph("a & b", soft=True),
        html.player("<i>", html.audio_uri(np.zeros(9), 8000)),
        html.picture(figure, '"x"'),
        html.table(["", "n"], [["<script>", "1"]]),
        html.folded("more", "a < b"),
    ]
    page = html.document("<t>", body, "let a = 1;")
    assert "<title>&lt;t&gt;" in page and "&lt;b&gt;" in page and "a &amp; b" in page
    assert "&lt;script&gt;" in page and '<td class="n">1</td>' in page
    assert 'alt="&quot;x&quot;"' in page and "a &lt; b</pre>" in page
    for found in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert found.startswith("data:")
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)
