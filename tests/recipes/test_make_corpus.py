"""The stand-in corpus: its layout, and that phone times fit its wavs."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

SCRIPT = Path(__file__).parents[2] / "egs" / "mini" / "local" / "make_corpus.py"


def make(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, SCRIPT, *map(str, arguments), "--engine", "espeak"]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "corpus"
    done = make(folder, "--minutes", 0.3)
    assert done.returncode == 0, done.stderr
    return folder


def rows(corpus: Path) -> list[list[str]]:
    return [line.split("|") for line in (corpus / "metadata.csv").read_text().splitlines()]


def phones(corpus: Path, name: str) -> list[tuple[float, float, str]]:
    lines = (corpus / "phones" / f"{name}.txt").read_text().splitlines()
    return [(float(a), float(b), phone) for a, b, phone in (line.split() for line in lines)]


def test_the_layout_is_ljspeechs(corpus):
    assert len(rows(corpus)) > 3
    for name, text, normalised in rows(corpus):
        assert text == normalised != ""
        wav = soundfile.info(corpus / "wavs" / f"{name}.wav")
        assert (wav.samplerate, wav.channels, wav.subtype) == (22_050, 1, "PCM_16")


def test_there_is_as_much_speech_as_asked_for(corpus):
    seconds = sum(soundfile.info(path).duration for path in (corpus / "wavs").iterdir())
    assert 18 <= seconds < 30
    assert json.loads((corpus / "corpus.json").read_text())["minutes"] == round(seconds / 60, 3)


def test_phones_follow_one_another_to_the_end_of_the_wav(corpus):
    for name, *_ in rows(corpus):
        spoken = phones(corpus, name)
        assert spoken[0][0] == 0
        assert all(a[1] == b[0] and a[0] < a[1] for a, b in pairwise(spoken))
        duration_s = soundfile.info(corpus / "wavs" / f"{name}.wav").duration
        assert spoken[-1][1] == pytest.approx(duration_s, abs=1e-3)


def test_pauses_are_quiet_vowels_are_loud_and_ends_are_short(corpus):
    def rms(name: str, start_s: float, end_s: float) -> float:
        samples, rate_hz = soundfile.read(corpus / "wavs" / f"{name}.wav")
        return float(np.sqrt(np.mean(samples[int(start_s * rate_hz) : int(end_s * rate_hz)] ** 2)))

    for name, *_ in rows(corpus):
        spoken = phones(corpus, name)
        for start_s, end_s, _ in (phone for phone in spoken if phone[2] == "pau"):
            assert rms(name, start_s, end_s) < 0.02
        for edge in spoken[0], spoken[-1]:
            assert edge[2] == "pau" and edge[1] - edge[0] == pytest.approx(0.05, abs=1e-3)
        stressed = [phone for phone in spoken if phone[2].startswith("ˈ")]
        assert min(rms(name, start_s, end_s) for start_s, end_s, _ in stressed) > 0.02


def test_the_same_call_makes_the_same_corpus(corpus, tmp_path):
    again = tmp_path / "again"
    assert make(again, "--minutes", 0.3).returncode == 0
    files = [path.relative_to(corpus) for path in corpus.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert all((again / file).read_bytes() == (corpus / file).read_bytes() for file in files)


def test_the_number_of_processes_changes_nothing(tmp_path):
    words = ("--minutes", 0.2, "--voices", "espeak:2")
    for n in (1, 3):
        make(tmp_path / str(n), *words, "--nj", n)
    one, three = ({f.name: f.read_bytes() for f in (tmp_path / n).rglob("*.*")} for n in "13")
    assert one == three and len(one) > 8


def test_a_smaller_corpus_leaves_nothing_of_the_larger(tmp_path):
    folder = tmp_path / "corpus"
    make(folder, "--minutes", 0.2)
    make(folder, "--minutes", 0.05)
    assert len(rows(folder)) == len(list((folder / "wavs").iterdir()))


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").touch()
    done = make(tmp_path, "--minutes", 0.1)
    assert done.returncode == 1 and "holds something else" in done.stderr
    assert (tmp_path / "thesis.txt").exists()


def test_more_than_the_sentences_give_is_refused(tmp_path):
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("# a comment\nOne short sentence.\n")
    done = make(tmp_path / "corpus", "--sentences", sentences)
    assert done.returncode == 1 and "add sentences, or ask for less" in done.stderr
    assert not (tmp_path / "corpus").exists()


def test_less_than_asked_for_is_taken_on_request(tmp_path):
    (tmp_path / "two.txt").write_text("One sentence.\nAnd another.\n")
    words = ("--minutes", 9, "--sentences", tmp_path / "two.txt")
    assert make(tmp_path / "c", *words, "--or-all").returncode == 0
    assert len(rows(tmp_path / "c")) == 2


def test_several_speakers_share_the_sentences(tmp_path):
    voices = "en-us,en-us+f3:pitch=70:range=40,espeak:2"
    done = make(tmp_path / "corpus", "--minutes", 0.1, "--voices", voices)
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "corpus")
    names = ["en-us", "en-us+f3_pitch70_range40", "en-us+m1_pitch50_range60"]
    speakers = list(dict.fromkeys(row[3] for row in found))
    assert speakers == [*names, "en-us+f1_pitch50_range60"]
    assert all(name.startswith(f"{speaker}-") for name, _, _, speaker in found)
    assert len({text for _, text, _, _ in found}) == len(found)  # nobody reads another's
    facts = json.loads((tmp_path / "corpus" / "corpus.json").read_text())
    assert [speaker["voice"] for speaker in facts["speakers"]] == speakers
    assert all(speaker["minutes"] >= 0.1 for speaker in facts["speakers"])


def test_one_of_several_speakers_sounds_as_alone(tmp_path):
    for name, voices in (("alone", "en-us"), ("both", "en-us,en-us+f3:pitch=70")):
        make(tmp_path / name, "--minutes", 0.05, "--voices", voices)
    alone, both = (tmp_path / name / "wavs" / "en-us-0001.wav" for name in ("alone", "both"))
    assert alone.read_bytes() == both.read_bytes()


def test_the_sentences_of_others_follow_ones_own(tmp_path):
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("One short sentence.\nAnother short sentence.\nThe last one here.\n")
    options = ("--sentences", sentences, "--voices", "en-us,en")
    done = make(tmp_path / "corpus", "--minutes", 0.05, *options)
    assert done.returncode == 0, done.stderr
    numbers = [name.split("-")[-1] for name, *_ in rows(tmp_path / "corpus")]
    assert numbers == ["0001", "0003", "0002", "0002", "0001", "0003"]
    done = make(tmp_path / "more", "--minutes", 0.2, *options)
    assert done.returncode == 1 and "add sentences, or ask for less" in done.stderr


@pytest.mark.parametrize(
    ("voices", "message"),
    [
        ("en-us,nobody", "no voice 'nobody'"),
        ("en-us+nobody", "no voice 'en-us+nobody'"),
        ("gmw/en", "no voice 'gmw/en'"),
        ("en-us:pich=3", "expected pitch= or range="),
        ("en-us:pitch=101", "expected pitch= or range=, 0 to 100"),
        ("en-us,en-us", "names en-us twice"),
        ("espeak:9999", "expected espeak:N"),
    ],
)
def test_voices_that_are_not_there_are_refused(tmp_path, voices, message):
    done = make(tmp_path / "corpus", "--voices", voices)
    assert done.returncode == 1 and message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "corpus").exists()


def test_a_killed_process_ends_it(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("make_corpus", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_corpus", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    doomed = module.Chosen("none", "doomed", lambda text: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(SystemExit, match=r"no speech of doomed-0001 in 0\.5 s; run again"):
        module.speak_corpus(tmp_path / "made", ["One.", "Two."], [doomed], 1.0, 1)
