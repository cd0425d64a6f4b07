"""A voice: text in, speech out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tts import build
from tts.contracts import AcousticOutput
from tts.errors import CheckpointError, ConfigError
from tts.nn.conv import fold
from tts.nn.precision import Precision, autocast, chosen_device
from tts.text.frontend import Frontend
from tts.text.lexicon import Lexicon
from tts.text.utterances import Script, TokenSequence, Utterance
from tts.voice import pack
from tts.voice.library import find_voice
from tts.voice.speech import Speech, token_spans, word_spans
from tts.voice.vocoding import Vocoding

logger = logging.getLogger(__name__)

PAUSE_S = 0.2  # of silence between sentences
SPEEDS = (0.25, 4.0)


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
    speakers: tuple[str, ...]
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
        folder = find_voice(path)
        device = chosen_device(device)
        options = {"precision": precision, "device": device}
        packed = pack.read(folder) if pack.is_packed(folder) else None
        loaded = packed.acoustic if packed else build.load(folder, "acoustic")
        home = folder if folder.is_dir() else folder.parent.parent  # EXP/checkpoints/step-….pt
        if vocoder is not None:
            vocoding = Vocoding.load(vocoder, loaded.contract, str(path), **options)
        elif packed and packed.vocoder is not None:
            vocoding = Vocoding.of(packed.vocoder, str(path), loaded.contract, **options)
        else:
            logger.warning("%s: no vocoder comes with it, so this is Griffin-Lim; name one", path)
            vocoding = Vocoding.load("griffin_lim", loaded.contract, str(path), **options)
        model = fold(loaded.model).to(device).requires_grad_(False)
        frontend, speakers = Frontend.load(home), pack.read_speakers(home)
        _check_sizes(home, loaded.sizes, frontend, speakers)
        return cls(str(path), model, vocoding, frontend, speakers, precision, device)

    @property
    def sample_rate_hz(self) -> int:
        """Of the samples that `say` returns."""
        return self.vocoding.contract.sample_rate_hz

    def say(
        self,
        text: str,
        *,
        speaker: str | None = None,
        speed: float = 1.0,
        temperature: float | None = None,
        seed: int = 0,
        vocoder_temperature: float | None = None,
        lexicon: Lexicon | Mapping[str, str] | str | Path | None = None,
        ssml: bool | None = None,
        max_tokens: int | None = None,
        **knobs: Any,
    ) -> Speech:
        """Speak a text, sentence by sentence.

        In the text, `[[h ə l ˈoʊ]]` is said as it stands, `[pause 0.5s]` is silence and
        `[spell NASA]` is said letter by letter; SSML is read too.

        Args:
            speaker: a name from `speakers`; the first by default.
            speed: 2 is twice as fast, in 0.25..4.
            temperature: liveliness of the acoustic model, 0 (flat) to about 1.
            seed: the same seed gives the same samples.
            vocoder_temperature: scale of the vocoder's noise, where it draws any.
            lexicon: words and their phonemes, or a file of them, which go before the voice's own.
            ssml: whether the text is SSML; by default it is where it looks like it.
            max_tokens: symbols spoken in one go; by default as many as the longest training text
                had. A longer sentence is cut behind a mark or a word.
            knobs: others of the vocoder: `denoise`, `steps`, `schedule`, `sampler`.
        Raises:
            TextError: nothing in the text can be spoken, or a mark in it cannot be used.
            ConfigError: no such speaker; a speed, temperature or knob that is out of range.
            DataError: the lexicon cannot be used.
        """
        started = time.perf_counter()
        if vocoder_temperature is not None:
            knobs["temperature"] = vocoder_temperature
        self._check(speed, temperature, knobs)
        speaker_id = self._speaker_id(speaker)
        script = self._frontend(lexicon).script(text, ssml=ssml, max_tokens=max_tokens)
        pieces, tokens, words = [], [], []
        n_samples = 0
        for piece, spoken, durations in self._speak(
            script, speaker_id, speed, temperature, seed, knobs
        ):
            silence = self._silence(spoken.before_s if tokens else spoken.before_s or 0.0)
            pieces += [silence, piece]
            start_s = (n_samples + len(silence)) / self.sample_rate_hz
            n_samples += len(silence) + len(piece)
            frame_s = self.vocoding.contract.frame_s
            spans = token_spans(spoken.tokens, durations, frame_s, start_s)
            tokens += spans
            words += word_spans(spoken.tokens, spans)
        sequences = [utterance.tokens for utterance in script.utterances]
        return Speech(
            samples=np.concatenate([*pieces, self._silence(script.after_s)]),
            sample_rate_hz=self.sample_rate_hz,
            text=text,
            normalised=" ".join(s.normalised for s in sequences),
            tokens=tuple(tokens),
            words=tuple(words),
            spans=tuple(span for s in sequences for span in s.spans),
            unseen=tuple(dict.fromkeys(word for s in sequences for word in s.unseen)),
            warnings=tuple(
                dict.fromkeys([*(w for s in sequences for w in s.warnings), *script.warnings])
            ),
            wall_s=time.perf_counter() - started,
        )

    def _frontend(self, lexicon: Lexicon | Mapping[str, str] | str | Path | None) -> Frontend:
        """The voice's, with the words of one call."""
        if lexicon is None:
            return self.frontend
        if isinstance(lexicon, str | Path):
            lexicon = Lexicon.load(lexicon)
        elif not isinstance(lexicon, Lexicon):
            lexicon = Lexicon.from_words(lexicon)
        return self.frontend.with_lexicon(lexicon)

    def _speak(
        self,
        script: Script,
        speaker_id: torch.Tensor | None,
        speed: float,
        temperature: float | None,
        seed: int,
        knobs: dict[str, Any],
    ) -> Iterator[tuple[np.ndarray, Utterance, list[int]]]:
        """Samples, utterance and frames per token of each utterance."""
        for place, utterance in enumerate(script.utterances):
            own_seed = seed + place
            made = self._frames(utterance.tokens, speaker_id, speed, temperature, own_seed)
            samples = self.vocoding(made.frames[0], seed=own_seed, **knobs)
            yield samples, utterance, made.durations[0].tolist()

    @torch.inference_mode()
    def _frames(
        self,
        sequence: TokenSequence,
        speaker_id: torch.Tensor | None,
        speed: float,
        temperature: float | None,
        seed: int,
    ) -> AcousticOutput:
        tokens = torch.tensor([sequence.ids], device=self.device)
        token_lens = torch.tensor([len(sequence.ids)], device=self.device)
        speeds = self._speeds(sequence, speed)
        with autocast(self.precision, self.device):
            return self.acoustic.infer(
                tokens, token_lens, speaker_id, seed=seed, temperature=temperature, speed=speeds
            )

    def _speeds(self, sequence: TokenSequence, speed: float) -> float | torch.Tensor:
        """The speed of all tokens, or (1, L) that of each."""
        if not sequence.rates:
            return speed
        rates = torch.tensor([sequence.rates_of_ids], device=self.device)
        return (speed * rates).clamp(*SPEEDS)

    def _silence(self, seconds: float | None) -> np.ndarray:
        seconds = PAUSE_S if seconds is None else seconds
        return np.zeros(round(seconds * self.sample_rate_hz), np.float32)

    def _speaker_id(self, name: str | None) -> torch.Tensor | None:
        if name is not None and name not in self.speakers:
            known = ", ".join(self.speakers) or "one without a name"
            raise ConfigError(f"speaker {name!r}: {self.name} has {known}")
        if len(self.speakers) < 2:
            return None
        place = self.speakers.index(name) if name is not None else 0
        return torch.tensor([place], device=self.device)

    def _check(self, speed: float, temperature: float | None, knobs: dict[str, Any]) -> None:
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise ConfigError(f"speed {speed}: expected {SPEEDS[0]} to {SPEEDS[1]}")
        if temperature is not None and not 0 <= temperature <= 2:
            raise ConfigError(f"temperature {temperature}: expected 0 to 2")
        self.vocoding.check(knobs)


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
