"""Pages that hold all they show: no file beside them, nothing fetched."""

from __future__ import annotations

import base64
import io as bytesio
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

import numpy as np
import soundfile
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 110


def document(title: str, body: Iterable[str], script: str = "") -> str:
    """A page.

    Args:
        body: pieces of HTML.
        script: JavaScript that runs at its end.
    """
    style = resources.files("tts.report").joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
            *body,
            *([f"<script>\n{script}</script>"] if script else []),
            "</body>\n</html>\n",
        ]
    )


def audio_uri(samples: np.ndarray, rate_hz: int) -> str:
    """Samples (N,) as a data URI of FLAC, without loss beyond 16 bits."""
    content = bytesio.BytesIO()
    soundfile.write(content, np.clip(samples, -1, 1), rate_hz, "PCM_16", format="FLAC")
    return f"data:audio/flac;base64,{_base64(content)}"


def player(title: str, uri: str) -> str:
    """A player under its title."""
    return f'<label>{escape(title)}<audio controls preload="metadata" src="{uri}"></audio></label>'


def picture(figure: Figure, alt: str) -> str:
    """A figure as an image."""
    content = bytesio.BytesIO()
    figure.set_dpi(DPI)
    FigureCanvasAgg(figure).print_png(content)
    return png(content.getvalue(), alt)


def png(content: bytes, alt: str) -> str:
    """The content of a PNG file as an image."""
    encoded = base64.b64encode(content).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{encoded}">'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table: the first column is text, the others are numbers."""

    def line(cells: Sequence[str], tag: str) -> str:
        kinds = ("", *[' class="n"'] * (len(cells) - 1))
        return "".join(f"<{tag}{kind}>{escape(c)}</{tag}>" for kind, c in zip(kinds, cells))

    lines = [f"<thead><tr>{line(head, 'th')}</tr></thead><tbody>"]
    lines += [f"<tr>{line(row, 'td')}</tr>" for row in rows]
    return '<div class="wide"><table>' + "\n".join(lines) + "</tbody></table></div>"


def folded(summary: str, content: str) -> str:
    """Text that a click unfolds."""
    return f"<details><summary>{escape(summary)}</summary>\n<pre>{escape(content)}</pre></details>"


def heading(level: int, text: str) -> str:
    """A heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, soft: bool = False) -> str:
    """A paragraph, in a softer colour if it is beside the point."""
    return f"<p{' class=soft' if soft else ''}>{escape(text)}</p>"


def _base64(content: bytesio.BytesIO) -> str:
    return base64.b64encode(content.getvalue()).decode("ascii")
