"""The voices of a server, and the names they go by."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")

from tests.tiny import LATENT, save_vocoder
from tts.errors import ConfigError, ContractError
from tts.serve.catalogue import ALIASES, Catalogue
from tts.serve.problems import Problem
from tts.voice import library
from tts.voice.pack import pack

CPU = {"precision": "float32", "device": "cpu"}


def test_vocoders_share_the_rest_of_a_voice(catalogue: Catalogue) -> None:
    fast, slow = catalogue.entries[1].spoken.values()
    assert fast.acoustic is slow.acoustic and fast.frontend is slow.frontend
    assert slow.vocoding.name == "griffin_lim" and slow.speakers == ("anna", "bert")


def test_names_of_paths(acoustic: Path, vocoder: Path) -> None:
    loaded = Catalogue.load([str(acoustic)], [str(vocoder)], **CPU)
    assert [entry.name for entry in loaded.entries] == ["exp"]
    assert loaded.models()[-1] == "exp"
    with pytest.raises(ConfigError, match=r"exp is taken by .* say NAME=PATH"):
        Catalogue.load([str(acoustic), str(acoustic)], [str(vocoder)], **CPU)


def test_voices_by_name_and_their_own_vocoder(
    acoustic: Path, vocoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "folders", lambda: [tmp_path])
    with pytest.raises(ConfigError, match="no voice is installed; name one"):
        Catalogue.load(**CPU)
    pack(acoustic, tmp_path / "anna", vocoder)
    pack(acoustic, tmp_path / "bert", vocoder)
    assert [entry.name for entry in Catalogue.load(**CPU).entries] == ["anna", "bert"]
    loaded = Catalogue.load(["bert"], **CPU)
    assert list(loaded.entries[0].spoken) == ["hifigan"]
    assert loaded.choose("hifigan", "alloy").voice.sample_rate_hz == 4000


def test_a_vocoder_that_fits_none(acoustic: Path, vocoder: Path, tmp_path: Path) -> None:
    other = save_vocoder(tmp_path / "other", contract=LATENT)
    with pytest.raises(ContractError, match="do not speak the same bridge"):
        Catalogue.load([str(acoustic)], [str(other)], **CPU)
    both = Catalogue.load([str(acoustic)], [str(other), f"fits={vocoder}"], **CPU)
    assert list(both.entries[0].spoken) == ["fits"]


def test_every_name_of_openai_is_somebody(catalogue: Catalogue) -> None:
    for name in ALIASES:
        chosen = catalogue.choose("tts-1", name)
        assert "/".join(filter(None, (chosen.name, chosen.speaker))) == catalogue.aliases()[name]


def test_messages_tell_no_paths(catalogue: Catalogue) -> None:
    with pytest.raises(ConfigError, match=r"^speaker 'x': two has anna, bert$"):
        catalogue.choose("tts-1", "two").voice.say("a", speaker="x")
    with pytest.raises(Problem, match=r"^model 'x': two has tts-1"):
        catalogue.choose("x", "two")
