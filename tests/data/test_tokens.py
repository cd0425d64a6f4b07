"""Transcripts become symbols, and one frontend for all parts of a corpus."""

from dataclasses import replace

import pytest

from tts.data import datadir
from tts.data.tables import read_table
from tts.data.tokens import write_tokens
from tts.errors import DataError
from tts.text.frontend import Frontend, FrontendConfig

LETTERS = FrontendConfig(phonemiser="letters")


def test_symbols_normalised_text_and_frontend(corpus, tmp_path):
    done = write_tokens([corpus.path], tmp_path / "out", LETTERS)
    assert done.n_utterances == 6 and done.unknown == {}
    assert read_table(corpus.path / "text.norm")["anna_2"] == "sentence two"
    symbols = read_table(corpus.path / "text.phn")["anna_2"].split()
    assert symbols == [*"sentence", "<space>", *"two"]
    frontend = Frontend.load(tmp_path / "out")
    assert len(frontend.table) == done.n_table
    assert frontend("sentence 2").ids == tuple(frontend.ids(symbols))


def test_the_table_covers_all_parts_and_unknown_symbols_are_reported(corpus, tmp_path):
    other = replace(corpus, text=corpus.text | {"bert_0": "ça va, ça"})
    datadir.write(other, tmp_path / "other")
    config = LETTERS.model_copy(update={"normaliser": "none"})
    done = write_tokens([corpus.path, tmp_path / "other"], tmp_path / "out", config)
    assert done.unknown["ç"] == 2 and "ç (2 times)" in done.as_text("out")
    assert "ç" in Frontend.load(tmp_path / "out").table


def test_a_text_without_words_is_named(corpus, tmp_path):
    datadir.write(replace(corpus, text=corpus.text | {"bert_1": "?!"}), corpus.path)
    with pytest.raises(DataError, match=r"text: bert_1: .*tts data filter IN OUT --drop bert_1"):
        write_tokens([corpus.path], tmp_path / "out", LETTERS)
    assert not (tmp_path / "out").exists()
