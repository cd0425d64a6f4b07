"""Makes a small synthetic corpus offline, in LJSpeech's layout, with the true times of its phones.

    make_corpus.py corpus --minutes 5

The speaker is flite's `slt` where the program `flite` is installed (Debian: `apt-get install
flite`), else espeak-ng from the library that the package espeakng-loader carries, which sounds
less natural. Both are deterministic: the same arguments make the same files. Written are

    OUT/metadata.csv     id|text|text
    OUT/wavs/ID.wav      22 050 Hz, 16 bit, 50 ms of silence at both ends
    OUT/phones/ID.txt    start_s end_s phone, a line each; `pau` is a pause
    OUT/corpus.json      who spoke, and how much
"""

from __future__ import annotations

import argparse
import ctypes
import json
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE_HZ = 22_050
EDGE_S = 0.05  # silence kept at both ends
NOISE_RMS = 1e-4  # -80 dB: recordings have a noise floor, and a likelihood needs one
PAUSE = "pau"


@dataclass(frozen=True)
class Speech:
    """One spoken sentence: samples in [-1, 1] at RATE_HZ, and (start_s, end_s, phone) in order."""

    samples: np.ndarray
    phones: list[tuple[float, float, str]]


@dataclass(frozen=True)
class Chosen:
    """Who speaks."""

    engine: str
    voice: str
    speak: Callable[[str], Speech]


def flite_speaker(voice: str) -> Callable[[str], Speech]:
    """Speaks through the flite program, whose `-psdur` prints where each phone ends."""

    def speak(text: str) -> Speech:
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "speech.wav"
            command = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(wav)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            samples, rate_hz = soundfile.read(wav)
        phones, start_s = [], 0.0
        for phone, end_s in (label.rsplit(":", 1) for label in printed.split()):
            phones.append((start_s, float(end_s), phone))
            start_s = float(end_s)
        return Speech(soxr.resample(samples, rate_hz, RATE_HZ), phones)

    return speak


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("phone", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples come to the callback
_PHONEME_EVENTS_IN_IPA = 0x8000 | 1 | 2  # with espeakINITIALIZE_DONT_EXIT
_LIST_TERMINATED, _PHONEME = 0, 7
_UTF8 = 1
# Empty events that are shorter, or not quiet, are no pauses: they belong to the phone before them.
_SHORT_GAP_S = 0.04
_QUIET = 0.002


class EspeakSpeaker:
    """Speaks through espeak-ng's library, whose phoneme events carry sample positions."""

    def __init__(self, voice: str) -> None:
        import espeakng_loader  # only this speaker needs it

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS_IN_IPA)
        if rate_hz != RATE_HZ:
            sys.exit(f"make_corpus: espeak-ng speaks at {rate_hz} Hz, expected {RATE_HZ}")
        if self._library.espeak_SetVoiceByName(voice.encode()):
            sys.exit(f"make_corpus: espeak-ng has no voice {voice!r}; it has en-us and en-gb")
        self._callback = _CALLBACK(self._collect)  # kept: C holds only a pointer to it
        self._library.espeak_SetSynthCallback(self._callback)
        self._blocks: list[np.ndarray] = []
        self._starts: list[tuple[int, str]] = []

    def _collect(self, samples, n_samples, events) -> int:
        if samples and n_samples:
            self._blocks.append(np.ctypeslib.as_array(samples, (n_samples,)).copy())
        at = 0
        while events[at].type != _LIST_TERMINATED:
            if events[at].type == _PHONEME:
                name = events[at].phone.decode("utf-8", "ignore")
                self._starts.append((events[at].sample, name))
            at += 1
        return 0

    def __call__(self, text: str) -> Speech:
        self._blocks, self._starts = [], [(0, "")]
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        samples = np.concatenate(self._blocks) / 32768.0
        return Speech(samples, list(_joined(self._spans(samples))))

    def _spans(self, samples: np.ndarray) -> Iterator[tuple[float, float, str]]:
        """Every event from its start to the next one's; empty ones are pauses, or `""`."""
        ends = [start for start, _ in self._starts[1:]] + [len(samples)]
        for (start, name), end in zip(self._starts, ends, strict=True):
            gap = not name and end - start < _SHORT_GAP_S * RATE_HZ
            loud = not name and end > start and np.abs(samples[start:end]).mean() > _QUIET
            if end > start:
                yield start / RATE_HZ, end / RATE_HZ, "" if gap or loud else name or PAUSE


def _joined(spans: Iterator[tuple[float, float, str]]) -> Iterator[tuple[float, float, str]]:
    """Spans without a name go to the phone before them, pauses in a row become one."""
    held = (0.0, 0.0, PAUSE)
    for start_s, end_s, name in spans:
        if not name or name == held[2] == PAUSE:
            held = (held[0], end_s, held[2])
            continue
        if held[1] > held[0]:
            yield held
        held = (start_s, end_s, name)
    yield held


def trimmed(speech: Speech) -> Speech:
    """The same speech with EDGE_S of silence at each end; phone times move along."""
    spoken = [at for at, phone in enumerate(speech.phones) if phone[2] != PAUSE]
    phones = speech.phones[spoken[0] : spoken[-1] + 1]
    start_s, end_s = phones[0][0] - EDGE_S, phones[-1][1] + EDGE_S
    phones = [
        (start_s, phones[0][0], PAUSE),
        *phones,
        (phones[-1][1], end_s, PAUSE),
    ]
    edge = round(EDGE_S * RATE_HZ)
    first, last = round(start_s * RATE_HZ) + edge, round(end_s * RATE_HZ) + edge
    samples = np.pad(speech.samples, edge)[first:last]
    ramp = np.linspace(0, 1, edge // 4)  # the cut may fall into the decay of the last phone
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]
    return Speech(samples, [(a - start_s, b - start_s, phone) for a, b, phone in phones])


def write_utterance(out: Path, name: str, speech: Speech) -> None:
    """Writes OUT/wavs/NAME.wav and OUT/phones/NAME.txt."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    noise = random.normal(0, NOISE_RMS, len(speech.samples))
    samples = np.clip(speech.samples + noise, -1, 1)
    soundfile.write(out / "wavs" / f"{name}.wav", samples, RATE_HZ, subtype="PCM_16")
    lines = [f"{start_s:.4f} {end_s:.4f} {phone}\n" for start_s, end_s, phone in speech.phones]
    (out / "phones" / f"{name}.txt").write_text("".join(lines), encoding="utf-8")


def speak_corpus(out: Path, sentences: list[str], speaker: Chosen, minutes: float) -> float:
    """Speaks sentences from the top until there are `minutes`; returns how many there are."""
    (out / "wavs").mkdir(parents=True)
    (out / "phones").mkdir()
    spoken_s, rows = 0.0, []
    for number, text in enumerate(sentences, start=1):
        if spoken_s >= 60 * minutes:
            break
        name = f"{speaker.voice}-{number:04d}"
        speech = trimmed(speaker.speak(text))
        write_utterance(out, name, speech)
        rows.append(f"{name}|{text}|{text}\n")
        spoken_s += len(speech.samples) / RATE_HZ
    (out / "metadata.csv").write_text("".join(rows), encoding="utf-8")
    return spoken_s / 60


def choose(engine: str, voice: str | None) -> Chosen:
    """The speaker that `--engine` and `--voice` ask for; `auto` prefers flite."""
    here = shutil.which("flite") is not None
    if engine == "auto" and not here:
        print("make_corpus: no flite here; espeak-ng speaks, less naturally", file=sys.stderr)
    if engine == "espeak" or (engine == "auto" and not here):
        voice = voice or "en-us"
        return Chosen("espeak", voice, EspeakSpeaker(voice))
    if not here:
        sys.exit("make_corpus: no flite here; apt-get install flite, or take --engine espeak")
    voice = voice or "slt"
    listed = subprocess.run(["flite", "-lv"], check=True, capture_output=True, text=True).stdout
    known = listed.split(":")[-1].split()
    if voice not in known:
        sys.exit(f"make_corpus: flite has no voice {voice!r}; it has {', '.join(known)}")
    return Chosen("flite", voice, flite_speaker(voice))


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path, help="the folder to make")
    parser.add_argument("--minutes", type=float, default=5.0, help="how much speech (default 5)")
    parser.add_argument("--engine", choices=("auto", "flite", "espeak"), default="auto")
    parser.add_argument("--voice", help="flite: slt, rms, awb, kal16; espeak: en-us, en-gb, …")
    parser.add_argument("--sentences", type=Path, default=Path(__file__).parent / "sentences.txt")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Makes the corpus beside OUT and moves it there when it is whole."""
    options = parse(arguments)
    out: Path = options.out
    if out.exists() and any(out.iterdir()) and not (out / "corpus.json").exists():
        sys.exit(f"make_corpus: {out} holds something else; name another folder")
    lines = options.sentences.read_text(encoding="utf-8").splitlines()
    sentences = [line for line in lines if line and not line.startswith("#")]
    speaker = choose(options.engine, options.voice)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        made = Path(folder) / "corpus"
        minutes = speak_corpus(made, sentences, speaker, options.minutes)
        if minutes < options.minutes:
            sys.exit(
                f"make_corpus: {options.sentences} gives {minutes:.1f} minutes, asked were "
                f"{options.minutes:g}; add sentences, or ask for less"
            )
        facts = {
            "engine": speaker.engine,
            "voice": speaker.voice,
            "minutes": round(minutes, 3),
            "rate_hz": RATE_HZ,
        }
        (made / "corpus.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")
        if out.exists():
            shutil.rmtree(out)
        made.rename(out)
    told = f"{minutes:.1f} minutes of {speaker.voice} by {speaker.engine}"
    print(f"make_corpus: {told} in {out}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
