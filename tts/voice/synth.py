"""Many texts spoken to a folder, resumable, with a manifest of what was made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tts import checkpoint
from tts.data.jobs import stamp
from tts.data.tables import read_table, write_table
from tts.errors import DataError, TextError
from tts.files import make_folder, write_text
from tts.nn.precision import Precision
from tts.text.lexicon import Lexicon
from tts.voice import pack
from tts.voice.library import find_voice
from tts.voice.speech import Speech
from tts.voice.voice import Voice

MANIFEST = "manifest.jsonl"


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


def synth(
    source: str | Path,
    out: str | Path,
    voice: str | Path,
    vocoder: str | Path | None = None,
    *,
    seed: int = 0,
    precision: Precision = "auto",
    device: str | None = None,
    lexicon: str | Path | None = None,
    **knobs: Any,
) -> Synthesised:
    """Speak every line of a table of texts; what an earlier run has spoken is skipped.

    Writes `OUT/wav/ID.wav`, `OUT/wav.scp`, and `OUT/manifest.jsonl` with the text as it was read,
    the tokens' times, the warnings, and what it was made with.

    Args:
        source: a data dir with `text` (and `utt2spk`, for a voice of several speakers), or such a
            table itself.
        lexicon: a file of words and their phonemes, which goes before the voice's own.
        knobs: of the vocoder, as `Voice.say` takes them.
    Raises:
        TTSError: a text, the voice or the vocoder cannot be used; the disk is full.
    """
    source, out = Path(source), Path(out)
    table = source / "text" if source.is_dir() else source
    texts = read_table(table)
    _check_names(table, texts)
    spoken = Voice.load(voice, vocoder, precision=precision, device=device)
    speakers = _speakers(source, spoken)
    made_with = {"voice": str(voice), "vocoder": vocoder and str(vocoder), "seed": seed}
    made_with |= {"precision": precision, "weights": _weights_stamp(voice, vocoder)}
    made_with["knobs"] = knobs
    words = None if lexicon is None else Lexicon.load(lexicon)
    made_with["lexicon"] = lexicon and stamp(str(lexicon), Path(lexicon))
    asked = {
        u: {"text": text, "speaker": speakers.get(u), **made_with} for u, text in texts.items()
    }
    make_folder(out / "wav")
    rows = _read_manifest(out / MANIFEST, asked)
    _write_manifest(out, rows)
    todo = [utterance for utterance in texts if utterance not in rows]
    audio_s = wall_s = 0.0
    for utterance in tqdm(todo, unit="utterance"):
        options = {"seed": seed, "speaker": speakers.get(utterance), "lexicon": words, **knobs}
        speech = _say(spoken, texts[utterance], options, f"{table}: {utterance}")
        speech.save(out / "wav" / f"{utterance}.wav")
        rows[utterance] = {"id": utterance, **asked[utterance], **speech.as_dict()}
        _append(out / MANIFEST, rows[utterance])
        audio_s, wall_s = audio_s + speech.audio_s, wall_s + speech.wall_s
    _write_manifest(out, {utterance: rows[utterance] for utterance in texts})
    write_table(out / "wav.scp", {u: out / "wav" / f"{u}.wav" for u in texts})
    return Synthesised(len(todo), len(texts) - len(todo), audio_s, wall_s)


def _say(voice: Voice, text: str, options: dict[str, Any], source: str) -> Speech:
    try:
        return voice.say(text, **options)
    except TextError as error:
        raise TextError(f"{source}: {error}") from None


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
