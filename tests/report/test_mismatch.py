"""The mismatch of two stages, measured on tiny models of both bridges."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests import tiny
from tts import build
from tts.config import dump_yaml, to_tree
from tts.data.tables import write_table
from tts.errors import ConfigError, ContractError
from tts.report.mismatch import as_text, mismatch
from tts.train.extract import extract


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three utterances of noise with their phones."""
    folder = tmp_path_factory.mktemp("mismatch") / "dump"
    (folder / "wav").mkdir(parents=True)
    rng, wavs = np.random.default_rng(0), {}
    for i in range(3):
        wavs[f"utt{i}"] = folder / "wav" / f"utt{i}.wav"
        soundfile.write(wavs[f"utt{i}"], 0.1 * rng.standard_normal(900 + 100 * i), 4000)
    write_table(folder / "wav.scp", wavs)
    write_table(folder / "text.phn", dict.fromkeys(wavs, "a b c"))
    write_table(folder / "utt2spk", dict.fromkeys(wavs, "anna"))
    return folder


@pytest.fixture(scope="module")
def pairs(dump: Path) -> list[tuple[Path, Path]]:
    """An acoustic model and a vocoder on the mel, and on the latent; their frames in the dump."""
    home = dump.parent
    bridge = tiny.save_bridge(home / "bridge")
    extract([dump], bridge=bridge, name="latent")
    conf = home / "mel.yaml"
    conf.write_text(dump_yaml({"audio": to_tree(tiny.CONTRACT)}))
    extract([dump], conf=conf)
    latent = tiny.save_acoustic(home / "latent", contract=build.load(bridge).contract)
    config = (latent / "config.yaml").read_text()
    (latent / "config.yaml").write_text(config + "data: {feats: latent.scp}\n")
    mel = tiny.save_acoustic(home / "mel")
    return [(mel, tiny.save_vocoder(home / "vocoder")), (latent, bridge)]


def test_both_bridges_are_measured(
    dump: Path, pairs: list[tuple[Path, Path]], tmp_path: Path
) -> None:
    options = {"n_utterances": 2, "precision": "float32", "device": "cpu"}
    acoustic, vocoder = zip(*pairs)
    measured = mismatch(dump, acoustic, vocoder, tmp_path, **options)
    assert [pair.kind for pair in measured] == ["mel", "latent"]
    for pair in measured:
        assert pair.n_utterances == 2 and pair.n_frames == 56 + 62  # the first and the second
        for scores in (pair.natural, pair.generated):
            assert scores.log_mel > 0 and scores.mcd_db > 0 and 0 <= scores.voicing_error <= 1
        assert pair.natural != pair.generated
        assert 0 < pair.frames.test.distance <= 1 and pair.frames.std_ratio > 0
        assert pair.acoustic in as_text(measured)
    written = json.loads((tmp_path / "mismatch.json").read_text())["pairs"]
    assert written[1]["natural"]["mcd_db"] == measured[1].natural.mcd_db
    for name in ("scores.png", "frames-1-mel.png", "frames-2-latent.png"):
        assert (tmp_path / name).read_bytes()[:4] == b"\x89PNG"
    assert mismatch(dump, acoustic, vocoder, tmp_path, **options) == measured


def test_what_does_not_fit_is_refused(
    dump: Path, pairs: list[tuple[Path, Path]], tmp_path: Path
) -> None:
    (mel, vocoder), (latent, bridge) = pairs
    with pytest.raises(ConfigError, match="2 acoustic models and 1 vocoders"):
        mismatch(dump, [mel, latent], [vocoder], tmp_path)
    with pytest.raises(ContractError, match="do not speak the same bridge"):
        mismatch(dump, [mel], [bridge], tmp_path, device="cpu")
