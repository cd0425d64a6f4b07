"""Many texts spoken to a folder, resumable, with a manifest of what was made."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from tts import checkpoint
from tts.data.jobs import stamp
from tts.data.tables import read_table, write_table
from tts.errors import ConfigError, DataError, TextError
from tts.files import make_folder, write_text
from tts.nn.precision import Precision
from tts.text.lexicon import Lexicon
from tts.text.utterances import Script
from tts.voice import pack
from tts.voice.library import find_voice
from tts.voice.render import default_batch, render
from tts.voice.speech import Speech
from tts.voice.stream import Cursor, Manner, told_whole
from tts.voice.voice import Voice

MANIFEST = "manifest.jsonl"
_N_NAMED = 5  # of the texts that failed


@dataclass(frozen=True)
class Synthesised:
    """Utterances spoken now and before; seconds of speech made now, and of work."""

    n_spoken: int
    n_skipped: int
    audio_s: float
    wall_s: float

    @property
    def rtf(self) -> float:
        """Seconds of work per second of speech."""
        return self.wall_s / self.audio_s if self.audio_s else 0.0

    def as_dict(self) -> dict[str, Any]:
        """All fields as plain values."""
        return {
            "n_spoken": self.n_spoken,
            "n_skipped": self.n_skipped,
            "audio_s": self.audio_s,
            "wall_s": self.wall_s,
            "rtf": self.rtf,
        }


@dataclass(frozen=True)
class _Task:
    """What every worker has to know."""

    voice: str
    vocoder: str | None
    precision: Precision
    device: str | None
    seed: int
    lexicon: str | None
    speaker_wav: str | None
    knobs: tuple[tuple[str, Any], ...]
    wavs: Path
    n_threads: int | None = None


@dataclass(frozen=True)
class _Line:
    """A text to speak, and by whom."""

    name: str
    text: str
    speaker: str | None


@dataclass(frozen=True)
class _Done:
    """What became of it: a row of the manifest, or what is wrong with the text."""

    name: str
    row: dict[str, Any]
    error: str = ""


def synth(
    source: str | Path,
    out: str | Path,
    voice: str | Path,
    vocoder: str | Path | None = None,
    *,
    speaker: str | None = None,
    speaker_wav: str | Path | None = None,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
    lexicon: str | Path | None = None,
    speed: float = 1.0,
    batch: int | None = None,
    workers: int = 1,
    **knobs: Any,
) -> Synthesised:
    """Speak every line of a table of texts; what an earlier run has spoken is skipped.

    Writes `OUT/wav/ID.wav`, `OUT/wav.scp`, and `OUT/manifest.jsonl` with the text as it was read,
    the tokens' times, the warnings, and what it was made with. Texts of like length are spoken
    together; each comes out as `Voice.say` speaks it alone. A text that cannot be spoken does not
    keep the others from it.

    Args:
        source: a data dir with `text` (and `utt2spk`, for a voice of several speakers), or such a
            table itself.
        speaker, speaker_wav: who speaks all of it, instead; as `Voice.say` takes them.
        lexicon: a file of words and their phonemes, which goes before the voice's own.
        batch: sentences spoken together; by default as many as change no sample by more than
            1e-5: 16 in float32 and 1 in bfloat16, where a batch rounds differently.
        workers: processes, of one thread each; one process uses as many threads as torch likes.
        speed: 2 is twice as fast.
        knobs: temperature, and those of the vocoder, as `Voice.say` takes them.
    Raises:
        TextError: some texts cannot be spoken, after all others have been; names them.
        TTSError: the voice or the vocoder cannot be used; the disk is full.
    """
    if workers < 1 or (batch is not None and batch < 1):
        raise ConfigError(f"workers {workers}, batch {batch}: expected 1 or more")
    source, out = Path(source), Path(out)
    table = source / "text" if source.is_dir() else source
    texts = read_table(table)
    _check_names(table, texts)
    given = None if vocoder is None else str(vocoder)
    words = None if lexicon is None else str(lexicon)
    heard = None if speaker_wav is None else str(speaker_wav)
    if speed != 1.0:
        knobs["speed"] = speed
    task = _Task(
        str(voice), given, precision, device, seed, words, heard, tuple(sorted(knobs.items())),
        out / "wav", 1 if workers > 1 else None,
    )  # fmt: skip
    speaking = _Speaking(task)
    speaking.voice.manner(speaker=speaker, speaker_wav=heard, **knobs)  # refuse what cannot be
    speakers = _speakers(source, speaking.voice) if speaker is None and heard is None else {}
    if speaker is not None:
        speakers = dict.fromkeys(texts, speaker)
    made_with = _made_with(task)
    asked = {
        u: {"text": text, "speaker": speakers.get(u), **made_with} for u, text in texts.items()
    }
    make_folder(task.wavs)
    rows = _read_manifest(out / MANIFEST, asked)
    _write_manifest(out, rows)
    lines = [_Line(u, text, speakers.get(u)) for u, text in texts.items() if u not in rows]
    groups = _groups(lines, batch or default_batch(speaking.voice))
    n_skipped, started = len(rows), time.perf_counter()
    errors: dict[str, str] = {}
    for done in tqdm(_work(speaking, groups, workers), total=len(lines), unit="utterance"):
        if done.error:
            errors[done.name] = done.error
        else:
            rows[done.name] = {"id": done.name, **asked[done.name], **done.row}
            _append(out / MANIFEST, rows[done.name])
    wall_s = time.perf_counter() - started
    there = [utterance for utterance in texts if utterance in rows]
    _write_manifest(out, {utterance: rows[utterance] for utterance in there})
    write_table(out / "wav.scp", {u: task.wavs / f"{u}.wav" for u in there})
    if errors:
        raise TextError(_listed(table, errors, len(texts)))
    audio_s = sum(rows[line.name]["audio_s"] for line in lines)
    return Synthesised(len(lines), n_skipped, audio_s, wall_s)


class _Speaking:
    """A voice at work on a task."""

    def __init__(self, task: _Task) -> None:
        self.task = task
        self.voice = Voice.load(
            task.voice, task.vocoder, precision=task.precision, device=task.device
        )
        self._lexicon = None if task.lexicon is None else Lexicon.load(task.lexicon)

    def speak(self, lines: Sequence[_Line]) -> list[_Done]:
        """Speak texts together; those that cannot be spoken are left out and told."""
        started = time.perf_counter()
        read: list[tuple[_Line, Manner, Script]] = []
        done = []
        for line in lines:
            try:
                read.append((line, *self._read(line)))
            except TextError as error:
                done.append(_Done(line.name, {}, str(error)))
        spoken = self._spoken(read)
        wall_s = time.perf_counter() - started
        total_s = sum(speech.audio_s for speech in spoken)
        for (line, _, _), speech in zip(read, spoken, strict=True):
            speech.save(self.task.wavs / f"{line.name}.wav")
            share_s = wall_s * speech.audio_s / total_s
            row = {**speech.as_dict(), "wall_s": share_s, "rtf": share_s / speech.audio_s}
            done.append(_Done(line.name, row))
        return done

    def _read(self, line: _Line) -> tuple[Manner, Script]:
        manner = self.voice.manner(
            speaker=line.speaker,
            speaker_wav=self.task.speaker_wav,
            seed=self.task.seed,
            lexicon=self._lexicon,
            **dict(self.task.knobs),
        )
        return manner, manner.frontend.script(line.text)

    def _spoken(self, read: Sequence[tuple[_Line, Manner, Script]]) -> list[Speech]:
        jobs = [
            manner.job(utterance.tokens, place)
            for _, manner, script in read
            for place, utterance in enumerate(script.utterances)
        ]
        rendered = iter(render(self.voice, jobs, batch=max(len(read), 1)))
        found = []
        for line, manner, script in read:
            made = [next(rendered) for _ in script.utterances]
            chunks = told_whole(self.voice, manner, script, made, Cursor())
            found.append(Speech.of(list(chunks), line.text, 0.0))
        return found


def _made_with(task: _Task) -> dict[str, Any]:
    """What makes the sound of a text what it is, for the manifest."""
    made_with: dict[str, Any] = {"voice": task.voice, "vocoder": task.vocoder, "seed": task.seed}
    made_with["precision"] = task.precision
    made_with["weights"] = _weights_stamp(task.voice, task.vocoder)
    made_with["knobs"] = dict(task.knobs)
    if task.speaker_wav is not None:
        made_with["speaker_wav"] = stamp(task.speaker_wav, Path(task.speaker_wav))
    made_with["lexicon"] = task.lexicon and stamp(task.lexicon, Path(task.lexicon))
    return made_with


def _groups(lines: Sequence[_Line], n: int) -> list[list[_Line]]:
    """Texts of like length, the longest first: a long one at the end would keep one worker."""
    by_length = sorted(lines, key=lambda line: -len(line.text))
    return [by_length[i : i + n] for i in range(0, len(by_length), n)]


def _work(speaking: _Speaking, groups: Sequence[list[_Line]], n_workers: int) -> Iterator[_Done]:
    """What becomes of each text, as it comes."""
    if min(n_workers, len(groups)) <= 1:
        for group in groups:
            yield from speaking.speak(group)
        return
    pool = ProcessPoolExecutor(min(n_workers, len(groups)), get_context("spawn"))
    try:
        for future in as_completed([pool.submit(_speak, speaking.task, g) for g in groups]):
            yield from future.result()
    except BrokenProcessPool:
        raise DataError(
            "a worker was killed, most likely for want of memory; run it again with fewer "
            "--workers, it goes on where it stopped"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _speak(task: _Task, lines: Sequence[_Line]) -> list[_Done]:
    """The work of another process."""
    return _ready(task).speak(lines)


@lru_cache(maxsize=1)
def _ready(task: _Task) -> _Speaking:
    """The voice of this process, loaded once."""
    if task.n_threads is not None:
        torch.set_num_threads(task.n_threads)
    return _Speaking(task)


def _check_names(table: Path, names: Iterable[str]) -> None:
    """Refuse names that cannot be those of files."""
    for name in names:
        if "/" in name or name.startswith("."):
            raise DataError(f"{table}: {name}: makes no file name; give it one without / or .")


def _speakers(source: Path, voice: Voice) -> dict[str, str]:
    """Who speaks each utterance, where the data dir says so and the voice knows the name."""
    if not (source / "utt2spk").is_file():
        return {}
    return {u: s for u, s in read_table(source / "utt2spk").items() if s in voice.speakers}


def _listed(table: Path, errors: dict[str, str], n_texts: int) -> str:
    """One line that names the texts that were not spoken."""
    named = "; ".join(f"{name}: {errors[name]}" for name in sorted(errors)[:_N_NAMED])
    more = len(errors) - _N_NAMED
    rest = f"; and {more} more" if more > 0 else ""
    return f"{table}: {len(errors)} of {n_texts} texts not spoken, all others are: {named}{rest}"


def _weights_stamp(voice: str | Path, vocoder: str | Path | None) -> str:
    """Changes when one of the models does, by training on or by packing again."""
    home = find_voice(voice)
    file = home / pack.CARD if pack.is_packed(home) else checkpoint.find(home)
    if vocoder is None or str(vocoder) == "griffin_lim":
        return stamp(str(vocoder), file)
    return stamp(stamp("", checkpoint.find(vocoder)), file)


def _read_manifest(path: Path, asked: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows of an earlier run that still hold: same request, and the wav is there."""
    rows = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            row = json.loads(line)
            name = row["id"]
        except (ValueError, TypeError, KeyError):
            continue  # cut short when the run was killed
        request = asked.get(name)
        same = request is not None and all(row.get(k) == v for k, v in request.items())
        if same and (path.parent / "wav" / f"{name}.wav").is_file():
            rows[name] = row
    return rows


def _write_manifest(out: Path, rows: dict[str, dict[str, Any]]) -> None:
    write_text(out / MANIFEST, "".join(map(_line, rows.values())))


def _append(path: Path, row: dict[str, Any]) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(_line(row))
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror}); free some space and run it again"
        ) from None


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
