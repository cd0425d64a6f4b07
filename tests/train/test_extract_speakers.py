"""From speech to vectors of speakers, to a model that speaks by them, to a voice that hears."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import tiny
from tests.train.conftest import ACOUSTIC, AUDIO, OPTIMISER
from tts import build, checkpoint
from tts.config import parse
from tts.contracts import AcousticBatch, Contract
from tts.data import speaker_vectors
from tts.data.dataset import AcousticData
from tts.data.speaker_vectors import ENCODER_FILE, FILE, SpeakerVectors
from tts.data.tables import read_table, write_table
from tts.errors import CheckpointError, ConfigError, DataError
from tts.text.frontend import Frontend
from tts.train.extract import acoustic_data
from tts.train.extract_speakers import extract_speakers
from tts.train.loop import train
from tts.train.settings import Experiment
from tts.voice.pack import pack, read_card
from tts.voice.voice import Voice

CONTRACT = Contract(**AUDIO)


@pytest.fixture
def own_dump(dump: Path, tmp_path: Path) -> Path:
    """A copy of the dump, to write beside."""
    return Path(shutil.copytree(dump, tmp_path / "dump"))


def experiment(dump: Path, role: str, section: dict, player: str, **data: object) -> Experiment:
    tree = {
        "audio": AUDIO,
        role: section,
        "data": {
            "train": str(dump / "train"),
            "dev": str(dump / "dev"),
            "segment_frames": 40,
            "workers": 0,
            **data,
        },
        "train": {"steps": 3, "optimisers": {player: OPTIMISER}},
    }
    return parse(Experiment, tree, "test")


def encoder_of(dump: Path, exp: Path, **data: object) -> Experiment:
    return experiment(dump, "speaker", tiny.SPEAKER, "encoder", **data)


def test_an_encoder_is_trained_and_goes_on(own_dump: Path, tmp_path: Path) -> None:
    settings = encoder_of(own_dump, tmp_path, speeds=(0.9, 1.0, 1.1))
    done = train(settings, tmp_path / "exp", cpu=True)
    assert done.step == 3 and set(done.dev) == {"total", "accuracy"}
    found = checkpoint.load(checkpoint.newest(tmp_path / "exp"))
    assert found.role == "speaker" and found.sizes == {"n_speakers": 6}
    assert found.weights["classes.weight"].shape == (6, 6)
    loaded = build.load(tmp_path / "exp", "speaker")
    assert loaded.model.speaker_vector == 6 and not hasattr(loaded.model, "classes")
    half = settings.model_copy(update={"train": settings.train.model_copy(update={"steps": 2})})
    train(half, tmp_path / "again", cpu=True)
    train(settings, tmp_path / "again", resume=True, cpu=True)
    resumed = checkpoint.load(checkpoint.newest(tmp_path / "again"))
    assert all(torch.equal(t, resumed.weights[name]) for name, t in found.weights.items())


def test_vectors_lie_beside_the_dump_dirs(own_dump: Path, tmp_path: Path) -> None:
    exp = tiny.save_speaker_encoder(tmp_path / "exp", contract=CONTRACT)
    heard = extract_speakers([own_dump / "train"], exp)
    assert heard.path == own_dump / FILE and "too short, or silent" in heard.as_text()
    found = speaker_vectors.read(own_dump / FILE)
    assert heard.n_utterances + heard.n_left_out == 8 and heard.n_left_out > 0
    assert len(found.utterances) == heard.n_utterances and set(found.speakers) == {"anna", "bert"}
    assert found.size == 6
    encoder = build.load(own_dump / ENCODER_FILE, "speaker").model
    assert build.encoder_hash(encoder.state_dict(), within="") == found.encoder
    wav = read_table(own_dump / "train" / "wav.scp")["utt0"]
    assert np.array_equal(speaker_vectors.embed_file(encoder, wav), found.utterances["utt0"])
    jobs = extract_speakers([own_dump / "train"], own_dump / ENCODER_FILE, n_jobs=2)
    assert jobs == heard and 0 <= heard.verification.equal_error_rate <= 1


def test_recordings_that_cannot_be_extracted(own_dump: Path, tmp_path: Path) -> None:
    exp = tiny.save_speaker_encoder(tmp_path / "exp", contract=CONTRACT)
    train_dir, dev_dir = own_dump / "train", own_dump / "dev"
    with pytest.raises(DataError, match="utt0 is in another of the dirs already"):
        extract_speakers([train_dir, dev_dir], exp)
    with pytest.raises(ConfigError, match="lie in 2 folders"):
        extract_speakers([train_dir, exp], exp)
    with pytest.raises(ConfigError, match="expected: speaker"):
        extract_speakers([train_dir], tiny.save_vocoder(tmp_path / "vocoder"))
    utt2spk = read_table(train_dir / "utt2spk")
    write_table(train_dir / "utt2spk", {k: v for k, v in utt2spk.items() if k != "utt3"})
    with pytest.raises(DataError, match="utt2spk: utt3 is missing"):
        extract_speakers([train_dir], exp)
    assert not (own_dump / FILE).exists()


def acoustic_items(dump: Path, vectors: SpeakerVectors) -> AcousticData:
    return AcousticData(dump / "train", Frontend.load(dump), CONTRACT, vectors=vectors)


def test_one_draw_in_two_is_the_speakers_own(dump: Path) -> None:
    east, north = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    vectors = SpeakerVectors({"anna": east, "bert": east}, {"utt0": north})
    data = acoustic_items(dump, vectors)
    drawn = np.stack([data[0, seed].speaker.numpy() for seed in range(200)])
    assert 70 < drawn[:, 0].sum() < 130 and set(drawn.sum(1)) == {1}
    assert torch.equal(data[0, 5].speaker, data[0, 5].speaker)
    assert all(torch.equal(data[1, seed].speaker, torch.tensor([1.0, 0])) for seed in range(9))
    batch = data.collate([data[0, 1], data[1, 1]])
    assert batch.speakers.shape == (2, 2) and batch.speakers.dtype == torch.float32
    with pytest.raises(DataError, match="utt1 is of bert, and neither has a vector among those"):
        acoustic_items(dump, SpeakerVectors({"anna": east}))


@pytest.fixture(scope="module")
def spoken(dump: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `dump`, an acoustic model `exp` trained on vectors, and its voice `voice`."""
    folder = tmp_path_factory.mktemp("spoken")
    own = Path(shutil.copytree(dump, folder / "dump"))
    encoder = tiny.save_speaker_encoder(folder / "encoder", contract=CONTRACT)
    extract_speakers([own / "train"], encoder)
    settings = experiment(own, "acoustic", ACOUSTIC, "model", speaker_vectors=str(own / FILE))
    train(settings, folder / "exp", cpu=True)
    pack(folder / "exp", folder / "voice", dtype="float16")
    return folder


def test_an_acoustic_model_learns_from_vectors(spoken: Path) -> None:
    loaded = build.load(spoken / "exp", "acoustic")
    assert loaded.sizes["speaker_vector"] == 6 == loaded.model.speaker_vector
    assert loaded.model.speakers is None
    assert (spoken / "exp" / FILE).is_file() and (spoken / "exp" / ENCODER_FILE).is_file()
    data = acoustic_data(spoken / "dump" / "train", spoken / "exp", loaded)
    batch = data.collate([data[0, 0]])
    assert isinstance(batch, AcousticBatch) and batch.speakers.shape == (1, 6)
    assert loaded.model.teacher_forced(batch).isfinite().all()


def test_a_voice_holds_its_encoder(spoken: Path) -> None:
    card = read_card(spoken / "voice")
    assert card.speaker_encoder.section == tiny.SPEAKER
    assert card.speaker_encoder.role == "speaker" and card.speaker_encoder.n_parameters > 100
    assert not speaker_vectors.read(spoken / "voice" / FILE).utterances
    assert "speaker encoder" in (spoken / "voice" / "README.md").read_text()


@pytest.mark.parametrize("home", ["exp", "voice"])
def test_it_speaks_like_a_recording(spoken: Path, home: str) -> None:
    voice = Voice.load(spoken / home, precision="float32", device="cpu")
    assert voice.speakers == ("anna", "bert")
    wavs = read_table(spoken / "dump" / "train" / "wav.scp")
    named, heard, other = (
        voice.say("a bad cab", **who).samples
        for who in (
            {"speaker": "anna"},
            {"speaker_wav": wavs["utt0"]},
            {"speaker_wav": wavs["utt1"]},
        )
    )
    assert len(heard) and not np.array_equal(heard, other) and not np.array_equal(heard, named)
    of_utt0 = speaker_vectors.read(spoken / "exp" / FILE).utterances["utt0"]
    chosen = voice.cast.choose(None, wavs["utt0"])
    assert np.array_equal(chosen[0].numpy(), of_utt0)


def test_an_encoder_that_did_not_make_the_vectors_is_refused(spoken: Path, tmp_path: Path) -> None:
    exp = Path(shutil.copytree(spoken / "exp", tmp_path / "exp"))
    file = exp / ENCODER_FILE
    found = checkpoint.load(file)
    found.weights["out.bias"].add_(1)
    checkpoint.save(found, file)
    voice = Voice.load(exp, precision="float32", device="cpu")
    wav = read_table(spoken / "dump" / "train" / "wav.scp")["utt0"]
    voice.say("a cab", speaker="anna")
    with pytest.raises(CheckpointError, match="speaker encoder is not the one that made"):
        voice.say("a cab", speaker_wav=wav)


def test_vectors_that_were_given_come_without_an_encoder(
    spoken: Path, own_dump: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("anna 1 2 3\nbert 3 2 1\n")
    speaker_vectors.import_given([tmp_path / "mine.csv"], own_dump / FILE)
    shutil.copy(spoken / "dump" / ENCODER_FILE, own_dump)  # of other vectors
    file = str(own_dump / FILE)
    settings = experiment(own_dump, "acoustic", ACOUSTIC, "model", speaker_vectors=file)
    train(settings, tmp_path / "exp", cpu=True)
    assert not (tmp_path / "exp" / ENCODER_FILE).exists()
    pack(tmp_path / "exp", tmp_path / "voice")
    assert "speaker_encoder" in json.loads((tmp_path / "voice" / "voice.json").read_text())
    voice = Voice.load(tmp_path / "voice", precision="float32", device="cpu")
    assert len(voice.say("a cab", speaker="anna:0.5,bert:0.5").samples)
    wav = read_table(own_dump / "train" / "wav.scp")["utt0"]
    with pytest.raises(ConfigError, match="has no speaker encoder"):
        voice.say("a cab", speaker_wav=wav)


def test_an_encoder_makes_nothing_to_measure(dump: Path, tmp_path: Path) -> None:
    tree = encoder_of(dump, tmp_path).model_dump()
    tree["train"]["evaluate"] = {}
    with pytest.raises(ConfigError, match="an encoder of speakers makes nothing to measure"):
        parse(Experiment, tree, "test")
