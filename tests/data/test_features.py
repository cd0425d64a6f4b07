"""Features: written whole, skipped when there, refused when not what they claim to be."""

import json

import numpy as np
import pytest

from tts.contracts import Contract
from tts.data.features import (
    check_contract,
    feature_files,
    load_frames,
    sampled,
    write_features,
)
from tts.data.prepare import format_wavs
from tts.data.tables import read_table
from tts.errors import ContractError, DataError

CONTRACT = Contract(sample_rate_hz=16_000, channels=3)


@pytest.fixture
def dump(corpus, tmp_path):
    format_wavs(corpus.path, tmp_path / "dump", 16_000)
    return tmp_path / "dump"


def encode(wav: np.ndarray) -> np.ndarray:
    hops = wav[: len(wav) // 256 * 256].reshape(-1, 256)
    return np.stack([hops.mean(1), hops.std(1), hops.max(1)])


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_frames_tables_contract_and_statistics(dump, n_jobs):
    done = write_features(dump, encode, CONTRACT, n_jobs=n_jobs)
    files = feature_files(dump / "feats.scp")
    assert done.n_utterances == 6 and done.n_skipped == 0 and len(files) == 6
    every = [np.load(path) for path in files.values()]
    assert every[0].dtype == np.float32 and every[0].shape == (3, 31)
    assert done.n_frames == sum(x.shape[1] for x in every)
    assert read_table(dump / "utt2num_frames")["anna_0"] == "31"
    assert load_frames("anna_0", files["anna_0"], CONTRACT).shape == (3, 31)
    check_contract(dump / "contract.json", CONTRACT)
    stats, together = json.loads((dump / "stats.json").read_text()), np.concatenate(every, 1)
    assert stats["n_frames"] == done.n_frames
    assert np.allclose(stats["mean"], together.mean(1), atol=1e-6)
    assert np.allclose(stats["std"], together.std(1), atol=1e-6)


def test_run_again_skips_and_another_contract_does_not(dump):
    write_features(dump, encode, CONTRACT)
    stamps = {p: p.stat().st_mtime_ns for p in (dump / "feats").iterdir()}
    assert write_features(dump, encode, CONTRACT).n_skipped == 6
    assert stamps == {p: p.stat().st_mtime_ns for p in (dump / "feats").iterdir()}
    other = CONTRACT.model_copy(update={"log": "db"})
    assert write_features(dump, encode, other).n_skipped == 0
    check_contract(dump / "contract.json", other)
    with pytest.raises(ContractError, match="log 'db' where 'ln' is wanted"):
        check_contract(dump / "contract.json", CONTRACT)


def test_stopped_halfway_nothing_shows_and_the_rest_follows(dump):
    write_features(dump, encode, CONTRACT)
    calls = []

    def stops(wav: np.ndarray) -> np.ndarray:
        calls.append(len(wav))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return encode(wav)

    other = CONTRACT.model_copy(update={"floor": 1e-3})
    with pytest.raises(KeyboardInterrupt):
        write_features(dump, stops, other)
    with pytest.raises(DataError, match=r"feats\.scp: no such file; run `tts extract`"):
        feature_files(dump / "feats.scp")
    assert write_features(dump, encode, other).n_skipped == 2


def test_what_cannot_be_used_is_refused(dump):
    with pytest.raises(DataError, match="frames are not finite"):
        write_features(dump, lambda wav: encode(wav) * np.nan, CONTRACT)
    with pytest.raises(DataError, match=r"wav\.scp: anna_0: .*16000 Hz where 22050 Hz is wanted"):
        write_features(dump, encode, CONTRACT.model_copy(update={"sample_rate_hz": 22_050}))
    with pytest.raises(AssertionError, match="expected"):
        write_features(dump, lambda wav: encode(wav)[:2], CONTRACT)
    with pytest.raises(DataError, match="shorter than one hop"):
        write_features(
            dump, lambda wav: np.zeros((3, 0)), CONTRACT.model_copy(update={"hop": 20_000})
        )


def test_files_that_are_no_frames(dump, tmp_path):
    for content in (b"", b"not numpy"):
        (tmp_path / "a.npy").write_bytes(content)
        with pytest.raises(DataError, match=r"a\.npy: not a .npy of numbers"):
            load_frames("a", tmp_path / "a.npy", CONTRACT)
    np.save(tmp_path / "a.npy", np.zeros((3, 4)))
    with pytest.raises(DataError, match="float64; save them as float32"):
        load_frames("a", tmp_path / "a.npy", CONTRACT)
    np.save(tmp_path / "a.npy", np.zeros((100, 4), dtype=np.float32))
    with pytest.raises(DataError, match=r"a\.npy: frames of a are 100 x 4, expected 3 channels"):
        load_frames("a", tmp_path / "a.npy", CONTRACT)
    (dump / "contract.json").write_text("{")
    with pytest.raises(DataError, match=r"contract\.json: cannot be read"):
        check_contract(dump / "contract.json", CONTRACT)


def test_frames_of_two_bridges_lie_side_by_side(dump):
    write_features(dump, encode, CONTRACT)
    before = {p.name for p in dump.iterdir()}
    latent = Contract(kind="latent", sample_rate_hz=16_000, channels=3, encoder_hash="ab")
    described = {"contract": latent, "name": "my.latent"}
    done = write_features(dump, lambda wav: np.concatenate([encode(wav)] * 2), **described)
    there = {"", ".scp", ".contract.json", ".stats.json", ".utt2num_frames"}
    assert {p.name for p in dump.iterdir()} - before == {f"my.latent{end}" for end in there}
    check_contract(dump / "contract.json", CONTRACT)
    check_contract(dump / "my.latent.contract.json", latent)
    assert len(json.loads((dump / "my.latent.stats.json").read_text())["mean"]) == 6
    assert done.n_skipped == 0 and len(feature_files(dump / "my.latent.scp")) == 6


def test_only_a_latent_may_be_a_distribution(dump):
    with pytest.raises(AssertionError, match="encode made"):
        write_features(dump, lambda wav: np.concatenate([encode(wav)] * 2), CONTRACT)


def test_samples_of_means_and_log_stds():
    contract = Contract(kind="latent", channels=2)
    mean, log_std = np.array([[1.0] * 20_000, [-4.0] * 20_000]), np.array([[0.5], [-3.0]])
    stored = np.concatenate([mean, log_std + np.zeros_like(mean)]).astype(np.float32)
    drawn = sampled(stored, contract, np.random.default_rng(0))
    assert drawn.shape == (2, 20_000) and drawn.dtype == np.float32
    assert np.allclose(drawn.mean(1), [1.0, -4.0], atol=0.03)
    assert np.allclose(drawn.std(1), np.exp([0.5, -3.0]), rtol=0.03)
    assert sampled(drawn, contract, np.random.default_rng(0)) is drawn  # frames stay as they are
