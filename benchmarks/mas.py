"""Alignment search against PyPI's monotonic-align, on one CPU thread.

Run: pip install -e '.[oracle]' && python benchmarks/mas.py
Takes ten seconds. Expect three to six times the speed of the peer's kernel on an idle core, more
for longer utterances, and over twenty times that of its whole call for large batches: it also
copies the scores and writes a dense path.
"""

import sys

from tts.report.bench import bench_mas

# Items, tokens, frames.
SHAPES = [
    (32, 100, 600),
    (32, 128, 512),
    (32, 128, 2048),
    (32, 256, 1024),
    (32, 256, 2048),
    (16, 512, 2048),
]


def main() -> None:
    """Print one row for each shape."""
    print(
        f"{'shape':>18} {'ours ms':>8} {'kernel ms':>10} {'ratio':>6} {'call ms':>8} {'ratio':>6}"
    )
    for shape in SHAPES:
        kernel = bench_mas(shape, peer="kernel")
        if kernel["ratio"] is None:
            sys.exit("monotonic-align is not installed: pip install -e '.[oracle]'")
        call = bench_mas(shape, repeats=5, peer="call")
        print(
            f"{' x '.join(map(str, shape)):>18} {kernel['ours_ms']:8.2f} "
            f"{kernel['peer_ms']:10.2f} {kernel['ratio']:6.1f} "
            f"{call['peer_ms']:8.2f} {call['ratio']:6.1f}"
        )


if __name__ == "__main__":
    main()
