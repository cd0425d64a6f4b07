"""The language model of sentences, the dictionary, and recognisers that are or are not there."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.sounds import RATE_HZ, speech, with_noise
from tts.audio import io
from tts.errors import ConfigError
from tts.metrics.packages import MissingPackage
from tts.metrics.recognisers import dictionary, recogniser, trigrams
from tts.metrics.recognition import plain_words, text_errors

SENTENCES = ["the cat sat", "the cat ran", "a dog"]


def test_the_model_counts_what_was_said() -> None:
    rows = {}
    for line in trigrams(SENTENCES).splitlines():
        fields = line.split()
        if len(fields) > 1 and fields[0][0] == "-":
            words = tuple(f for f in fields[1:] if not f.startswith("-"))
            rows[words] = 10 ** float(fields[0])
    assert rows[("<s>", "the")] == pytest.approx(0.8 * 2 / 3, rel=1e-3)
    assert rows[("the", "cat", "sat")] == pytest.approx(0.8 / 2, rel=1e-3)
    assert rows[("the",)] == pytest.approx(2 / 14, rel=1e-3)
    assert sum(p for words, p in rows.items() if len(words) == 1) == pytest.approx(1, rel=1e-3)
    head = trigrams(SENTENCES).splitlines()[:4]
    assert head == ["\\data\\", "ngram 1=8", "ngram 2=9", "ngram 3=7"]


def test_a_test_without_words_makes_a_model() -> None:
    assert "ngram 1=2" in trigrams([""]) and not math.isnan(len(trigrams([])))


def test_the_dictionary_knows_all_words() -> None:
    known = "cat K AE T\nthe DH AH\nthe(2) DH IY\nzebra Z IY B R AH\n"
    lines = dictionary(["the cat", "maintz"], known).splitlines()
    assert lines == ["cat K AE T", "maintz M EY N T S", "the DH AH", "the(2) DH IY"]


def test_no_such_recogniser() -> None:
    with pytest.raises(ConfigError, match="there are pocketsphinx, "):
        recogniser("ears", [])


def test_a_recogniser_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for package, name in (("pocketsphinx", "pocketsphinx"), ("whisper", "whisper")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingPackage, match="pip install"):
            recogniser(name, SENTENCES)


def test_whisper_gets_its_rate_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(size: str) -> SimpleNamespace:
        def transcribe(wav: np.ndarray, **options: object) -> dict[str, str]:
            asked.append((size, wav.shape, options["language"]))
            return {"text": " Hello."}

        return SimpleNamespace(transcribe=transcribe)

    monkeypatch.setitem(sys.modules, "whisper", SimpleNamespace(load_model=load))
    assert recogniser("whisper:small", [])(np.zeros(8000, np.float32), 8000) == " Hello."
    assert asked == [("small", (16_000,), "en")]


def test_it_hears_nothing_but_the_words_of_the_test() -> None:
    pytest.importorskip("pocketsphinx", reason="the extra [eval] is not installed")
    hear = recogniser("pocketsphinx", ["hello world"])
    assert set(hear(speech(), RATE_HZ).split()) <= {"hello", "world"}


def test_recordings_are_understood_and_drowned_ones_are_not(corpora: Path) -> None:
    for package in ("pocketsphinx", "jiwer"):
        pytest.importorskip(package, reason="the extra [eval] is not installed")
    rows = (corpora / "ljspeech_subset" / "metadata.csv").read_text().splitlines()[:6]
    said = {row.split("|")[0]: plain_words(row.split("|")[1]) for row in rows}
    hear = recogniser("pocketsphinx", list(said.values()))
    rates = {}
    for snr_db in (None, 0.0):
        n_errors = n_words = 0
        for utterance, text in said.items():
            wav, rate_hz = io.read(corpora / "ljspeech_subset" / "wavs" / f"{utterance}.wav")
            heard = hear(wav if snr_db is None else with_noise(wav, snr_db), rate_hz)
            found = text_errors(text, heard)
            n_errors, n_words = n_errors + found.n_word_errors, n_words + found.n_words
        rates[snr_db] = n_errors / n_words
    assert rates[None] < 0.05 < 0.5 < rates[0.0]
