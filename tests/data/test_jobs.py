"""Long jobs: all results, the first error, and a journal which survives a crash."""

import threading

import pytest

from tts.data.jobs import Journal, run_all, stamp
from tts.errors import DataError


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_all_results(n_jobs, capsys):
    assert sorted(run_all(lambda i: i * i, range(20), "squares", n_jobs=n_jobs)) == [
        i * i for i in range(20)
    ]
    shown = capsys.readouterr()
    assert "squares" in shown.err and not shown.out


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_first_error_ends_it(n_jobs):
    done = []

    def work(i: int) -> None:
        if i == 3:
            raise DataError("three")
        done.append(i)
        threading.Event().wait(0.002)

    with pytest.raises(DataError, match="three"):
        list(run_all(work, range(1000), "x", n_jobs=n_jobs))
    assert len(done) < 500


def test_journal_takes_up_where_it_stopped(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).touch()
    journal = Journal(tmp_path / "j")
    journal.mark("a", "s1", 10)
    journal.mark("b", "s1", 20)
    with (tmp_path / "j").open("a") as file:
        file.write("c s1 3")  # a crash in the middle of a line
    journal = Journal(tmp_path / "j")
    assert journal.value("a", "s1", tmp_path / "a") == 10
    assert journal.value("a", "s2", tmp_path / "a") is None
    assert journal.value("c", "s1", tmp_path / "c") is None
    journal.mark("b", "s2", 21)
    journal.mark("c", "s1", 30)
    journal = Journal(tmp_path / "j")
    assert journal.value("c", "s1", tmp_path / "c") in (None, 30)
    (tmp_path / "a").unlink()
    assert journal.value("a", "s1", tmp_path / "a") is None


def test_stamp_follows_description_and_file(tmp_path):
    source = tmp_path / "a"
    source.write_text("1")
    first = stamp("x", source)
    assert first == stamp("x", source) != stamp("y", source)
    source.write_text("12")
    assert stamp("x", source) != first
    assert stamp("x") == stamp("x", None)
