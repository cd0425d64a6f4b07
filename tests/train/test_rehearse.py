"""Speech of old speakers that the model makes itself: a dump dir like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests import tiny
from tts import build
from tts.data.dataset import AcousticData
from tts.data.tables import read_table
from tts.text.frontend import Frontend
from tts.train.rehearse import rehearse

TEXTS = {"u0": list("abcd"), "u1": list("fade"), "u2": list("cab")}


def made(exp: Path, out: Path, n_speakers: int = 2) -> Path:
    model, frontend = build.load(exp).model, Frontend.load(exp)
    speakers = {f"s{i}": torch.tensor([i]) for i in range(n_speakers)}
    rehearse(model, TEXTS, frontend.ids, speakers, out, tiny.CONTRACT, "feats.scp")
    return out


def test_every_speaker_says_the_new_texts(tmp_path: Path) -> None:
    exp = tiny.save_acoustic(tmp_path / "exp", speakers=["s0", "s1"])
    out = made(exp, tmp_path / "out")
    speakers = list(read_table(out / "utt2spk").values())
    assert len(speakers) == 60 and speakers.count("s0") == speakers.count("s1")
    assert set(read_table(out / "text.phn").values()) == {" ".join(t) for t in TEXTS.values()}
    data = AcousticData(out, Frontend.load(exp), tiny.CONTRACT, ["s0", "s1"], frame_group=2)
    item = data[0, 0]
    assert item.frames.shape == (8, data.lengths[0]) and bool(item.frames.isfinite().all())


def test_it_is_made_once_and_always_the_same(tmp_path: Path) -> None:
    exp = tiny.save_acoustic(tmp_path / "exp", speakers=["s0", "s1"])
    one, other = made(exp, tmp_path / "one"), made(exp, tmp_path / "other")
    for file in (one / "feats").iterdir():
        assert file.read_bytes() == (other / "feats" / file.name).read_bytes()
    times = {f: f.stat().st_mtime_ns for f in one.rglob("*")}
    assert {f: f.stat().st_mtime_ns for f in made(exp, one).rglob("*")} == times


def test_its_durations_are_those_predicted(tmp_path: Path) -> None:
    """Not those that rounding up makes: rehearsed, they would grow."""
    exp = tiny.save_acoustic(tmp_path / "exp", speakers=["s0", "s1"], blank=False)
    out = made(exp, tmp_path / "out")
    model, frontend = build.load(exp).model, Frontend.load(exp)
    phones = read_table(out / "text.phn")
    predicted, spoken = 0.0, 0
    for utterance, n in read_table(out / "utt2num_frames").items():
        tokens = torch.tensor([frontend.ids(phones[utterance].split())])
        who = torch.tensor([int(read_table(out / "utt2spk")[utterance][1])])
        prior = model._prior(tokens, torch.tensor([tokens.shape[1]]), who)
        predicted += float(prior.log_durations.detach().exp().sum())
        spoken += int(n)
    assert np.isclose(spoken, predicted, rtol=0.12)


def test_of_very_many_speakers_some_come_twice(tmp_path: Path) -> None:
    exp = tiny.save_acoustic(tmp_path / "exp", speakers=[f"s{i}" for i in range(50)])
    speakers = list(read_table(made(exp, tmp_path / "out", 50) / "utt2spk").values())
    assert len(speakers) == 100 and {speakers.count(name) for name in speakers} == {2}
