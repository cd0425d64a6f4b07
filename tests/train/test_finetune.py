"""Fine-tuning: rows by name, what stays as it was, updates that merge, and exact resume."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import torch

from tests import tiny
from tests.train.conftest import AUDIO
from tests.train.test_loop import Killed, weights
from tts import build, checkpoint
from tts.config import load_yaml
from tts.contracts import AcousticBatch, Contract
from tts.data.tables import read_table, write_table
from tts.errors import ConfigError, ContractError, DataError
from tts.text.frontend import Frontend, FrontendConfig
from tts.train.adapt import score_speakers
from tts.train.base import Base
from tts.train.finetune import Finetuned, finetune
from tts.train.loop import Run
from tts.voice.pack import pack
from tts.voice.voice import Voice

CONTRACT = Contract(**AUDIO)
SHORT = [
    *("train.steps=2", "train.validate_every=2", "train.checkpoint_every=2"),
    *("data.workers=0", "data.max_utterances=3", "train.precision=float32"),
]
TABLE = "speakers.weight"
SYMBOLS = "encoder.embedding.weight"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of bert and zoe; the dump's speakers are anna and bert."""
    folder = tmp_path_factory.mktemp("base") / "exp"
    return tiny.save_acoustic(folder, speakers=["zoe", "bert"], contract=CONTRACT)


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_acoustic(
        tmp_path_factory.mktemp("single") / "exp", speakers=["zoe"], contract=CONTRACT
    )


@pytest.fixture(scope="module")
def only_anna(dump: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dump as if all of it were anna's."""
    return of_one(dump, tmp_path_factory.mktemp("anna") / "dump", "anna")


@pytest.fixture(scope="module")
def updated(base: Path, only_anna: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment of low-rank updates."""
    exp = tmp_path_factory.mktemp("lora") / "exp"
    adapted(base, only_anna, exp, preset="lora")
    return exp


def of_one(dump: Path, out: Path, speaker: str) -> Path:
    for part in ("train", "dev"):
        (out / part).mkdir(parents=True)
        for file in (dump / part).iterdir():
            (out / part / file.name).symlink_to(file)
        names = read_table(dump / part / "utt2spk")
        (out / part / "utt2spk").unlink()
        write_table(out / part / "utt2spk", dict.fromkeys(names, speaker))
    Frontend.load(dump).save(out)
    return out


def adapted(base: Path, dump: Path, exp: Path, *more: str, **options: Any) -> Finetuned:
    parts = {"data": dump / "train", "dev": dump / "dev", "rehearse": False, **options}
    return finetune(base, exp, overrides=[*SHORT, *more], cpu=True, **parts)


def state(path: Path) -> dict[str, torch.Tensor]:
    return checkpoint.load(checkpoint.find(path)).for_inference()


def start_of(exp: Path) -> dict[str, torch.Tensor]:
    return checkpoint.load(exp / "checkpoints" / "start.pt").weights


def test_a_third_speaker_starts_from_the_likeliest(
    base: Path, only_anna: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    done = adapted(base, only_anna, tmp_path / "exp")
    assert done.speakers.copied == ("zoe", "bert") and list(done.speakers.new) == ["anna"]
    (near,) = done.speakers.new["anna"]
    scores = done.speakers.scores["anna"]
    assert set(scores) == {"zoe", "bert"} and scores[near] == max(scores.values())
    old, new = state(base)[TABLE], start_of(tmp_path / "exp")[TABLE]
    assert torch.equal(new[:2], old) and torch.equal(new[2], old[["zoe", "bert"].index(near)])
    assert (tmp_path / "exp" / "speakers.txt").read_text() == "zoe\nbert\nanna\n"
    assert f"anna <- {near}" in caplog.text and "old speakers moved by" in caplog.text
    record = json.loads((tmp_path / "exp" / "adaptation.json").read_text())
    assert set(record["kept"]["distance"]) == {"zoe", "bert"}
    assert record["speakers"]["new"] == {"anna": [near]}
    before, after = start_of(tmp_path / "exp"), state(tmp_path / "exp")
    moved = {n for n, t in before.items() if not torch.equal(t, after[n])}
    assert not any(n.startswith("encoder.") and "durations" not in n for n in moved)
    assert any("durations" in n for n in moved) and any("decoder" in n for n in moved)
    assert torch.equal(before[TABLE][:2], after[TABLE][:2])


def test_speakers_are_scored_by_their_own_ids() -> None:
    class Knowing:
        """Finds the second utterance likelier than the first, and higher ids likelier."""

        def frame_scores(self, batch: AcousticBatch) -> torch.Tensor:
            return 12.0 * batch.speakers + torch.tensor([0.0, 6.0])

    frames, lens = torch.zeros(2, 6, 4), torch.tensor([4, 4])
    batch = AcousticBatch(("a", "b"), torch.ones(2, 3).long(), lens - 1, frames, lens)
    assert score_speakers(Knowing(), batch, [0, 2, 1]) == [0.5, 4.5, 2.5]


def test_new_symbols_start_from_the_nearest(base: Path, dump: Path, tmp_path: Path) -> None:
    """A table in another order and size: rows go by name."""
    only_anna = of_one(dump, tmp_path / "anna", "anna")
    symbols = read_table(only_anna / "train" / "text.phn")
    (only_anna / "train" / "text.phn").unlink()
    other = {"a": "ä", "e": "☃"}
    changed = {u: " ".join(other.get(s, s) for s in line.split()) for u, line in symbols.items()}
    write_table(only_anna / "train" / "text.phn", changed)
    done = adapted(base, only_anna, tmp_path / "exp")
    assert done.symbols.new == {"ä": ("a",), "☃": ()}
    old, new = state(base)[SYMBOLS], start_of(tmp_path / "exp")[SYMBOLS]
    old_table = Frontend.load(base).table
    new_table = Frontend.load(tmp_path / "exp").table
    assert new_table.symbols == (*old_table.symbols, "ä", "☃")
    assert torch.equal(new[: len(old)], old)
    assert torch.equal(new[-2], old[old_table.ids(["a"])[0]])
    assert torch.allclose(new[-1], old.mean(0))
    learnt = state(tmp_path / "exp")[SYMBOLS]
    assert torch.equal(learnt[: len(old)], old), "the rows of known symbols are frozen"
    assert not torch.equal(learnt[-2], new[-2]), "the new ones learn"


def test_the_201st_speaker_copies_200_rows(only_anna: Path, tmp_path: Path) -> None:
    names = [f"s{i:03d}" for i in range(200)]
    many = tiny.save_acoustic(tmp_path / "many", speakers=names, contract=CONTRACT)
    done = adapted(many, only_anna, tmp_path / "exp", 'train.freeze=["*"]')
    old, new = state(many)[TABLE], state(tmp_path / "exp")[TABLE]
    assert len(done.speakers.copied) == 200 and len(new) == 201
    assert torch.equal(new[:200], old)
    (near,) = done.speakers.new["anna"]
    assert not torch.equal(new[200], old[names.index(near)]), "the new row has learnt"
    rest = {n: t for n, t in state(many).items() if n != TABLE}
    assert all(torch.equal(t, state(tmp_path / "exp")[n]) for n, t in rest.items())
    assert done.kept is not None and set(done.kept.distance.values()) == {0.0}
    before, after = Voice.load(many), Voice.load(tmp_path / "exp")
    for name in ("s000", "s123"):
        old_speech, new_speech = (voice.say("bead", speaker=name) for voice in (before, after))
        assert (old_speech.samples == new_speech.samples).all()


def test_old_speakers_are_rehearsed(base: Path, only_anna: Path, tmp_path: Path) -> None:
    """Without their recordings, the base makes some, and they become a part of the batches."""
    exp = tmp_path / "exp"
    adapted(base, only_anna, exp, rehearse=True, old_share=0.5)
    speakers = set(read_table(exp / "rehearsal" / "utt2spk").values())
    assert speakers == {"zoe", "bert"}
    conf = load_yaml(exp / "config.yaml")["data"]
    assert conf["old"] == str(exp / "rehearsal") and conf["old_share"] == 0.5


def test_a_single_speaker_is_replaced(
    single: Path, only_anna: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    done = adapted(single, only_anna, tmp_path / "exp")
    assert done.kept is None and "one speaker is replaced by anna" in caplog.text
    assert (tmp_path / "exp" / "speakers.txt").read_text() == "anna\n"
    assert build.load(tmp_path / "exp").sizes["n_speakers"] == 1
    start = start_of(tmp_path / "exp")
    assert all(torch.equal(start[n], t) for n, t in state(single).items())


def test_old_data_keep_a_single_speaker(
    single: Path, dump: Path, only_anna: Path, tmp_path: Path
) -> None:
    """The table and the conditioning that it lacks start so that nothing changes."""
    old = of_one(dump, tmp_path / "old", "zoe")
    adapted(single, only_anna, tmp_path / "exp", old_data=old / "train")
    assert (tmp_path / "exp" / "speakers.txt").read_text() == "zoe\nanna\n"
    start = build.load(tmp_path / "exp" / "checkpoints" / "start.pt").model
    tokens, lens = torch.randint(1, 30, (1, 12)), torch.tensor([12])
    expected = build.load(single).model.infer(tokens, lens)
    made = start.infer(tokens, lens, torch.tensor([0]))
    assert torch.equal(made.durations, expected.durations)
    assert torch.allclose(made.frames, expected.frames, atol=1e-5)


def test_low_rank_updates_leave_the_base_as_it_was(updated: Path) -> None:
    found, start = checkpoint.load(checkpoint.find(updated)), start_of(updated)
    assert found.lora == {"rank": 8, "alpha": 16.0}
    own = {n.replace("parametrizations.weight.original", "weight"): n for n in found.weights}
    for name, tensor in start.items():
        kept = found.weights[name if name in found.weights else own[name]]
        assert torch.equal(kept, tensor) or name == TABLE, name
    assert any(t.any() for n, t in found.weights.items() if n.endswith(".up"))
    assert torch.equal(found.weights[TABLE][:2], start[TABLE][:2])


def test_a_voice_of_updates_is_an_ordinary_one(
    updated: Path, only_anna: Path, tmp_path: Path
) -> None:
    pack(updated, tmp_path / "voice")
    direct, packed = Voice.load(updated), Voice.load(tmp_path / "voice")
    said = [voice.say("a bad cab", speaker="anna").samples for voice in (direct, packed)]
    assert said[0].shape == said[1].shape and abs(said[0] - said[1]).max() < 1e-5
    again = adapted(updated, only_anna, tmp_path / "again")  # a base like any other
    assert again.speakers.copied == ("zoe", "bert", "anna")


def test_a_packed_voice_is_a_base(base: Path, only_anna: Path, tmp_path: Path) -> None:
    pack(base, tmp_path / "voice")
    done = adapted(tmp_path / "voice", only_anna, tmp_path / "exp")
    assert done.speakers.copied == ("zoe", "bert")
    assert torch.equal(start_of(tmp_path / "exp")[TABLE][:2], state(base)[TABLE])


def test_a_vocoder_is_fine_tuned(dump: Path, tmp_path: Path) -> None:
    base = tiny.save_vocoder(tmp_path / "base", contract=CONTRACT)
    adapted(base, dump, tmp_path / "exp", "data.segment_frames=8", preset="minutes")
    assert checkpoint.load(checkpoint.find(tmp_path / "exp")).role == "vocoder"
    adapted(base, dump, tmp_path / "lora", "data.segment_frames=8", preset="lora")
    loaded = build.load(tmp_path / "lora", "vocoder")
    assert loaded.model.generate(torch.randn(1, 6, 5)).shape == (1, 80)


@pytest.mark.parametrize(("preset", "dies_at"), [("minutes", 3), ("lora", 2)])
def test_a_resumed_run_equals_an_unbroken_one(
    base: Path,
    dump: Path,
    only_anna: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    preset: str,
    dies_at: int,
) -> None:
    """With old speech mixed in, patience and averaged weights."""
    old = of_one(dump, tmp_path / "old", "zoe")
    options = {"preset": preset, "old_data": old / "train", "old_share": 0.4}
    four = "train.steps=4"
    unbroken = adapted(base, only_anna, tmp_path / "unbroken", four, **options)
    turn = Run._turn

    def dying(self: Run, *arguments: Any) -> Any:
        if self.step == dies_at:
            raise Killed
        return turn(self, *arguments)

    monkeypatch.setattr(Run, "_turn", dying)
    with pytest.raises(Killed):
        adapted(base, only_anna, tmp_path / "broken", four, **options)
    monkeypatch.setattr(Run, "_turn", turn)
    resumed = adapted(base, only_anna, tmp_path / "broken", four, resume=True, **options)
    assert (resumed.symbols, resumed.speakers) == (unbroken.symbols, unbroken.speakers)
    expected, found = weights(tmp_path / "unbroken"), weights(tmp_path / "broken")
    assert expected.keys() == found.keys()
    assert all(torch.equal(tensor, found[name]) for name, tensor in expected.items())
    assert resumed.kept == unbroken.kept


def test_a_run_that_is_over_stays_so(base: Path, only_anna: Path, updated: Path) -> None:
    file = checkpoint.find(updated)
    written = file.stat().st_mtime_ns
    with pytest.raises(ConfigError, match="holds a model; go on with --resume"):
        adapted(base, only_anna, updated, preset="lora")
    adapted(base, only_anna, updated, preset="lora", resume=True)
    assert file.stat().st_mtime_ns == written


def test_speech_read_by_another_phonemiser_is_refused(
    base: Path, dump: Path, tmp_path: Path
) -> None:
    only_anna = of_one(dump, tmp_path / "anna", "anna")
    Frontend.from_symbols(FrontendConfig()).save(only_anna)
    with pytest.raises(ConfigError, match="reads text by letters, the data were read by espeak"):
        adapted(base, only_anna, tmp_path / "exp")
    assert not (tmp_path / "exp").exists()


def test_frames_of_another_bridge_are_refused(only_anna: Path, tmp_path: Path) -> None:
    other = tiny.save_acoustic(tmp_path / "other", speakers=["zoe", "bert"])
    with pytest.raises(ContractError, match="channels"):
        adapted(other, only_anna, tmp_path / "exp")


@pytest.mark.parametrize(
    ("base_of", "message"),
    [("nowhere", "no such file or experiment"), ("bridge", "holds the bridge glow_wavegan")],
)
def test_no_base(only_anna: Path, tmp_path: Path, base_of: str, message: str) -> None:
    tiny.save_bridge(tmp_path / "bridge")
    with pytest.raises(Exception, match=message):
        adapted(tmp_path / base_of, only_anna, tmp_path / "exp")


def test_no_such_data(base: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing/train/text\.phn"):
        adapted(base, tmp_path / "nothing", tmp_path / "exp")


def test_a_voice_without_a_vocoder_is_no_base_of_one(base: Path, tmp_path: Path) -> None:
    pack(base, tmp_path / "voice")
    with pytest.raises(ConfigError, match="is packed without a vocoder"):
        Base.read(tmp_path / "voice", "vocoder")
