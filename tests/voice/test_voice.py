"""A voice: where it loads from, and what it says when."""

from __future__ import annotations

import logging
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

import tts
from tests.tiny import CONTRACT, save_acoustic, save_vocoder
from tts import checkpoint
from tts.errors import CheckpointError, ConfigError, ContractError, DataError, TextError
from tts.voice import library
from tts.voice.pack import pack, read_card
from tts.voice.voice import PAUSE_S, Voice

TEXT = "a bad cab, dead on arrival."


def load(path: Path | str, vocoder: Path | str | None = None) -> Voice:
    return Voice.load(path, vocoder, precision="float32", device="cpu")


def test_the_public_face(acoustic: Path, vocoder: Path, voice: Voice, tmp_path: Path) -> None:
    again = tts.load(acoustic, vocoder, precision="float32", device="cpu")
    speech = again.say(TEXT, seed=3)
    assert np.array_equal(speech.samples, voice.say(TEXT, seed=3).samples)
    speech.save(tmp_path / "a.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), speech.samples)
    assert tts.Voice is Voice


def test_everything_a_voice_can_be_loaded_from(
    acoustic: Path, vocoder: Path, voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = voice.say(TEXT).samples
    file = checkpoint.newest(acoustic)
    assert np.array_equal(load(file, vocoder).say(TEXT).samples, samples)
    assert np.array_equal(
        load(str(acoustic), checkpoint.newest(vocoder)).say(TEXT).samples, samples
    )
    packed = pack(acoustic, tmp_path / "anna", vocoder)
    assert np.array_equal(load(packed).say(TEXT).samples, samples)
    monkeypatch.setenv(library.FOLDERS_VARIABLE, str(tmp_path))
    assert np.array_equal(load("anna").say(TEXT).samples, samples)
    half = load(pack(acoustic, tmp_path / "half", vocoder, dtype="float16")).say(TEXT)
    assert len(half.samples) == pytest.approx(len(samples), rel=0.05)  # a duration may round anew


def test_another_vocoder_than_the_packed_one(
    acoustic: Path, vocoder: Path, tmp_path: Path
) -> None:
    packed = pack(acoustic, tmp_path / "anna", vocoder)
    assert load(packed).vocoding.model.context_frames is not None
    assert load(packed, "griffin_lim").vocoding.name == "griffin_lim"


def test_without_a_vocoder_it_is_griffin_lim(
    acoustic: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        speech = load(acoustic).say(TEXT)
    assert "no vocoder" in caplog.text and len(speech.samples) > 0


@pytest.mark.parametrize("name", ["nowhere", "exp/nowhere"])
def test_a_voice_that_is_not_there(name: str) -> None:
    with pytest.raises(CheckpointError, match=f"{name}: no such voice"):
        load(name)


def test_a_vocoder_is_no_voice(vocoder: Path) -> None:
    with pytest.raises(ConfigError, match="holds the vocoder hifigan, expected: acoustic"):
        load(vocoder)


def test_a_voice_is_no_vocoder(acoustic: Path) -> None:
    with pytest.raises(ConfigError, match="holds the acoustic glow_tts, expected: vocoder"):
        load(acoustic, acoustic)


def test_devices_and_precisions_that_do_not_exist(acoustic: Path) -> None:
    with pytest.raises(ConfigError, match="device 'tpu'"):
        Voice.load(acoustic, device="tpu")
    with pytest.raises(ConfigError, match="precision 'float8'"):
        Voice.load(acoustic, precision="float8").say(TEXT)


def test_files_of_another_model_beside_the_weights(acoustic: Path, tmp_path: Path) -> None:
    mixed = Path(shutil.copytree(acoustic, tmp_path / "mixed"))
    (mixed / "speakers.txt").write_text("anna\nbert\n")
    with pytest.raises(CheckpointError, match=r"speakers\.txt: makes n_speakers 2, .* has 1"):
        load(mixed)
    other = save_acoustic(tmp_path / "other", blank=False)
    for name in ("frontend.json", "tokens.txt"):
        shutil.copy(other / name, mixed / name)
    with pytest.raises(CheckpointError, match=r"tokens\.txt: makes n_tokens"):
        load(mixed)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_same_seed_gives_the_same_samples(
    acoustic: Path, vocoder: Path, precision: str
) -> None:
    voice = Voice.load(acoustic, vocoder, precision=precision, device="cpu")
    first = voice.say(TEXT, seed=5)
    assert first.samples.dtype == np.float32 and np.abs(first.samples).max() <= 1
    assert np.array_equal(voice.say(TEXT, seed=5).samples, first.samples)
    assert not np.array_equal(voice.say(TEXT, seed=6).samples, first.samples)


def test_a_temperature_of_zero_needs_no_seed(voice: Voice) -> None:
    flat = [voice.say(TEXT, seed=seed, temperature=0.0).samples for seed in (1, 2)]
    assert np.array_equal(*flat)
    assert not np.array_equal(voice.say(TEXT, seed=1, temperature=1.0).samples, flat[0])


def test_speed(voice: Voice) -> None:
    lengths = {speed: voice.say(TEXT, speed=speed).audio_s for speed in (0.25, 1.0, 2.0)}
    assert lengths[0.25] > 2.5 * lengths[1.0] and lengths[1.0] > 1.2 * lengths[2.0]


@pytest.mark.parametrize("blank", [True, False])
def test_times_cover_the_audio(tmp_path: Path, vocoder: Path, blank: bool) -> None:
    voice = load(save_acoustic(tmp_path / "exp", blank=blank), vocoder)
    speech = voice.say("a bad cab")
    assert [span.text for span in speech.tokens] == [*"a", "<space>", *"bad", "<space>", *"cab"]
    assert speech.tokens[0].start_s == 0
    assert speech.tokens[-1].end_s == pytest.approx(speech.audio_s, abs=1e-9)
    for before, after in pairwise(speech.tokens):
        assert before.end_s == after.start_s <= after.end_s
    assert [word.text for word in speech.words] == ["a", "bad", "cab"]
    bad = speech.words[1]
    assert (bad.start_s, bad.end_s) == (speech.tokens[2].start_s, speech.tokens[4].end_s)


def test_sentences_come_with_pauses(voice: Voice) -> None:
    alone = [voice.say("A bad cab.", seed=4), voice.say("Dead end.", seed=5)]
    both = voice.say("A bad cab. Dead end.", seed=4)
    pause = np.zeros(round(PAUSE_S * CONTRACT.sample_rate_hz), np.float32)
    expected = np.concatenate([alone[0].samples, pause, alone[1].samples])
    assert np.array_equal(both.samples, expected)
    shift_s = alone[0].audio_s + PAUSE_S
    first = len(alone[0].tokens)
    for late, early in zip(both.tokens[first:], alone[1].tokens, strict=True):
        assert late.start_s == pytest.approx(shift_s + early.start_s, abs=1e-9)
    assert both.tokens[-1].end_s == pytest.approx(both.audio_s, abs=1e-9)
    assert both.normalised == "A bad cab. Dead end."
    assert [word.text for word in both.words] == ["A", "bad", "cab", "Dead", "end"]


def test_a_sentence_without_words_is_left_out_with_a_warning(voice: Voice) -> None:
    speech = voice.say("A bad cab. * * *\n\n?! Dead end.", seed=0)
    assert [word.text for word in speech.words][-2:] == ["Dead", "end"]
    assert any("left out" in warning for warning in speech.warnings)


@pytest.mark.parametrize("text", ["", "  \n", "?!", "... \n\n ---"])
def test_nothing_to_speak(voice: Voice, text: str) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        voice.say(text)


def test_as_dict_is_plain(voice: Voice) -> None:
    shown = voice.say(TEXT).as_dict()
    assert list(shown) == [
        *("sample_rate_hz", "audio_s", "wall_s", "rtf"),
        *("normalised", "tokens", "words", "spans", "unseen", "warnings"),
    ]
    assert shown["rtf"] == pytest.approx(shown["wall_s"] / shown["audio_s"])
    assert set(shown["tokens"][0]) == {"text", "start_s", "end_s"}


def test_speakers(tmp_path: Path, vocoder: Path) -> None:
    voice = load(save_acoustic(tmp_path / "exp", speakers=("anna", "bert")), vocoder)
    assert voice.speakers == ("anna", "bert")
    anna = voice.say(TEXT, speaker="anna").samples
    assert np.array_equal(voice.say(TEXT).samples, anna)
    bert = voice.say(TEXT, speaker="bert").samples
    assert len(bert) != len(anna) or not np.array_equal(bert, anna)
    with pytest.raises(ConfigError, match=r"speaker 'carl': .* has anna, bert"):
        voice.say(TEXT, speaker="carl")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"speed": 0.1}, r"speed 0\.1: expected 0\.25 to 4\.0"),
        ({"speed": 5.0}, r"speed 5\.0: expected"),
        ({"speed": float("nan")}, "speed nan: expected"),
        ({"temperature": -0.1}, r"temperature -0\.1: expected 0 to 2"),
        ({"temperature": 2.5}, r"temperature 2\.5: expected 0 to 2"),
        ({"speaker": "anna"}, "speaker 'anna': .* has one without a name"),
        ({"n_steps": 4}, "n_steps: the vocoder has no such knob; it has none"),
    ],
)
def test_settings_out_of_range(voice: Voice, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        voice.say(TEXT, **settings)


def test_a_vocoder_of_another_padding_joins_with_a_note(
    acoustic: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    centre = CONTRACT.model_copy(update={"padding": "centre"})
    with caplog.at_level(logging.WARNING):
        voice = load(acoustic, save_vocoder(tmp_path / "v", contract=centre))
    assert "padding 'half' to 'centre'; frames move by half a hop (2.0 ms)" in caplog.text
    assert len(voice.say(TEXT).samples) > 0


def test_a_vocoder_of_another_logarithm_is_converted(acoustic: Path, tmp_path: Path) -> None:
    natural = save_vocoder(tmp_path / "ln")
    ten = CONTRACT.model_copy(update={"log": "log10"})
    voice = load(acoustic, save_vocoder(tmp_path / "log10", contract=ten))
    frames = torch.randn(8, 12)
    direct = load(acoustic, natural).vocoding(frames / np.log(10))
    np.testing.assert_allclose(voice.vocoding(frames), direct, atol=1e-6)


def test_a_vocoder_of_another_bridge_is_refused(acoustic: Path, tmp_path: Path) -> None:
    other = CONTRACT.model_copy(update={"fmax_hz": 1800.0})
    with pytest.raises(ContractError, match=r"fmax_hz: 2000\.0 against 1800\.0"):
        load(acoustic, save_vocoder(tmp_path / "v", contract=other))


def test_phonemes(tmp_path: Path, vocoder: Path) -> None:
    voice = load(save_acoustic(tmp_path / "exp", phonemiser="espeak"), vocoder)
    speech = voice.say("Dr. No has 2 cats.")
    assert [word.text for word in speech.words] == ["Doctor", "No", "has", "two", "cats"]
    assert speech.tokens[-1].end_s == pytest.approx(speech.audio_s, abs=1e-9)


@pytest.mark.parametrize("content", [b"Jos\xe9\n", b"anna\n\nbert\n", b"anna\nanna\n"])
def test_a_list_of_speakers_that_cannot_be_used(tmp_path: Path, content: bytes) -> None:
    exp = save_acoustic(tmp_path / "exp", speakers=["anna", "bert"])
    (exp / "speakers.txt").write_bytes(content)
    with pytest.raises(DataError, match=r"speakers\.txt: "):
        Voice.load(exp)
    with pytest.raises(DataError, match=r"speakers\.txt: "):
        pack(exp, tmp_path / "packed")
    assert not (tmp_path / "packed").exists()


def test_names_of_speakers_may_hold_spaces(tmp_path: Path) -> None:
    names = ("Anna Maria", "bert")
    packed = pack(save_acoustic(tmp_path / "exp", speakers=names), tmp_path / "packed")
    assert Voice.load(packed).speakers == read_card(packed).speakers == names


def test_pauses_that_were_asked_for(voice: Voice) -> None:
    rate_hz = CONTRACT.sample_rate_hz
    alone = [voice.say("A bad cab", seed=4).samples, voice.say("dead end.", seed=5).samples]
    spoken = voice.say("[pause 0.1s]A bad cab[pause 0.5s]dead end.[pause 0.3s]", seed=4)
    silence = [np.zeros(round(s * rate_hz), np.float32) for s in (0.1, 0.5, 0.3)]
    expected = [silence[0], alone[0], silence[1], alone[1], silence[2]]
    assert np.array_equal(spoken.samples, np.concatenate(expected))
    assert spoken.tokens[0].start_s == pytest.approx(0.1)
    assert spoken.words[3].start_s == pytest.approx(0.6 + len(alone[0]) / rate_hz)


def test_the_speed_of_a_part(voice: Voice) -> None:
    def lengths(text: str, speed: float = 1.0) -> list[float]:
        words = voice.say(text, temperature=0.0, speed=speed).words
        return [word.end_s - word.start_s for word in words]

    plain, fast = lengths("bad cab dead"), lengths("bad cab dead", speed=4.0)
    mixed = lengths('bad <prosody rate="400%">cab</prosody> dead')
    assert mixed == pytest.approx([plain[0], fast[1], plain[2]], abs=0.01)
    assert fast[1] < plain[1]
    assert lengths('<prosody rate="4">bad cab dead</prosody>', speed=4.0) == fast  # not 16 times


def test_a_lexicon_of_one_call_and_one_of_the_voice(
    acoustic: Path, vocoder: Path, voice: Voice, tmp_path: Path
) -> None:
    (tmp_path / "words.tsv").write_text("cab\td e a d\n")
    expected = [*"a", "<space>", *"bad", "<space>", *"dead"]
    for lexicon in ({"cab": "d e a d"}, tmp_path / "words.tsv", str(tmp_path / "words.tsv")):
        speech = voice.say("a bad cab", lexicon=lexicon)
        assert [span.text for span in speech.tokens] == expected
    assert [word.text for word in speech.words] == ["a", "bad", "cab"]
    assert [(s.kind, s.written, s.spoken) for s in speech.spans] == [("lexicon", "cab", "d e a d")]
    assert [span.text for span in voice.say("cab").tokens] == [*"cab"]
    packed = pack(acoustic, tmp_path / "anna", vocoder, lexicon=tmp_path / "words.tsv")
    assert [span.text for span in load(packed).say("a bad cab").tokens] == expected
    speech = load(packed).say("cab", lexicon={"cab": "f a d e"})
    assert [span.text for span in speech.tokens] == [*"fade"]


def test_words_that_training_did_not_hold(tmp_path: Path, vocoder: Path) -> None:
    home = save_acoustic(tmp_path / "exp")
    assert load(home, vocoder).say("a bad cab").unseen == ()
    (home / "words.txt").write_text("# longest 90\na\nbad\n")
    voice = load(pack(home, tmp_path / "anna", vocoder))
    assert voice.say("a bad cab. Dead cab").unseen == ("cab", "dead")
    assert voice.frontend.max_tokens == 90


def test_long_sentences_are_cut_by_tokens(voice: Voice) -> None:
    speech = voice.say("a bad cab, dead fade, a bad cab, dead fade", max_tokens=12)
    assert [word.text for word in speech.words] == [*("a", "bad", "cab", "dead", "fade")] * 2
    assert speech.tokens[-1].end_s == pytest.approx(speech.audio_s, abs=1e-9)


def test_bad_markup_is_one_error(voice: Voice) -> None:
    with pytest.raises(TextError, match="line 2, column 4: a pause of 'long'"):
        voice.say("a bad\ncab[pause long] dead")
