"""A long text spoken in bounded memory, killed half-way, and taken up again.

    python benchmarks/book.py --voice exp/glow_tts --vocoder exp/hifigan --words 100000

Makes a text of so many words from the sentences of egs/mini (chapters, paragraphs), speaks it once
in one go and once with a kill at half of it (SIGKILL), and compares the two files. Prints the
memory of the process over time (peak so far, MB), the sound made and the real-time factor.
--once leaves out the second run: an unbroken one alone. The work lies in --folder.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

SENTENCES = Path(__file__).parent.parent / "egs" / "mini" / "local" / "sentences.txt"


def main() -> None:
    """Print what each run took, and whether both files are the same."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--voice", required=True, help="a voice or an experiment")
    parser.add_argument("--vocoder", help="not the voice's own")
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path("book"))
    parser.add_argument("--once", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    text = arguments.folder / "book.txt"
    n_chars = _write(text, arguments.words)
    print(f"{text}: {arguments.words} words, {n_chars} characters")
    voice = ["--voice", arguments.voice]
    voice += ["--vocoder", arguments.vocoder] if arguments.vocoder else []
    whole = arguments.folder / "whole.wav"
    _speak(text, whole, voice, kill_at=None)
    if arguments.once:
        return
    again = arguments.folder / "again.wav"
    _speak(text, again, voice, kill_at=whole.stat().st_size // 2)
    _speak(text, again, voice, kill_at=None)
    print("the files are the same" if _digest(whole) == _digest(again) else "THE FILES DIFFER")


def _write(path: Path, n_words: int) -> int:
    """A text of chapters and paragraphs; the same words always make the same one."""
    order = random.Random(0)
    lines = map(str.strip, SENTENCES.read_text().splitlines())
    sentences = [line for line in lines if line and not line.startswith("#")]
    parts, n = [], 0
    while n < n_words:
        if len(parts) % 40 == 0:
            parts.append(f"# Chapter {len(parts) // 40 + 1}\n")
        paragraph = " ".join(order.choices(sentences, k=order.randint(2, 8)))
        n += len(paragraph.split())
        parts.append(paragraph + "\n")
    path.write_text("\n".join(parts))
    return path.stat().st_size


def _speak(text: Path, out: Path, voice: list[str], kill_at: int | None) -> None:
    """Run the command; `kill_at` ends it when so many bytes of samples are made."""
    code = "from tts.cli.main import main; main()"
    words = ["say", "--file", str(text), "-o", str(out), "--times", "srt", *voice]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", code, *words], env=environment)
    spool = out.with_name(f".{out.name}.work") / "000.pcm"
    started = told = time.monotonic()
    peak_mb, n_bytes = 0.0, 0
    while process.poll() is None:
        time.sleep(0.2)
        peak_mb = max(peak_mb, _resident_mb(process.pid))
        n_bytes = spool.stat().st_size if spool.is_file() else n_bytes
        now = time.monotonic()
        if now - told > 30:
            told = now
            print(f"  {now - started:7.0f} s  {n_bytes >> 20:5} MB made  {peak_mb:7.0f} MB peak")
        if kill_at is not None and n_bytes > kill_at:
            process.send_signal(signal.SIGKILL)
    ending = "killed" if process.returncode < 0 else f"ended with {process.returncode}"
    print(f"{out.name}: {ending} after {now - started:.0f} s, peak {peak_mb:.0f} MB", flush=True)


def _resident_mb(pid: int) -> float:
    """Memory of a process; 0 where the system does not tell."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
