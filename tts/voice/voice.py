"""A voice: text in, speech out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tts import build
from tts.errors import CheckpointError, ConfigError
from tts.nn.conv import fold
from tts.nn.memory import keep_little
from tts.nn.precision import Precision, chosen_device
from tts.text.frontend import Frontend
from tts.text.lexicon import Lexicon
from tts.text.markup import MAX_PAUSE_S
from tts.voice import pack
from tts.voice.cast import Cast
from tts.voice.convert import Converted, convert
from tts.voice.library import find_voice
from tts.voice.render import SPEEDS
from tts.voice.speech import Speech
from tts.voice.stream import PARAGRAPH_PAUSE_S, PAUSE_S, Chunk, Manner, chunks
from tts.voice.vocoding import Vocoding

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Voice:
    """An acoustic model, its text frontend and a vocoder that fits.

    Example:
        voice = tts.load("exp/glow_tts", vocoder="exp/hifigan")
        voice.say("Hello.").save("hello.wav")
    """

    name: str
    acoustic: Any
    vocoding: Vocoding
    frontend: Frontend
    cast: Cast
    precision: Precision
    device: str

    @classmethod
    def load(
        cls,
        path: str | Path,
        vocoder: str | Path | None = None,
        *,
        precision: Precision = "auto",
        device: str | None = None,
    ) -> Voice:
        """Load a voice, ready to speak.

        Args:
            path: a packed voice, its name, an experiment directory, or a checkpoint in one.
            vocoder: an experiment or checkpoint of a vocoder, or `griffin_lim`; by default the
                vocoder packed with the voice, and Griffin-Lim for an experiment.
            precision: `auto` computes in bfloat16 where the device is fast at it.
            device: `cpu`, `cuda`, `cuda:1`; by default the GPU where there is one.
        Raises:
            TTSError: nothing there, damaged, or the vocoder speaks another bridge.
        """
        keep_little()
        folder = find_voice(path)
        device = chosen_device(device)
        options = {"precision": precision, "device": device}
        packed = pack.read(folder) if pack.is_packed(folder) else None
        loaded = packed.acoustic if packed else build.load(folder, "acoustic")
        home = folder if folder.is_dir() else folder.parent.parent  # EXP/checkpoints/step-….pt
        if vocoder is not None:
            vocoding = Vocoding.load(vocoder, loaded.contract, str(path), **options)
        elif packed and packed.vocoder is not None:
            options["home"] = folder / pack.VOCODER
            vocoding = Vocoding.of(packed.vocoder, str(path), loaded.contract, **options)
        else:
            logger.warning("%s: no vocoder comes with it, so this is Griffin-Lim; name one", path)
            vocoding = Vocoding.load("griffin_lim", loaded.contract, str(path), **options)
        model = fold(loaded.model).to(device).requires_grad_(False)
        frontend = Frontend.load(home)
        encoder = packed.speaker_encoder if packed else None
        cast = Cast.load(home, model, str(path), device, encoder)
        _check_sizes(home, loaded.sizes, frontend, pack.read_speakers(home))
        vocoding.warn_of_strangers(cast.names)
        return cls(str(path), model, vocoding, frontend, cast, precision, device)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names of those it can speak as; empty where one has no name."""
        return self.cast.names

    @property
    def sample_rate_hz(self) -> int:
        """Of the samples that `say` returns."""
        return self.vocoding.contract.sample_rate_hz

    def say(
        self,
        text: str,
        *,
        speaker: str | None = None,
        speaker_wav: str | Path | None = None,
        speed: float = 1.0,
        temperature: float | None = None,
        seed: int = 0,
        vocoder_temperature: float | None = None,
        lexicon: Lexicon | Mapping[str, str] | str | Path | None = None,
        ssml: bool | None = None,
        max_tokens: int | None = None,
        pause_s: float = PAUSE_S,
        paragraph_pause_s: float = PARAGRAPH_PAUSE_S,
        **knobs: Any,
    ) -> Speech:
        """Speak a text, sentence by sentence.

        In the text, `[[h ə l ˈoʊ]]` is said as it stands, `[pause 0.5s]` is silence and
        `[spell NASA]` is said letter by letter; SSML is read too.

        Args:
            speaker: a name from `speakers`, the first by default, or a mixture of them such as
                `slt:0.7,rms:0.3`.
            speaker_wav: a recording of somebody to speak like, for a voice with a speaker encoder.
            speed: 2 is twice as fast, in 0.25..4.
            temperature: liveliness of the acoustic model, 0 (flat) to about 1.
            seed: the same seed gives the same samples.
            vocoder_temperature: scale of the vocoder's noise, where it draws any.
            lexicon: words and their phonemes, or a file of them, which go before the voice's own.
            ssml: whether the text is SSML; by default it is where it looks like it.
            max_tokens: symbols spoken in one go; by default as many as the longest training text
                had. A longer sentence is cut behind a mark or a word.
            pause_s, paragraph_pause_s: silence between sentences and between paragraphs, where
                the text asks for no other.
            knobs: others of the vocoder: `denoise`, `steps`, `schedule`, `sampler`.
        Raises:
            TextError: nothing in the text can be spoken, or a mark in it cannot be used.
            ConfigError: no such speaker; a speed, temperature or knob that is out of range.
            DataError: the lexicon cannot be used.
        """
        started = time.perf_counter()
        manner = self.manner(
            speaker=speaker,
            speaker_wav=speaker_wav,
            speed=speed,
            temperature=temperature,
            seed=seed,
            vocoder_temperature=vocoder_temperature,
            lexicon=lexicon,
            ssml=ssml,
            max_tokens=max_tokens,
            pause_s=pause_s,
            paragraph_pause_s=paragraph_pause_s,
            **knobs,
        )
        made = list(chunks(self, manner, manner.scripts(text)))
        return Speech.of(made, text, time.perf_counter() - started)

    def stream(
        self, text: str, *, chunk_frames: int | None = None, **options: Any
    ) -> Iterator[Chunk]:
        """Speak a text in chunks, each of which is there as soon as it is made.

        Put together they are the samples of `say`, bit for bit.

        Args:
            chunk_frames: make them all of so many frames, by default few at first and then more.
                The samples differ by what a convolution rounds differently then.
            options: those of `say`.
        Raises:
            TTSError: as `say`, before the first chunk.
        """
        if chunk_frames is not None and chunk_frames < 1:
            raise ConfigError(f"chunk_frames {chunk_frames}: expected 1 or more")
        manner = self.manner(**options)
        return chunks(self, manner, manner.scripts(text), chunk_frames=chunk_frames)

    def manner(
        self,
        *,
        speaker: str | None = None,
        speaker_wav: str | Path | None = None,
        speed: float = 1.0,
        temperature: float | None = None,
        seed: int = 0,
        vocoder_temperature: float | None = None,
        lexicon: Lexicon | Mapping[str, str] | str | Path | None = None,
        ssml: bool | None = None,
        max_tokens: int | None = None,
        pause_s: float = PAUSE_S,
        paragraph_pause_s: float = PARAGRAPH_PAUSE_S,
        **knobs: Any,
    ) -> Manner:
        """The options of `say`, checked and made ready.

        Raises:
            ConfigError: no such speaker; a speed, temperature or knob that is out of range.
            DataError: the lexicon cannot be used.
        """
        if vocoder_temperature is not None:
            knobs["temperature"] = vocoder_temperature
        _check_range("speed", speed, *SPEEDS)
        if temperature is not None:
            _check_range("temperature", temperature, 0, 2)
        for name, seconds in (("pause_s", pause_s), ("paragraph_pause_s", paragraph_pause_s)):
            _check_range(name, seconds, 0, MAX_PAUSE_S)
        self.vocoding.check(knobs)
        chosen = self.cast.choose(speaker, speaker_wav)
        knobs |= self.vocoding.told(self.cast.called(speaker, speaker_wav), chosen)
        return Manner(
            self._frontend(lexicon),
            ssml,
            max_tokens,
            chosen,
            speed,
            temperature,
            seed,
            knobs,
            pause_s,
            paragraph_pause_s,
        )

    def convert(self, recording: str | Path, **options: Any) -> Converted:
        """Let another of its speakers say what a recording says: `tts.voice.convert`.

        Example:
            voice.convert("slt.wav", speaker="rms").save("rms.wav")
        """
        return convert(self, recording, **options)

    def _frontend(self, lexicon: Lexicon | Mapping[str, str] | str | Path | None) -> Frontend:
        """The voice's, with the words of one call."""
        if lexicon is None:
            return self.frontend
        if isinstance(lexicon, str | Path):
            lexicon = Lexicon.load(lexicon)
        elif not isinstance(lexicon, Lexicon):
            lexicon = Lexicon.from_words(lexicon)
        return self.frontend.with_lexicon(lexicon)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} {value}: expected {low} to {high}")


def _check_sizes(
    folder: Path, sizes: dict[str, int], frontend: Frontend, speakers: tuple[str, ...]
) -> None:
    """Refuse a model beside the token table or the list of speakers of another one."""
    there = {"n_tokens": len(frontend.table), "n_speakers": max(1, len(speakers))}
    files = {"n_tokens": "tokens.txt", "n_speakers": pack.SPEAKERS}
    for size, n in there.items():
        if sizes[size] != n:
            raise CheckpointError(
                f"{folder / files[size]}: makes {size} {n}, the model has {sizes[size]}; "
                "take all files from the same model"
            )
