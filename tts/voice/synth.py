"""Many texts spoken to a folder, resumable, with a manifest of what was made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tts.data.tables import read_table, write_table
from tts.files import write_text
from tts.nn.precision import Precision
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
) -> Synthesised:
    """Speak every line of a table of texts; what an earlier run has spoken is skipped.

    Writes `OUT/wav/ID.wav`, `OUT/wav.scp`, and `OUT/manifest.jsonl` with the text as it was read, the
    tokens' times and the warnings.

    Args:
        source: a data dir with `text` (and `utt2spk`, for a voice of several speakers), or such a
            table itself.
    Raises:
        TTSError: a text, the voice or the vocoder cannot be used.
    """
    source, out = Path(source), Path(out)
    table = source / "text" if source.is_dir() else source
    texts = read_table(table)
    spoken = Voice.load(voice, vocoder, precision=precision, device=device)
    speakers = _speakers(source, spoken)
    (out / "wav").mkdir(parents=True, exist_ok=True)
    settings = {"voice": str(voice), "vocoder": str(vocoder), "seed": seed}
    before = _read_manifest(out / MANIFEST, texts, settings)
    audio_s = wall_s = 0.0
    rows = dict(before)
    for utterance, text in tqdm(texts.items(), unit="utterance"):
        if utterance in before:
            continue
        speech = spoken.say(text, seed=seed, speaker=speakers.get(utterance))
        speech.save(out / "wav" / f"{utterance}.wav")
        rows[utterance] = {"id": utterance, "text": text, **settings, **speech.as_dict()}
        with (out / MANIFEST).open("a", encoding="utf-8") as file:
            file.write(json.dumps(rows[utterance], ensure_ascii=False) + "\n")
        audio_s, wall_s = audio_s + speech.audio_s, wall_s + speech.wall_s
    ordered = [json.dumps(rows[u], ensure_ascii=False) + "\n" for u in texts]
    write_text(out / MANIFEST, "".join(ordered))
    write_table(out / "wav.scp", {u: out / "wav" / f"{u}.wav" for u in texts})
    return Synthesised(len(texts) - len(before), len(before), audio_s, wall_s)


def _speakers(source: Path, voice: Voice) -> dict[str, str]:
    """Who speaks each utterance, where the data dir says so and the voice knows the name."""
    if not (source / "utt2spk").is_file():
        return {}
    return {u: s for u, s in read_table(source / "utt2spk").items() if s in voice.speakers}


def _read_manifest(
    path: Path, texts: dict[str, str], settings: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The rows of an earlier run that still hold: same text, same settings, and the wav is there."""
    rows = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            break  # cut short when the run was killed
        name = row["id"]
        same = texts.get(name) == row["text"] and all(row[k] == v for k, v in settings.items())
        if same and (path.parent / "wav" / f"{name}.wav").is_file():
            rows[name] = row
    return rows
