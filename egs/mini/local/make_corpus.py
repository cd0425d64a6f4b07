"""Makes a small synthetic corpus offline, in LJSpeech's layout, with the true times of its phones.

    make_corpus.py corpus --minutes 5
    make_corpus.py corpus --minutes 5 --voices slt,rms
    make_corpus.py corpus --minutes 0.5 --voices espeak:80

The speaker is flite's `slt` where the program `flite` is installed (Debian: `apt-get install
flite`), else espeak-ng from the library that the package espeakng-loader carries, which sounds
less natural. Both are deterministic: the same arguments make the same files.

With `--voices` there are several speakers, of `--minutes` each, among whom the sentences are dealt
out: they read different ones as long as there are enough. A voice is one of flite's, or one of
espeak-ng's with any of its variants, pitch and range (0 to 100, 50 is its own): `slt`, `en-us`,
`en` (British), `en-us+f3`, `en-us+m1:pitch=70:range=40`. `espeak:N` is N like the last one.

Written are

    OUT/metadata.csv     id|text|text, and |speaker where there are several
    OUT/wavs/ID.wav      22 050 Hz, 16 bit, 50 ms of silence at both ends
    OUT/phones/ID.txt    start_s end_s phone, a line each; `pau` is a pause
    OUT/corpus.json      who spoke, and how much
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE_HZ = 22_050
EDGE_S = 0.05  # silence kept at both ends
PATIENCE_S = 300.0  # with one sentence
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
    name: str
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
_PARAMETERS = {"pitch": 3, "range": 4}  # espeak_PARAMETER
_OWN = 50  # the value of a parameter that leaves the voice as it is
# What `espeak:N` draws on: variants that sound like persons, at pitches that stay in their range.
_VARIANTS = (
    *("m1", "f1", "m2", "f2", "m3", "f3", "m4", "f4", "m5", "f5", "m6", "Annie", "m7", "belinda"),
    *("m8", "steph", "adam", "linda", "antonio", "Alicia", "benjamin", "anika", "boris", "aunty"),
    *("caleb", "shelby", "david", "steph2", "ed", "Andrea", "edward", "steph3", "gustave"),
    *("grandma", "iven", "kaukovalta", "iven2", "sandro", "iven3", "quincy", "Mike", "paul"),
    *("john", "Lee", "marcelo", "Marco", "max", "Mario", "Michael", "Denis", "miguel", "norbert"),
    *("pablo", "pedro", "rob", "robert", "travis", "victor", "zac", "Hugo"),
)
_PITCHES = (50, 35, 65, 42, 58, 28, 72)
# Empty events that are shorter, or not quiet, are no pauses: they belong to the phone before them.
_SHORT_GAP_S = 0.04
_QUIET = 0.002


class EspeakSpeaker:
    """Speaks through espeak-ng's library, whose phoneme events carry sample positions."""

    def __init__(self, voice: str, **parameters: int) -> None:
        import espeakng_loader  # only this speaker needs it

        self._voice, self._parameters = voice.encode(), parameters

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        rate_hz = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS_IN_IPA)
        if rate_hz != RATE_HZ:
            sys.exit(f"make_corpus: espeak-ng speaks at {rate_hz} Hz, expected {RATE_HZ}")
        _, _, variant = voice.partition("+")
        known = "/" not in voice and (
            not variant or (Path(data.decode()) / "voices" / "!v" / variant).is_file()
        )
        if not known or self._library.espeak_SetVoiceByName(self._voice):
            sys.exit(
                f"make_corpus: espeak-ng has no voice {voice!r}; it has en-us and en, and "
                "variants such as en-us+f3 (slt, rms, awb and kal16 are of flite)"
            )
        self._callback = _CALLBACK(self._collect)  # kept: C holds only a pointer to it
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
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetVoiceByName(self._voice)
        for name, number in _PARAMETERS.items():
            self._library.espeak_SetParameter(number, self._parameters.get(name, _OWN), 0)
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


_readers: list[Chosen] = []  # the speakers, as processes that speak inherit them


def _read_aloud(job: tuple[int, str, Path, str]) -> float:
    """Speaks one sentence and writes it; returns its seconds."""
    turn, text, out, name = job
    speech = trimmed(_readers[turn].speak(text))
    write_utterance(out, name, speech)
    return len(speech.samples) / RATE_HZ


def speak_corpus(
    out: Path, sentences: list[str], speakers: list[Chosen], minutes: float, n_jobs: int
) -> dict[str, float]:
    """Each speaker speaks `minutes` of the sentences; returns how many minutes there are of each.

    One speaker takes sentences from the top. Several have them dealt out, and take those of the
    others when theirs are at an end. Written is the same whatever the number of processes.
    """
    (out / "wavs").mkdir(parents=True)
    (out / "phones").mkdir()
    _readers[:] = speakers
    fork = multiprocessing.get_context("fork")  # what speaks need not be pickled
    spoken: dict[str, float] = {}
    rows: dict[str, str] = {}
    for turn, speaker in enumerate(speakers):
        texts = {
            f"{speaker.name}-{at + 1:04d}": sentences[at]
            for at in dealt(len(sentences), len(speakers), turn)
        }
        jobs = ((turn, text, out, name) for name, text in texts.items())
        spoken_s = 0.0
        # espeak-ng is left in another state by every sentence: each has a process of its own.
        with fork.Pool(n_jobs, maxtasksperchild=1) as pool:
            lengths = pool.imap(_read_aloud, jobs)
            for name, text in texts.items():
                try:
                    seconds = lengths.next(PATIENCE_S)
                except multiprocessing.TimeoutError:  # also if its process was killed
                    sys.exit(
                        f"make_corpus: no speech of {name} in {PATIENCE_S:g} s; run again with "
                        "fewer --nj"
                    )
                rows[name] = "|".join((name, text, text, *[speaker.name] * (len(speakers) > 1)))
                spoken_s += seconds
                if spoken_s >= 60 * minutes:
                    break
        spoken[speaker.name] = spoken_s / 60
    for file in (*(out / "wavs").iterdir(), *(out / "phones").iterdir()):
        if file.stem not in rows:  # of the processes that ran ahead
            file.unlink()
    text = "".join(f"{row}\n" for row in rows.values())
    (out / "metadata.csv").write_text(text, encoding="utf-8")
    return spoken


def dealt(n_sentences: int, n_speakers: int, turn: int) -> list[int]:
    """The order of sentences of one speaker: every n-th, then every n-th from the next one on."""
    starts = [(turn + offset) % n_speakers for offset in range(n_speakers)]
    return [at for start in starts for at in range(start, n_sentences, n_speakers)]


def choose(engine: str, voice: str | None) -> Chosen:
    """The speaker that `--engine` and `--voice` ask for; `auto` prefers flite."""
    here = shutil.which("flite") is not None
    if engine == "auto" and not here:
        print("make_corpus: no flite here; espeak-ng speaks, less naturally", file=sys.stderr)
    if engine == "espeak" or (engine == "auto" and not here):
        return espeak_voice(voice or "en-us")
    if not here:
        sys.exit("make_corpus: no flite here; apt-get install flite, or take --engine espeak")
    voice = voice or "slt"
    known = flite_voices()
    if voice not in known:
        sys.exit(f"make_corpus: flite has no voice {voice!r}; it has {', '.join(known)}")
    return Chosen("flite", voice, flite_speaker(voice))


def flite_voices() -> list[str]:
    """The names that `flite -lv` lists; none where flite is not installed."""
    if shutil.which("flite") is None:
        return []
    listed = subprocess.run(["flite", "-lv"], check=True, capture_output=True, text=True).stdout
    return listed.split(":")[-1].split()


def espeak_voice(asked: str) -> Chosen:
    """A voice of espeak-ng: `en-us+f3:pitch=70:range=40`, named en-us+f3_pitch70_range40."""
    voice, *settings = asked.split(":")
    parameters = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in _PARAMETERS or not value.isdecimal() or int(value) > 100:
            sys.exit(f"make_corpus: voice {asked!r}: expected pitch= or range=, 0 to 100")
        parameters[key] = int(value)
    return Chosen(
        "espeak", asked.replace(":", "_").replace("=", ""), EspeakSpeaker(voice, **parameters)
    )


def choose_several(asked: str, engine: str) -> list[Chosen]:
    """The speakers of a list such as `slt,rms,en-us+f3`; `auto` takes each where it is found."""
    flite = [] if engine == "espeak" else flite_voices()
    names = [name for word in asked.split(",") for name in several_of_espeak(word.strip())]
    for name in names:
        if names.count(name) > 1:
            sys.exit(f"make_corpus: --voices names {name} twice")
    return [
        choose("flite", n) if n in flite or engine == "flite" else espeak_voice(n) for n in names
    ]


def several_of_espeak(word: str) -> list[str]:
    """The voices that `espeak:N` stands for, in an order where neighbours differ much."""
    engine, _, count = word.partition(":")
    if engine != "espeak":
        return [word]
    every = [
        f"en-us+{variant}:pitch={pitch}:range={60 - abs(pitch - 50)}"
        for pitch, variant in product(_PITCHES, _VARIANTS)
    ]
    if not count.isdecimal() or not 1 <= int(count) <= len(every):
        sys.exit(f"make_corpus: {word!r}: expected espeak:N, N from 1 to {len(every)}")
    return every[: int(count)]


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path, help="the folder to make")
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="how much speech, of each speaker (default 5)"
    )
    parser.add_argument("--engine", choices=("auto", "flite", "espeak"), default="auto")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--voice", help="flite: slt, rms, awb, kal16; espeak: en-us, en, …")
    who.add_argument("--voices", help="several, by commas: slt,rms,en-us+f3:pitch=70; espeak:80")
    parser.add_argument(
        "--or-all", action="store_true", help="take all sentences where they give less"
    )
    parser.add_argument(
        "--nj",
        type=int,
        default=os.cpu_count() or 1,
        help="processes (default: one for each core)",
    )
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
    if options.voices:
        speakers = choose_several(options.voices, options.engine)
    else:
        speakers = [choose(options.engine, options.voice)]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        made = Path(folder) / "corpus"
        spoken = speak_corpus(made, sentences, speakers, options.minutes, max(1, options.nj))
        least = min(spoken.values())
        if least < options.minutes and not options.or_all:
            sys.exit(
                f"make_corpus: {options.sentences} gives {least:.1f} minutes, asked were "
                f"{options.minutes:g}; add sentences, or ask for less"
            )
        (made / "corpus.json").write_text(json.dumps(facts(speakers, spoken)) + "\n", "utf-8")
        if out.exists():
            shutil.rmtree(out)
        made.rename(out)
    who = speakers[0].name if len(speakers) == 1 else f"{len(speakers)} speakers"
    by = " and ".join(sorted({speaker.engine for speaker in speakers}))
    told = f"{sum(spoken.values()):.1f} minutes of {who} by {by}"
    print(f"make_corpus: {told} in {out}", file=sys.stderr)


def facts(speakers: list[Chosen], spoken: dict[str, float]) -> dict[str, object]:
    """What corpus.json says."""
    each = [
        {"engine": s.engine, "voice": s.name, "minutes": round(spoken[s.name], 3)}
        for s in speakers
    ]
    if len(each) == 1:
        return {**each[0], "rate_hz": RATE_HZ}
    total = round(sum(spoken.values()), 3)
    return {"speakers": each, "minutes": total, "rate_hz": RATE_HZ}


if __name__ == "__main__":
    main(sys.argv[1:])
