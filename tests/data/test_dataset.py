"""Items and batches are what the dump dir holds, and files that do not fit are refused by name."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tts.audio import io
from tts.audio.mel import MelSpectrogram, silence
from tts.contracts import Contract
from tts.data.datadir import DataDir
from tts.data.dataset import AcousticData, VocoderData, WaveData
from tts.data.features import write_features
from tts.data.prepare import format_wavs
from tts.data.speaker_vectors import SpeakerVectors
from tts.data.tables import read_table, write_table
from tts.errors import ContractError, DataError

CONTRACT = Contract(sample_rate_hz=16_000, channels=20, fmax_hz=None)


class Letters:
    """A stand-in frontend: a symbol's id is its code point."""

    def ids(self, symbols):
        return [ord(symbol) for symbol in symbols]


@pytest.fixture(params=["half", "centre"])
def contract(request) -> Contract:
    return CONTRACT.model_copy(update={"padding": request.param})


@pytest.fixture
def dump(corpus: DataDir, tmp_path: Path, contract: Contract) -> Path:
    dump = tmp_path / "dump"
    format_wavs(corpus.path, dump, 16_000)
    bridge = MelSpectrogram(contract)
    write_features(dump, lambda wav: bridge(torch.from_numpy(wav)[None])[0].numpy(), contract)
    write_table(dump / "text.phn", {u: "a b " + "c " * i for i, u in enumerate(corpus.utterances)})
    return dump


def test_acoustic_items_hold_tokens_frames_and_speaker(dump, contract):
    data = AcousticData(dump, Letters(), contract, ["anna", "bert"])
    assert len(data) == 6 and data.names[3] == "bert_0"
    item = data[(4, 0)]
    assert item.tokens.tolist() == [97, 98, 99, 99, 99, 99] and item.speaker == 1
    wav, _ = io.read(dump / "wavs" / "bert_1.wav")
    assert torch.equal(item.frames, MelSpectrogram(contract)(torch.from_numpy(wav)[None])[0])
    assert data.lengths[4] == item.frames.shape[1] == contract.n_frames(len(wav))


def test_acoustic_batch_is_padded_with_zeros(dump, contract):
    data = AcousticData(dump, Letters(), contract)
    batch = data.collate([data[(0, 0)], data[(5, 0)]])
    assert batch.tokens.dtype == torch.int64 and batch.token_lens.tolist() == [2, 7]
    assert batch.frame_lens.tolist() == [data.lengths[0], data.lengths[5]]
    assert batch.tokens[0, 2:].eq(0).all() and batch.frames[0, :, data.lengths[0] :].eq(0).all()
    assert batch.speakers is None


def test_known_durations_come_with_the_tokens(dump, contract):
    plain = AcousticData(dump, Letters(), contract, frame_group=2)
    lens = dict(zip(plain.names, (n // 2 * 2 for n in plain.lengths)))
    rows = {u: [n - i - 1, 1, *[1] * i] for i, (u, n) in enumerate(lens.items())}
    write_table(dump / "durations", {u: " ".join(map(str, row)) for u, row in rows.items()})
    data = AcousticData(dump, Letters(), contract, frame_group=2, durations="durations")
    batch = data.collate([data[(0, 0)], data[(5, 0)]])
    assert batch.durations.dtype == torch.int64 and batch.durations.shape == batch.tokens.shape
    assert batch.durations.sum(1).tolist() == [n // 2 * 2 for n in batch.frame_lens.tolist()]
    assert batch.durations[0].tolist() == [*rows[data.names[0]], 0, 0, 0, 0, 0]
    assert plain.collate([plain[(0, 0)]]).durations is None


@pytest.mark.parametrize("wrong", ["1 2", "1 x", "5", "-1 3"])
def test_durations_of_something_else_are_refused(dump, contract, wrong):
    names = AcousticData(dump, Letters(), contract).names
    write_table(dump / "durations", dict.fromkeys(names, wrong))
    with pytest.raises(DataError, match=f"durations: {names[0]}"):
        AcousticData(dump, Letters(), contract, durations="durations")


def test_vocoder_segment_is_the_wav_under_its_frames(dump, contract):
    data = VocoderData(dump, contract, segment_frames=8)
    wav, _ = io.read(dump / "wavs" / f"{data.names[2]}.wav")
    padded = np.pad(wav, (0, contract.hop))
    frames = MelSpectrogram(contract)(torch.from_numpy(wav)[None])[0]
    starts = set()
    for draw in range(8):
        item = data[(2, draw)]
        assert item.frames.shape == (20, 8) and item.wav.shape == (8 * contract.hop,)
        (start,) = (s for s in range(frames.shape[1] - 7) if frames[:, s].equal(item.frames[:, 0]))
        assert torch.equal(item.frames, frames[:, start : start + 8])
        assert np.array_equal(item.wav, padded[start * contract.hop :][: 8 * contract.hop])
        starts.add(start)
    assert len(starts) > 3
    assert torch.equal(data[(2, 5)].wav, data[(2, 5)].wav)


def test_short_utterances_are_padded_with_silence(dump, contract):
    data = VocoderData(dump, contract, segment_frames=100)
    item, n = data[(0, 3)], data.lengths[0]
    assert item.frames.shape == (20, 100) and item.wav.shape == (100 * contract.hop,)
    assert torch.equal(item.frames[:, n:], silence(contract)[:, None].expand(-1, 100 - n))
    assert item.wav[n * contract.hop :].eq(0).all() and item.wav[:1000].ne(0).any()


def test_whole_utterances(dump, contract):
    data = VocoderData(dump, contract, segment_frames=8, whole=True)
    assert data[(1, 9)].wav.shape == (data.lengths[1] * contract.hop,)
    batch = data.collate([data[(0, 0)], data[(5, 0)]])
    assert batch.frames.shape == (2, 20, data.lengths[5])
    assert batch.wav.shape == (2, data.lengths[5] * contract.hop)
    assert torch.equal(batch.frames[0, :, data.lengths[0]], silence(contract))


def test_a_vocoder_that_is_told_gets_ids_or_vectors(dump, contract):
    assert VocoderData(dump, contract, 8)[(0, 0)].speaker is None
    data = VocoderData(dump, contract, 8, ["anna", "bert"])
    batch = data.collate([data[(0, 0)], data[(5, 0)]])
    assert batch.speakers.tolist() == [0, 1] and batch.speakers.dtype == torch.int64
    plain = VocoderData(dump, contract, 8)
    assert torch.equal(data[(0, 7)].wav, plain[(0, 7)].wav)
    vectors = SpeakerVectors({name: np.eye(3, dtype=np.float32)[i] for i, name in enumerate("ab")})
    with pytest.raises(DataError, match="of anna"):
        VocoderData(dump, contract, 8, vectors=vectors)
    vectors = SpeakerVectors({"anna": np.float32([1, 0]), "bert": np.float32([0, 1])})
    data = VocoderData(dump, contract, 8, vectors=vectors)
    batch = data.collate([data[(0, 0)], data[(5, 0)]])
    assert batch.speakers.tolist() == [[1, 0], [0, 1]]


def test_fewer_frames_than_tokens_is_refused(dump, contract):
    symbols = read_table(dump / "text.phn")
    n_frames = int(read_table(dump / "utt2num_frames")["anna_1"])
    write_table(dump / "text.phn", symbols | {"anna_1": "a " * n_frames})
    AcousticData(dump, Letters(), contract)
    write_table(dump / "text.phn", symbols | {"anna_1": "a " * (n_frames + 1)})
    with pytest.raises(
        DataError, match=rf"anna_1 has {n_frames} frames for {n_frames + 1} tokens"
    ) as caught:
        AcousticData(dump, Letters(), contract)
    assert str(caught.value).endswith("`tts data filter IN OUT --drop anna_1`")


def test_squeezing_drops_frames_before_they_are_compared(dump, contract):
    symbols = read_table(dump / "text.phn")
    n_frames = int(read_table(dump / "utt2num_frames")["anna_1"])
    write_table(dump / "text.phn", symbols | {"anna_1": "a " * n_frames})
    frame_group = next(n for n in range(2, 9) if n_frames % n)
    with pytest.raises(DataError, match=f"for {n_frames} tokens"):
        AcousticData(dump, Letters(), contract, frame_group=frame_group)


@pytest.mark.parametrize("kind", [AcousticData, VocoderData])
def test_another_contract_is_refused(dump, contract, kind):
    other = contract.model_copy(update={"log": "log10"})
    arguments = (Letters(), other) if kind is AcousticData else (other, 8)
    with pytest.raises(ContractError, match=r"log 'ln' where 'log10' is wanted"):
        kind(dump, *arguments)


def test_frames_of_other_channels_are_refused_by_name(dump, contract):
    path = read_table(dump / "feats.scp")["bert_0"]
    np.save(path, np.zeros((100, 50), dtype=np.float32))
    with pytest.raises(
        DataError, match=r"bert_0\.npy: frames of bert_0 are 100 x 50, expected 20"
    ):
        AcousticData(dump, Letters(), contract)
    with pytest.raises(DataError, match="bert_0"):
        VocoderData(dump, contract, 8)


def test_frames_longer_than_the_wav_are_refused(dump, contract):
    path = read_table(dump / "feats.scp")["bert_0"]
    np.save(path, np.zeros((20, 500), dtype=np.float32))
    with pytest.raises(DataError, match="bert_0 has 500 frames"):
        VocoderData(dump, contract, 8)


def test_files_that_do_not_belong_together(dump, contract):
    with pytest.raises(DataError, match="anna_0 is of anna, who is not among"):
        AcousticData(dump, Letters(), contract, ["bert"])
    symbols = read_table(dump / "text.phn")
    write_table(dump / "text.phn", {u: s for u, s in symbols.items() if u != "anna_2"})
    with pytest.raises(DataError, match=r"text\.phn: anna_2 is missing"):
        AcousticData(dump, Letters(), contract)
    Path(read_table(dump / "feats.scp")["anna_2"]).unlink()
    with pytest.raises(DataError, match=r"anna_2\.npy: no such file"):
        VocoderData(dump, contract, 8)
    (dump / "feats.scp").unlink()
    with pytest.raises(DataError, match="run `tts extract`"):
        VocoderData(dump, contract, 8)


def test_contract_file_is_what_was_asked_for(dump, contract):
    assert Contract(**json.loads((dump / "contract.json").read_text())) == contract


LATENT = Contract(kind="latent", sample_rate_hz=16_000, channels=2, encoder_hash="ab")


@pytest.fixture
def latent(dump: Path) -> Path:
    """The dump with a latent too: means that tell the frame, and a deviation of a tenth."""

    def encode(wav: np.ndarray) -> np.ndarray:
        means = np.arange(2 * (len(wav) // 256)).reshape(2, -1)
        return np.concatenate([means, np.full_like(means, np.log(0.1), dtype=np.float32)])

    write_features(dump, encode, LATENT, name="latent")
    return dump


def test_each_draw_samples_the_latent_anew(latent):
    data = AcousticData(latent, Letters(), LATENT, feats="latent.scp")
    first, again, other = (data[(2, draw)].frames for draw in (7, 7, 8))
    assert torch.equal(first, again) and not torch.equal(first, other)
    means = torch.arange(first.numel()).view(2, -1)
    assert (first - means).abs().max() < 0.6 and abs(float((first - means).std()) - 0.1) < 0.03
    assert not torch.equal(data[(3, 7)].frames[:, :20], first[:, :20])


def test_segments_of_a_latent_lie_over_their_waveform(latent):
    data = VocoderData(latent, LATENT, 8, feats="latent.scp")
    item = data[(1, 5)]
    start = round(float(item.frames[0].mean()) - 3.5)
    assert (item.frames[0] - torch.arange(start, start + 8)).abs().max() < 0.6
    wav, _ = io.read(latent / "wavs" / f"{data.names[1]}.wav")
    assert torch.equal(item.wav, torch.from_numpy(wav[start * 256 : (start + 8) * 256]))
    with pytest.raises(ContractError, match="encoder_hash 'ab' where 'cd' is wanted"):
        VocoderData(latent, LATENT.model_copy(update={"encoder_hash": "cd"}), 8, feats="latent")


def test_waveforms_alone(dump, contract):
    data = WaveData(dump, contract, 8)
    assert len(data) == 6
    item, again = data[(1, 5)], data[(1, 5)]
    assert item.wav.shape == (8 * 256,) and torch.equal(item.wav, again.wav)
    wav, _ = io.read(dump / "wavs" / f"{data.names[1]}.wav")
    places = np.lib.stride_tricks.sliding_window_view(wav, 8 * 256)
    assert (places == item.wav.numpy()).all(1).any()
    longer = WaveData(dump, contract, 100)[(0, 0)].wav
    assert torch.equal(longer[:8000], torch.from_numpy(io.read(dump / "wavs/anna_0.wav")[0]))
    assert longer.shape == (25_600,) and longer[8000:].eq(0).all()
    assert data.collate([item, again]).wav.shape == (2, 2048)
