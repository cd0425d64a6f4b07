"""Recognisers by name: samples in, words out."""

from __future__ import annotations

import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tts.audio.resample import resample
from tts.errors import ConfigError
from tts.metrics.packages import need
from tts.text.phonemise import EspeakPhonemiser

Recogniser = Callable[[np.ndarray, int], str]  # samples (N,) and their rate, to text

NAMES = ("pocketsphinx", "pocketsphinx-lm", "whisper", "whisper:MODEL")
_RATE_HZ = 16_000
_EDGE_S = 0.3  # of silence at both ends, which the recogniser's models of words expect
_DISCOUNT = 0.8  # of a count, the rest goes to shorter histories
_DICTIONARY = "en-us/cmudict-en-us.dict"  # pocketsphinx's, within its folder of models
# espeak's sounds in those of that dictionary, longest first where one begins another.
_SOUNDS = {
    "aɪɚ": "AY ER", "aɪə": "AY AH", "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY",
    "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "əl": "AH L", "ɑ": "AA", "a": "AA", "ɐ": "AH", "æ": "AE",
    "ʌ": "AH", "ə": "AH", "ɔ": "AO", "ɒ": "AA", "o": "AO", "ɛ": "EH", "e": "EH", "ɜ": "ER",
    "ɚ": "ER", "ɝ": "ER", "ɪ": "IH", "ᵻ": "IH", "i": "IY", "ʊ": "UH", "u": "UW", "b": "B",
    "d": "D", "ð": "DH", "f": "F", "ɡ": "G", "g": "G", "h": "HH", "k": "K", "x": "K", "l": "L",
    "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH", "t": "T",
    "ɾ": "D", "ʔ": "T", "θ": "TH", "v": "V", "w": "W", "j": "Y", "z": "Z", "ʒ": "ZH",
}  # fmt: skip
_SOUND = re.compile("|".join(_SOUNDS))


def recogniser(name: str, sentences: Sequence[str]) -> Recogniser:
    """A recogniser.

    `pocketsphinx` chooses among the trigrams of the test's own sentences: it understands good
    speech without error and fails as speech gets worse. `pocketsphinx-lm` has a general model of
    English, which shows slight damage, over a fifth of errors on recordings. `whisper` is OpenAI's
    (`whisper:small` names a size), where it is installed.

    Args:
        sentences: what is spoken, in plain words.
    Raises:
        MissingPackage: the recogniser is not installed.
        ConfigError: there is no such recogniser.
    """
    kind, _, model = name.partition(":")
    if kind == "whisper":
        return _whisper(model or "base")
    if name == "pocketsphinx":
        return _Pocketsphinx(sentences)
    if name == "pocketsphinx-lm":
        return _Pocketsphinx(None)
    raise ConfigError(f"asr {name!r}: there are {', '.join(NAMES)}")


class _Pocketsphinx:
    """The decoder, with a language model of sentences or its own."""

    def __init__(self, sentences: Sequence[str] | None) -> None:
        package = need("pocketsphinx", "wer")
        with tempfile.TemporaryDirectory() as folder:
            options: dict[str, Any] = {"loglevel": "FATAL", "samprate": float(_RATE_HZ)}
            if sentences is not None:
                model, words = Path(folder) / "sentences.lm", Path(folder) / "words.dict"
                model.write_text(trigrams(sentences), encoding="utf-8")
                known = Path(package.get_model_path(_DICTIONARY)).read_text(encoding="utf-8")
                words.write_text(dictionary(sentences, known), encoding="utf-8")
                options |= {"lm": str(model), "dict": str(words)}
            self._decoder = package.Decoder(**options)

    def __call__(self, samples: np.ndarray, rate_hz: int) -> str:
        """What was heard, in plain words; nothing heard is an empty text."""
        edge = np.zeros(round(_EDGE_S * _RATE_HZ), np.float32)
        padded = np.concatenate([edge, resample(samples, rate_hz, _RATE_HZ), edge])
        steps = np.rint(np.clip(padded, -1, 1) * 32_767).astype("<i2")
        self._decoder.start_utt()
        self._decoder.process_raw(steps.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found else ""


def _whisper(model: str) -> Recogniser:
    loaded = need("whisper", "wer", "pip install openai-whisper").load_model(model)

    def recognise(samples: np.ndarray, rate_hz: int) -> str:
        wav = resample(samples, rate_hz, _RATE_HZ)
        return loaded.transcribe(wav, language="en", fp16=False, temperature=0.0)["text"]

    return recognise


def dictionary(sentences: Sequence[str], known: str) -> str:
    """The pronunciations of the words of sentences, in the lines of CMU's dictionary.

    Args:
        known: the lines of such a dictionary; espeak says the words that it lacks.
    """
    wanted = {word for sentence in sentences for word in sentence.split()}
    lines = [
        line for line in known.splitlines() if re.split(r"[( ]", line, maxsplit=1)[0] in wanted
    ]
    there = {line.split(" ", 1)[0] for line in lines}
    missing = sorted(wanted - there)
    if missing:
        spoken = EspeakPhonemiser("en-us").many([[word] for word in missing])
        for word, said in zip(missing, spoken):
            sounds = [_SOUNDS[found] for found in _SOUND.findall("".join(said.symbols))]
            lines += [f"{word} {' '.join(sounds)}"] if sounds else []
    return "".join(f"{line}\n" for line in sorted(lines))


def trigrams(sentences: Sequence[str]) -> str:
    """A trigram model of sentences in ARPA's format.

    Seen n-grams have 0.8 of their relative frequency; a history's rest backs off with 0.2.
    """
    counts: list[Counter[tuple[str, ...]]] = [Counter(), Counter(), Counter()]
    for sentence in sentences:
        words = ("<s>", *sentence.split(), "</s>")
        for order, counter in enumerate(counts, 1):
            counter.update(words[i : i + order] for i in range(len(words) - order + 1))
    if not counts[2]:  # no sentence has a word; the format wants its sections all the same
        counts = [Counter({("<s>",): 1, ("</s>",): 1}), Counter({("<s>", "</s>"): 1}), Counter()]
    lines = ["\\data\\", *(f"ngram {n}={len(c)}" for n, c in enumerate(counts, 1) if c), ""]
    for order, counter in enumerate(counts, 1):
        if counter:
            lines += [f"\\{order}-grams:", *_rows(counter, counts, order), ""]
    return "\n".join([*lines, "\\end\\", ""])


def _rows(
    counter: Counter[tuple[str, ...]], counts: list[Counter[tuple[str, ...]]], order: int
) -> list[str]:
    """log10 of the probability, the n-gram, and log10 of the weight of backing off from it."""
    backoff = "" if order == len(counts) else f" {math.log10(1 - _DISCOUNT):.4f}"
    total, rows = counter.total(), []
    for ngram, count in sorted(counter.items()):
        share = count / total if order == 1 else _DISCOUNT * count / counts[order - 2][ngram[:-1]]
        rows.append(f"{math.log10(share):.4f} {' '.join(ngram)}{backoff}")
    return rows
