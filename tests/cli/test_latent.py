"""The verbs on a bridge that learns: train, extract, vocode, mismatch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import tiny
from tests.cli.runner import tts
from tests.cli.test_verbs import shown


@pytest.fixture
def learned(here: Path, dump: Path) -> Path:
    """The experiment of a bridge whose frames are in the dump, as `latent`."""
    exp = tiny.save_bridge(here / "exp" / "bridge")
    found = shown("extract", dump / "train", "--bridge", exp, "--name", "latent", "--nj", 2)
    assert found["n_utterances"] == 4 and (dump / "train" / "latent.scp").is_file()
    return exp


def test_from_the_bridge_to_the_mismatch(
    here: Path, dump: Path, confs: dict[str, Path], learned: Path
) -> None:
    frames = (f"audio.bridge={learned}", "data.feats=latent.scp", "--cpu")
    assert shown("train", confs["acoustic"], *frames, "--exp", "exp/am")["step"] == 2
    assert shown("train", confs["vocoder"], *frames, "--exp", "exp/voc")["step"] == 2
    said = ("say", "fade", "--voice", "exp/am", "-o", "a.wav")
    assert tts(*said, "--vocoder", learned).status == 0
    assert tts(*said, "--vocoder", "exp/voc").status == 0
    copied = ("vocode", "wavs/u0.wav", "-o", "b.wav", "--vocoder", "exp/voc")
    assert "--bridge EXP" in tts(*copied).err
    assert shown(*copied, "--bridge", learned)["audio_s"] > 0
    options = ("--acoustic", "exp/am", "--vocoder", learned, "--utterances", 1, "-o", "report")
    (pair,) = shown("mismatch", dump / "train", *options)["pairs"]
    assert (pair["kind"], pair["n_utterances"]) == ("latent", 1)
    assert pair["natural"]["mcd_db"] > 0 and pair["frames"]["test"]["distance"] > 0
    assert "latent frames of recordings" in tts("mismatch", dump / "train", *options).out
    assert {p.name for p in (here / "report").iterdir()} == {
        "mismatch.json",
        "scores.png",
        "frames-1-latent.png",
    }
