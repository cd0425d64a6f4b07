"""Glow-TTS's official files: the same frames, and the same reading of text."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.foreign.conftest import GLOW_AUDIO, Official, folded, glow_tts, prefixed
from tts import build
from tts.errors import CheckpointError, ConfigError, DataError
from tts.foreign.importer import import_checkpoint
from tts.text.frontend import Frontend

TOKENS = torch.tensor([[40, 11, 60, 90, 7], [40, 41, 11, 0, 0]])
LENS = torch.tensor([5, 3])


def frames(model: Any, n_speakers: int = 1) -> torch.Tensor:
    speakers = torch.tensor([2, 1]) if n_speakers > 1 else None
    made = model.infer(TOKENS, LENS, speakers, seed=4)
    return made.frames.detach()


def loaded(path: Path) -> Any:
    return build.load(path, "acoustic").model


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"blank": False},
        {"n_speakers": 3},
        {"prenet": False, "mean_only": False},
        {"window_size": None},
    ],
    ids=str,
)
def test_the_imported_model_makes_the_same_frames(tmp_path: Path, shape: dict[str, Any]) -> None:
    official = glow_tts(**shape)
    made = import_checkpoint("glow_tts", official.write(tmp_path / "in"), tmp_path / "out")
    n_speakers = shape.get("n_speakers", 1)
    ours = frames(official.model, n_speakers)
    assert torch.equal(frames(loaded(tmp_path / "out"), n_speakers), ours)
    assert build.load(tmp_path / "out").contract == GLOW_AUDIO
    assert build.load(tmp_path / "out").step == 340
    assert made.n_parameters == sum(p.numel() for p in official.model.parameters())
    names = (tmp_path / "out" / "speakers.txt").read_text().split()
    assert names == (["speaker0", "speaker1", "speaker2"] if n_speakers > 1 else [])


def test_axes_of_length_one_do_not_matter(tmp_path: Path) -> None:
    official = glow_tts()
    for name in [n for n in official.state if n.endswith(".logs") or ".bias" in n]:
        if name.startswith("decoder.flows.") and official.state[name].dim() == 1:
            official.state[name] = official.state[name].view(1, -1, 1)
    import_checkpoint("glow_tts", official.write(tmp_path / "in"), tmp_path / "out")
    assert torch.equal(frames(loaded(tmp_path / "out")), frames(official.model))


@pytest.mark.parametrize("layout", ["prefixed", "no wrapper", "optimiser", "legacy"])
def test_layouts_that_change_nothing(tmp_path: Path, layout: str) -> None:
    official = glow_tts()
    tree = {
        "prefixed": {"model": prefixed(official.state)},
        "no wrapper": official.state,
        "optimiser": {"model": official.state, "optimizer": {"state": {}}, "learning_rate": 1.0},
        "legacy": None,
    }[layout]
    file = official.write(tmp_path / "in", tree, _use_new_zipfile_serialization=layout != "legacy")
    import_checkpoint("glow_tts", file, tmp_path / "out")
    assert torch.equal(frames(loaded(tmp_path / "out")), frames(official.model))


def test_folded_weights(tmp_path: Path) -> None:
    official = glow_tts()
    file = official.write(tmp_path / "in", {"model": folded(official.state)})
    import_checkpoint("glow_tts", file, tmp_path / "out")
    theirs = frames(official.model)
    torch.testing.assert_close(frames(loaded(tmp_path / "out")), theirs, atol=1e-5, rtol=0)


def test_text_is_read_by_the_published_symbols(tmp_path: Path) -> None:
    official = glow_tts()
    file = official.write(tmp_path / "in")
    (tmp_path / "dictionary").write_text("HELLO  HH AH0 L OW1\n")
    import_checkpoint("glow_tts", file, tmp_path / "out", cmudict=str(tmp_path / "dictionary"))
    frontend = Frontend.load(tmp_path / "out")
    assert frontend("Hello Mr. Bo").symbols == (
        *("@HH", "@AH0", "@L", "@OW1", "<space>"),
        *"mister",
        *("<space>", "b", "o"),
    )
    assert len(frontend("ab").ids) == 5  # blanks


def test_a_dictionary_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    official = glow_tts()
    official.config["data"]["cmudict_path"] = "data/cmu_dictionary"
    file = official.write(tmp_path / "in")
    with caplog.at_level(logging.WARNING):
        import_checkpoint("glow_tts", file, tmp_path / "out")
    assert "give it with --cmudict" in caplog.text
    assert Frontend.load(tmp_path / "out")("Hello").symbols == tuple("hello")
    with pytest.raises(DataError, match="nowhere"):
        import_checkpoint("glow_tts", file, tmp_path / "b", cmudict=str(tmp_path / "nowhere"))
    assert not (tmp_path / "b").exists()


def test_the_dictionary_that_the_config_names(tmp_path: Path) -> None:
    official = glow_tts()
    official.config["data"]["cmudict_path"] = "cmu"
    file = official.write(tmp_path / "in")
    (tmp_path / "in" / "cmu").write_text("HELLO  HH AH0 L OW1\n")
    import_checkpoint("glow_tts", file, tmp_path / "out")
    assert Frontend.load(tmp_path / "out")("hello").symbols == ("@HH", "@AH0", "@L", "@OW1")


def refusal(official: Official, folder: Path, error: type[Exception] = CheckpointError) -> str:
    with pytest.raises(error) as caught:
        import_checkpoint("glow_tts", official.write(folder / "in"), folder / "out")
    assert sorted(p.name for p in folder.iterdir()) == ["in"]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_table_of_another_size(tmp_path: Path) -> None:
    official = glow_tts(blank=False)
    official.config["data"]["add_blank"] = True
    assert "148 rows" in refusal(official, tmp_path)


def test_a_flow_that_cannot_be_turned_round(tmp_path: Path) -> None:
    official = glow_tts()
    official.state["decoder.flows.1.weight"][0] = 0
    assert "decoder.flows.1.weight has no usable inverse" in refusal(official, tmp_path)


def test_another_checkpoint(tmp_path: Path) -> None:
    official = glow_tts()
    official.state = {"weight": torch.zeros(2)}
    assert "holds no table encoder.emb.weight" in refusal(official, tmp_path)


@pytest.mark.parametrize("cleaners", [["korean_cleaners"], [], "english_cleaners", [["x"]], 3])
def test_unknown_cleaners(tmp_path: Path, cleaners: Any) -> None:
    official = glow_tts()
    official.config["data"]["text_cleaners"] = cleaners
    assert "expected a list of one of english_cleaners" in refusal(official, tmp_path, ConfigError)


@pytest.mark.parametrize("section", ["data", "model"])
def test_a_config_without_a_section(tmp_path: Path, section: str) -> None:
    official = glow_tts()
    official.config[section] = [1]
    assert f"{section} must be an object, got a list" in refusal(official, tmp_path, ConfigError)
    (tmp_path / "in" / "config.json").write_text(json.dumps({}))
