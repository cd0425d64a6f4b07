"""Entries of wav.scp: files, and commands only on request."""

import pytest

from tts.audio import io
from tts.data.sources import is_pipe, read_source, refuse_pipe
from tts.errors import DataError


def test_a_path_and_a_command_give_the_same(corpus):
    path = corpus.wav_scp["anna_1"]
    samples, rate_hz = read_source(f"cat {path} |", "x", allow_pipes=True)
    assert rate_hz == 16_000 and (samples == io.read(path)[0]).all()
    assert is_pipe("cat a |  ") and not is_pipe("a|b.wav")


def test_commands_do_not_run_unless_allowed(corpus, tmp_path):
    command = f"touch {tmp_path / 'ran'}; cat {corpus.wav_scp['anna_1']} |"
    with pytest.raises(DataError, match=r"here: '.*' is a command; .*--allow-pipes"):
        read_source(command, "here")
    assert not (tmp_path / "ran").exists()
    with pytest.raises(DataError):
        refuse_pipe(command, "here")


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("echo oh no >&2; exit 3 |", r"status 3 \(oh no\)"),
        ("echo text |", "not readable as audio"),
        ("true |", "not readable as audio"),
    ],
)
def test_commands_that_fail_are_named(command, what):
    with pytest.raises(DataError, match=what) as error:
        read_source(command, "wav.scp: a", allow_pipes=True)
    assert "wav.scp: a" in str(error.value)


def test_a_bad_file_is_named_with_its_entry(tmp_path):
    with pytest.raises(DataError, match=r"wav\.scp: a: .*gone\.wav: no such file"):
        read_source(str(tmp_path / "gone.wav"), "wav.scp: a")
