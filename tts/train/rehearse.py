"""Speech of old speakers as the model itself makes it, to be learnt again with the new one.

Where there are no recordings of the old speakers, samples of the model stand for them: drawn from
its own density they ask for no change, so what they pull back is what the new speech moves.

References:
    Catastrophic Forgetting, Rehearsal and Pseudorehearsal (Robins, 1995), section 4.
        https://doi.org/10.1080/09540099550039318
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from tts.contracts import Contract
from tts.data.features import Places, finish, save_frames
from tts.data.tables import read_table, write_table
from tts.files import make_folder
from tts.train.data import draw

LEAST, MOST, A_SPEAKER = 60, 400, 2  # utterances: at least, at most, and as many a speaker between
ROUNDED_UP = 0.5  # frames that a whole duration is longer than a predicted one, on average


def rehearse(
    model: Any,
    texts: Mapping[str, Sequence[str]],
    ids: Any,
    speakers: Mapping[str, torch.Tensor | None],
    out: str | Path,
    contract: Contract,
    feats: str,
) -> None:
    """Write a dump dir of what old speakers would say; one that is there is left as it is.

    Args:
        model: the acoustic model before it learns.
        texts: symbols of each of the new speech's utterances; ids: from symbols to tokens.
        speakers: the old ones, as the model takes them.
        feats: the table of the frames.
    """
    out, places = Path(out), Places.of(out, feats)
    if places.scp.is_file():
        return
    make_folder(places.files)
    names, said = list(speakers), list(texts)
    n = min(MOST, max(LEAST, A_SPEAKER * len(names)))
    files, lengths, phones, utt2spk = {}, {}, {}, {}
    for i in tqdm(range(n), desc="rehearsal of old speakers", unit="utterance"):
        name, text = names[i % len(names)], said[draw("rehearse", i) % len(said)]
        utterance = f"rehearsal-{i:04d}"
        tokens = torch.tensor([ids(texts[text])])
        frames = _speak(model, tokens, speakers[name], draw("rehearse", utterance))
        files[utterance] = places.files / f"{utterance}.npy"
        save_frames(files[utterance], frames.numpy())
        lengths[utterance] = frames.shape[1]
        phones[utterance], utt2spk[utterance] = " ".join(texts[text]), name
    write_table(out / "text.phn", phones)
    write_table(out / "utt2spk", utt2spk)
    finish(places, contract, files, lengths)


@torch.no_grad()
def _speak(
    model: Any, tokens: torch.Tensor, speaker: torch.Tensor | None, seed: int
) -> torch.Tensor:
    """A sample of the model's density, (C, T), its durations neither longer nor shorter."""
    lens = torch.tensor([tokens.shape[1]])
    options = {"seed": seed % 2**32, "temperature": 1.0}
    first = model.infer(tokens, lens, speaker, **options)
    mean = float(first.frame_lens[0]) / tokens.shape[1]
    speed = mean / max(mean - ROUNDED_UP, ROUNDED_UP)  # a whole duration is rounded up
    return model.infer(tokens, lens, speaker, speed=speed, **options).frames[0].float()


def symbols_of(dump_dir: str | Path) -> dict[str, list[str]]:
    """The symbols of each utterance of a dump dir."""
    return {u: line.split() for u, line in read_table(Path(dump_dir) / "text.phn").items()}
