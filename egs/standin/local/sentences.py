"""Writes the sentences that the stand-in corpus speaks, one a line: whole ones, and short prompts.

    sentences.py LJSpeech-1.1/metadata.csv sentences.txt

The source has a sentence a line, or LJSpeech's columns (`id|text|normalised`, of which the last is
taken); it may be gzipped. Left out are lines with digits or signs that a synthesiser might read
in its own way, and those of more than `--longest` characters. The rest comes in an order drawn by
`--seed`, and every fourth line is a prompt of one to five words, made of the sentences of the mini
corpus: a voice that has only read whole sentences stumbles over "Yes.".
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

MINI = Path(__file__).parents[2] / "mini" / "local" / "sentences.txt"
EVERY = 4  # one line in so many is a prompt
SPEAKABLE = re.compile(r"[A-Za-z ,.;:!?'\"()-]+")
PROMPTS = """
    Yes. No. Hello. Hello! Hi. Goodbye. Please. Thanks. Sorry. Okay. Maybe. Never. Always. Today.
    Tomorrow. Yesterday. One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten. Eleven.
    Twelve. Twenty. Hundred. Monday. Tuesday. Wednesday. Thursday. Friday. Saturday. Sunday. Left.
    Right. Stop. Go. Wait. Listen. Look. Why? Who? What? Where? When? How? Really? Ready? Help!
    Great! Welcome. Again. Sure. Good. Open. Close. Next. Back. Start. End. Up. Down. Red. Green.
    Blue.
"""


def source_lines(path: Path) -> Iterator[str]:
    """The texts of the source."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("|")[-1].strip()


def plain(text: str) -> str:
    """A text in ASCII: accents off, quotation marks and dashes straight."""
    straight = text.translate(str.maketrans("‘’“”–—", "''\"\"--"))
    return unicodedata.normalize("NFKD", straight).encode("ascii", "ignore").decode()


def prompts(random_numbers: random.Random) -> list[str]:
    """Short things to say, each once, in a drawn order."""
    made = dict.fromkeys(PROMPTS.split())
    for line in MINI.read_text(encoding="utf-8").splitlines():
        words = [word.strip(',.;:!?"()') for word in line.split()]
        if line.startswith("#") or len(words) < 4 or not SPEAKABLE.fullmatch(line):
            continue
        for n_words in (1, 2, 3, 5):
            start = random_numbers.randrange(max(1, len(words) - n_words))
            text = " ".join(words[start : start + n_words])
            made[text[:1].upper() + text[1:] + random_numbers.choice("....?!")] = None
    shuffled = list(made)
    random_numbers.shuffle(shuffled)
    return shuffled


def main(arguments: list[str]) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--longest", type=int, default=190, help="characters (default 190)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if not options.source.is_file():
        sys.exit(f"sentences: {options.source}: no such file; give a text, one sentence a line")
    whole = [plain(text) for text in source_lines(options.source)]
    usable = dict.fromkeys(
        text for text in whole if SPEAKABLE.fullmatch(text) and len(text) <= options.longest
    )
    if not usable:
        most = f"at most {options.longest} characters"
        sys.exit(f"sentences: {options.source}: no line is plain text of {most}")
    drawn = random.Random(options.seed)
    order = list(usable)
    drawn.shuffle(order)
    short = prompts(drawn)
    lines = []
    for place, text in enumerate(order):
        lines.append(text)
        if place % (EVERY - 1) == EVERY - 2 and short:
            lines.append(short.pop())
    options.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"sentences: {len(lines)} lines, {len(whole) - len(usable)} left out", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
