"""200 speakers in one model: from the dump dir to speech by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.tiny import CONTRACT, save_vocoder
from tests.train.conftest import OPTIMISER
from tests.train.test_loop import experiment
from tts.audio import io
from tts.bridge.mel import Model as MelBridge
from tts.config import to_tree
from tts.contracts import Contract
from tts.data.features import write_features
from tts.data.prepare import speaker_ids
from tts.data.tables import write_table
from tts.text.frontend import Frontend, FrontendConfig
from tts.train.loop import train
from tts.voice.pack import pack, read_card
from tts.voice.voice import Voice

NAMES = [f"p{i:03d}" for i in range(200)]


def write_dump(folder: Path, contract: Contract) -> None:
    """One utterance of noise for each speaker, in `train`."""
    frontend = Frontend.from_symbols(FrontendConfig(phonemiser="letters"), set("abcdef"))
    frontend.save(folder)
    part = folder / "train"
    (part / "wav").mkdir(parents=True)
    rng, phones = np.random.default_rng(0), " ".join(frontend.symbols("abed"))
    wavs = {f"{name}-0": part / "wav" / f"{name}.wav" for name in NAMES}
    for path in wavs.values():
        noise = 0.1 * rng.standard_normal(40 * contract.hop)
        io.write(path, noise.astype(np.float32), contract.sample_rate_hz)
    write_table(part / "wav.scp", wavs)
    write_table(part / "text.phn", dict.fromkeys(wavs, phones))
    write_table(part / "utt2spk", {u: u.removesuffix("-0") for u in wavs})
    write_table(part / "utt2num_samples", dict.fromkeys(wavs, 40 * contract.hop))
    bridge = MelBridge(contract)
    write_features(
        part, lambda wav: bridge.encode(torch.from_numpy(wav)[None])[0].numpy(), contract
    )
    speaker_ids([part], folder / "speakers.txt")


def test_200_speakers_train_and_speak(tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    write_dump(tmp_path / "dump", CONTRACT)
    folder = str(tmp_path / "dump" / "train")
    many = experiment(
        tmp_path / "dump",
        "acoustic",
        audio=to_tree(CONTRACT),
        acoustic={"text_speaker": True},
        data={"train": folder, "dev": folder, "max_utterances": 50, "max_frames": 4000},
        train={"steps": 4, "optimisers": {"model": OPTIMISER}, "validate_every": 4},
    )
    train(many, tmp_path / "exp", cpu=True)
    vocoder = save_vocoder(tmp_path / "vocoder")
    pack(tmp_path / "exp", tmp_path / "voice", vocoder)
    assert read_card(tmp_path / "voice").speakers == tuple(NAMES)
    voice = Voice.load(tmp_path / "voice", precision="float32", device="cpu")
    last = voice.say("a bed", speaker="p199").samples
    other = voice.say("a bed", speaker="p000").samples
    assert len(last) != len(other) or not np.array_equal(last, other)
    assert voice.say("a bed", speaker="p000:1,p100:1,p199:1").samples.size
    recording = tmp_path / "dump" / "train" / "wav" / "p007.wav"
    assert set(voice.convert(recording, speaker="p150").scores) == set(NAMES)
