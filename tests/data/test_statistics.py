"""Numbers about a data dir."""

from dataclasses import replace

import pytest

from tts.data import datadir
from tts.data.datadir import Segment
from tts.data.statistics import statistics
from tts.errors import DataError


def test_minutes_lengths_and_rates(corpus):
    found = statistics(corpus.path)
    assert found.minutes == pytest.approx(3.6 / 60) and found.n_utterances == 6
    assert found.rates_hz == {16_000: 6} and found.histogram == {0: 6}
    assert found.speakers == {"anna": pytest.approx(0.03), "bert": pytest.approx(0.03)}
    assert (found.shortest_s, found.longest_s) == (0.5, 0.7)
    assert found.as_text().startswith("0.1 minutes in 6 utterances of 2 speakers, 0.50 to 0.70 s")


def test_segments_count_not_recordings(corpus, tmp_path):
    cut = replace(
        corpus.only(["anna_0"]),
        wav_scp={"rec": corpus.wav_scp["anna_0"]},
        segments={"anna_0": Segment("rec", 0.1, 0.2)},
    )
    datadir.write(cut, tmp_path / "cut")
    assert statistics(tmp_path / "cut").minutes == pytest.approx(0.1 / 60)
    datadir.write(replace(cut, wav_scp={"rec": "cat a.wav |"}), tmp_path / "cut")
    with pytest.raises(DataError, match="is a command"):
        statistics(tmp_path / "cut")
