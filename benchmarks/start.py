"""How soon a voice speaks: imports, loading, and the first sound, each in a process of its own.

    python benchmarks/start.py --voice exp/glow_tts --vocoder exp/hifigan

Prints medians over processes (--repeats), in seconds of wall clock and, in brackets, of processor
time: on a busy machine only the latter says something. `first sound` is the first chunk of
`Voice.stream`, counted from the start of the process; `one sentence` is all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

TEXT = "The little house stood at the end of a long road that nobody ever seemed to take."
STAGES = ("python", "import torch", "import tts", "load voice", "first sound", "one sentence")
CODE = """
import json, sys, time
laps = []
def lap():
    laps.append((time.time(), time.process_time()))
lap()
import torch
lap()
import tts.voice.voice
lap()
voice = tts.voice.voice.Voice.load(*json.loads(sys.argv[1]))
lap()
chunks = voice.stream(sys.argv[2])
next(chunks)
lap()
list(chunks)
lap()
print(json.dumps(laps))
"""


def main() -> None:
    """Print a line for each stage."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--voice", required=True, help="a voice or an experiment")
    parser.add_argument("--vocoder", help="not the voice's own")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    runs = [_run(arguments) for _ in range(arguments.repeats)]
    total = "from the start of the process"
    print(f"{'stage':14} {'alone':>16} {total:>32}")
    for i, stage in enumerate(STAGES):
        wall_s, cpu_s = (statistics.median(run[i][k] for run in runs) for k in (0, 1))
        before = (0.0, 0.0)
        if i:
            before = tuple(statistics.median(run[i - 1][k] for run in runs) for k in (0, 1))
        alone = f"{wall_s - before[0]:.2f} ({cpu_s - before[1]:.2f})"
        print(f"{stage:14} {alone:>16} {f'{wall_s:.2f} ({cpu_s:.2f})':>32}")


def _run(arguments: argparse.Namespace) -> list[tuple[float, float]]:
    """Wall clock and processor seconds since the start, at the end of each stage."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(arguments.threads)}
    given = json.dumps([arguments.voice, arguments.vocoder])
    started = time.time()
    ended = subprocess.run(
        [sys.executable, "-c", CODE, given, TEXT],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [(wall - started, cpu) for wall, cpu in json.loads(ended.stdout.splitlines()[-1])]


if __name__ == "__main__":
    main()
