"""Whom a model can speak as: names, mixtures, vectors, recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tiny import save_acoustic
from tts.data.speaker_vectors import FILE, SpeakerVectors, write
from tts.errors import CheckpointError, ConfigError, DataError
from tts.nn.speakers import SpeakerBias, SpeakerTable
from tts.voice.cast import Cast, shares
from tts.voice.voice import Voice

TABLE = SpeakerTable(3, 4).requires_grad_(False)
NAMED = Cast("the voice", ("anna", "bert", "vctk:p225"), TABLE.rows)
VECTORS = {"anna": torch.tensor([1.0, 0.0]), "bert": torch.tensor([0.0, 1.0])}
OUTER = Cast("the voice", ("anna", "bert"), vectors=VECTORS)


def test_a_name_is_an_id_and_the_first_is_the_default() -> None:
    assert NAMED.choose("bert").tolist() == [1] and NAMED.choose().tolist() == [0]
    assert NAMED.choose("vctk:p225").tolist() == [2], "a colon in a name is no weight"


@pytest.mark.parametrize("mixture", ["anna:1", "anna:0.3", "anna:2,bert:0", "anna:1,anna:3"])
def test_a_mixture_of_one_is_that_one(mixture: str) -> None:
    assert torch.equal(NAMED.choose(mixture), NAMED.choose("anna"))


def test_a_mixture_is_a_weighted_mean_of_rows() -> None:
    first, _, third = TABLE.weight
    expected = 0.75 * first + 0.25 * third
    for mixture in ("anna:0.75,vctk:p225:0.25", " vctk:p225:1 , anna : 3 "):
        torch.testing.assert_close(NAMED.choose(mixture), expected[None])
    here, near = (NAMED.choose(f"anna:{a},bert:{1 - a}") for a in (0.5, 0.501))
    assert 0 < (here - near).abs().max() < 0.01
    torch.testing.assert_close(OUTER.choose("anna:1,bert:3"), torch.tensor([[0.25, 0.75]]))


@pytest.mark.parametrize(
    ("speaker", "message"),
    [
        ("carl", "speaker 'carl': the voice has anna, bert, vctk:p225"),
        ("", "speaker '': the voice has anna"),
        ("anna:1,carl:1", "speaker 'carl': the voice has anna"),
        ("anna,bert", "'anna' is no NAME:WEIGHT"),
        ("anna:0.5,", "'' is no NAME:WEIGHT"),
        ("anna:half", "'anna:half' is no NAME:WEIGHT with a weight of 0 or more"),
        ("anna:-1,bert:2", "'anna:-1' is no NAME:WEIGHT"),
        ("anna:nan", "'anna:nan' is no NAME:WEIGHT"),
        ("anna:inf", "'anna:inf' is no NAME:WEIGHT"),
        (":1", "':1' is no NAME:WEIGHT"),
        ("anna:0,bert:0.0", "the weights sum to 0; give some to one"),
        ("anna:1e308,bert:1e308", "the weights sum to inf"),
    ],
)
def test_speakers_that_there_are_not(speaker: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        NAMED.choose(speaker)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_shares() -> None:
    assert shares("slt:7,rms:3") == {"slt": 0.7, "rms": 0.3}
    assert shares("slt") == {"slt": 1.0}


def test_one_speaker_with_or_without_a_name() -> None:
    assert Cast("v").choose() is None and Cast("v", ("anna",)).choose("anna") is None
    assert Cast("v", ("anna",)).choose("anna:2") is None
    with pytest.raises(ConfigError, match="speaker 'anna': v has one without a name"):
        Cast("v").choose("anna")
    assert Cast("v").called() is None and NAMED.called() == "anna" == NAMED.called("anna")


def test_a_recording_is_heard_by_an_encoder() -> None:
    heard = Cast("v", ("anna",), vectors=VECTORS, encoder=lambda path: torch.ones(2))
    assert torch.equal(heard.choose(speaker_wav="x.wav"), torch.ones(1, 2))
    assert heard.called(None, "x.wav") is None
    with pytest.raises(ConfigError, match="a name or a recording to speak like, not both"):
        heard.choose("anna", "x.wav")
    with pytest.raises(ConfigError, match=r"x\.wav: the voice has no speaker encoder .* anna, b"):
        OUTER.choose(speaker_wav="x.wav")


def test_who_is_not_known_is_the_mean() -> None:
    mean = TABLE.weight.mean(0, keepdim=True)
    torch.testing.assert_close(NAMED.nearest("carl"), mean)
    torch.testing.assert_close(NAMED.nearest("anna:1,carl:1"), mean)
    assert torch.equal(NAMED.nearest("bert"), torch.tensor([1]))
    assert torch.equal(OUTER.nearest((0.5, 2.0)), torch.tensor([[0.5, 2.0]]))
    assert NAMED.nearest(None) is None and Cast("hears").nearest("carl") is None


class Outer:
    """What a cast looks at of a model of outer vectors."""

    speaker_vector, speakers = 2, None


def beside(folder: Path, names: str, vectors: dict[str, list[float]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "speakers.txt").write_text(names)
    write(SpeakerVectors({k: np.float32(v) for k, v in vectors.items()}), folder / FILE)
    return folder


def test_vectors_lie_beside_the_model(tmp_path: Path) -> None:
    home = beside(tmp_path / "exp", "anna\nbert\n", {"anna": [1, 0], "bert": [0, 2]})
    cast = Cast.load(home, Outer, "exp")
    assert torch.equal(cast.choose("bert"), torch.tensor([[0.0, 1.0]])) and cast.encoder is None
    beside(home, "bert\n", {"anna": [1, 0], "bert": [0, 2], "carl": [1, 1]})
    assert Cast.load(home, Outer, "exp").names == ("bert", "anna", "carl"), "new ones come last"
    (home / FILE).unlink()
    with pytest.raises(DataError, match="no such file"):
        Cast.load(home, Outer, "exp")
    beside(home, "anna\nbert\n", {"anna": [1, 0]})
    with pytest.raises(CheckpointError, match="has no bert, whom"):
        Cast.load(home, Outer, "exp")
    beside(home, "anna\n", {"anna": [1, 0, 0]})
    with pytest.raises(CheckpointError, match="3 numbers a speaker, the model takes 2"):
        Cast.load(home, Outer, "exp")


def test_the_cast_of_a_vocoder(tmp_path: Path) -> None:
    class Told:
        speakers = SpeakerBias(4, n_speakers=2)

    home = beside(tmp_path / "exp", "anna\nbert\n", {"anna": [1, 0]})
    assert Cast.of_vocoder(home, Told, "exp").choose("bert").tolist() == [1]
    assert Cast.of_vocoder(home, object(), "exp").names == ()
    assert Cast.of_vocoder(tmp_path, Told, "exp").names == ("speaker0", "speaker1")
    (home / "speakers.txt").write_text("anna\n")
    with pytest.raises(CheckpointError, match="lists 1 speakers, the vocoder has 2"):
        Cast.of_vocoder(home, Told, "exp")


def test_a_voice_mixes(tmp_path: Path, vocoder: Path) -> None:
    voice = Voice.load(save_acoustic(tmp_path / "exp", speakers=("anna", "bert")), vocoder)
    said = {who: voice.say("a bad cab", speaker=who).samples for who in ("anna", "anna:1", "bert")}
    assert np.array_equal(said["anna"], said["anna:1"])
    mixed = voice.say("a bad cab", speaker="anna:0.5,bert:0.5").samples
    for other in (said["anna"], said["bert"]):
        assert len(mixed) != len(other) or not np.array_equal(mixed, other)
