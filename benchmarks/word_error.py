"""How word error, the meter, moves as speech gets worse.

    python benchmarks/word_error.py CORPUS [--asr pocketsphinx] [--utterances 20]

CORPUS is a folder in LJSpeech's layout, `metadata.csv` and `wavs/`. Every third utterance is
heard as it is, spoken by flite (where it is installed), copied by Griffin-Lim, and under noise.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import unicodedata
from pathlib import Path

import numpy as np

from tts.audio import io
from tts.metrics.recognisers import recogniser
from tts.metrics.recognition import plain_words, text_errors
from tts.voice.vocoding import Vocoding

Sound = tuple[np.ndarray, int]


def flite(text: str) -> Sound:
    """The text in flite's voice slt."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["flite", "-voice", "slt", "-t", plain, "-o", file.name], check=True)
        return io.read(file.name)


def under_noise(sound: Sound, snr_db: float, rng: np.random.Generator) -> Sound:
    """A sound with white noise this far below it, scaled so that it does not clip."""
    samples, rate_hz = sound
    noise = rng.standard_normal(len(samples))
    gain = np.sqrt(np.square(samples).mean() / np.square(noise).mean()) * 10 ** (-snr_db / 20)
    mixed = samples + gain * noise
    return (mixed / max(1.0, np.abs(mixed).max())).astype(np.float32), rate_hz


def main() -> None:
    """Prints a line for each kind of speech."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--asr", default="pocketsphinx")
    parser.add_argument("--utterances", type=int, default=20)
    arguments = parser.parse_args()
    rows = [
        line.split("|") for line in (arguments.corpus / "metadata.csv").read_text().splitlines()
    ]
    sentences = [plain_words(row[1]) for row in rows]
    chosen = list(zip(rows, sentences))[::3][: arguments.utterances]
    texts = [text for _, text in chosen]
    wavs = arguments.corpus / "wavs"
    recorded = [io.read(next(wavs.glob(f"{row[0]}.*"))) for row, _ in chosen]
    griffin_lim, rng = Vocoding.load("griffin_lim"), np.random.default_rng(0)
    kinds = {"recordings": recorded}
    if shutil.which("flite"):
        kinds["flite slt"] = [flite(text) for text in texts]
    kinds["Griffin-Lim"] = [(griffin_lim.resynthesise(w), rate_hz) for w, rate_hz in recorded]
    for snr_db in (10, 0):
        kinds[f"{snr_db} dB noise"] = [under_noise(sound, snr_db, rng) for sound in recorded]
    hear = recogniser(arguments.asr, sentences)
    for kind, sounds in kinds.items():
        found = [text_errors(text, hear(*sound)) for text, sound in zip(texts, sounds)]
        wer = sum(e.n_word_errors for e in found) / sum(e.n_words for e in found)
        cer = sum(e.n_character_errors for e in found) / sum(e.n_characters for e in found)
        print(f"{arguments.asr:16} {kind:12} word error {wer:6.1%}  character error {cer:6.1%}")


if __name__ == "__main__":
    main()
