"""What a run leaves behind while it goes: metrics.jsonl, TensorBoard, progress and time left."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from tts.files import write_text

logger = logging.getLogger(__name__)


class Metrics:
    """Scalars by step, to a file of JSON lines and to TensorBoard.

    Lines later than `step` are dropped at the start: a resumed run goes over those steps again.
    """

    def __init__(self, exp_dir: Path, step: int) -> None:
        self.path = exp_dir / "metrics.jsonl"
        kept = [line for line in read_metrics(self.path) if line["step"] <= step]
        write_text(self.path, "".join(json.dumps(line) + "\n" for line in kept))
        self.board = SummaryWriter(exp_dir / "tensorboard", purge_step=step + 1)

    def write(self, step: int, split: str, scalars: Mapping[str, float]) -> None:
        """Append one line: the step, `train` or `dev`, and the scalars."""
        line = {"step": step, "split": split, **scalars}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in scalars.items():
            self.board.add_scalar(f"{split}/{name}", value, step)

    def close(self) -> None:
        """Flush TensorBoard's file."""
        self.board.close()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics file; a last line cut short by a kill is left out."""
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break
    return lines


@contextmanager
def log_file(path: Path) -> Iterator[None]:
    """Within the block, what the package logs goes to this file, too."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    package = logging.getLogger("tts")
    level = package.level
    package.addHandler(handler)
    package.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(level)
        handler.close()


class Progress:
    """Where a run stands: a bar on a terminal, else a log line now and then, with time left."""

    def __init__(self, first_step: int, last_step: int, shown: bool) -> None:
        self.first_step, self.last_step = first_step, last_step
        self.started = time.monotonic()
        hidden = not (shown and sys.stderr.isatty())
        self.bar = tqdm(total=last_step, initial=first_step, unit="step", disable=hidden)

    def step(self) -> None:
        """One more step is done."""
        self.bar.update()

    def report(self, step: int, scalars: Mapping[str, float]) -> None:
        """Show the latest losses."""
        shown = "  ".join(f"{name} {value:.4g}" for name, value in scalars.items())
        if not self.bar.disable:
            self.bar.set_postfix_str(shown)
            return
        per_step = (time.monotonic() - self.started) / max(1, step - self.first_step)
        left = tqdm.format_interval(per_step * (self.last_step - step))
        logger.info("step %d/%d  %s  left %s", step, self.last_step, shown, left)

    def close(self) -> None:
        """End the bar."""
        self.bar.close()
