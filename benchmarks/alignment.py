"""How right an acoustic model's alignment is, on synthetic speech whose phone times are known.

Run, in egs/mini after ./run.sh: python ../../benchmarks/alignment.py [EXP DUMP CORPUS] [--json]
Takes half a minute for a quarter of an hour of speech. docs/benchmarks.md says what to expect.

The model aligns recorded speech with its text (`align`, what training uses); the start of a phone
is compared with the synthesiser's own. The two name their phones differently and do not always
agree on them, so the sequences are matched first, and only phones that surely correspond are
counted. The floor gives every token of an utterance the same duration.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tts import build
from tts.contracts import Contract
from tts.data.batching import LengthBuckets
from tts.data.dataset import AcousticData
from tts.data.tables import read_table
from tts.errors import TTSError
from tts.text.frontend import Frontend
from tts.voice.pack import read_speakers

NEAR_MS = 20.0
MAX_FRAMES, MAX_UTTERANCES = 8000, 16  # of a batch

# What espeak's symbols, without stress, are in the CMU set; `/` parts what may stand for each
# other, and a start is known for the first phone of a symbol only.
_CMU_OF_IPA = """
    aɪ ay, aɪə ay ax, aɪɚ ay er, aʊ aw, b b, d d, dʒ jh, eɪ ey, eə eh/ey, f f, h hh, i iy,
    iə iy ax, iː iy, j y, k k, l l, m m, n n, nʲ n, n̩ n, oʊ ow, əʊ ow, p p, r r, s s, t t,
    tʃ ch, uː uw, v v, w w, x k, z z, æ ae, a ae, ð dh, ŋ ng, ɐ ax/ah, ɑː aa/ao, ɑːɹ aa r,
    ɑ̃ aa, ɒ aa/ao, ɔ ao/aa, ɔɪ oy, ɔː ao/aa, ɔːɹ ao/ow r, ə ax/ah/ih, əl ax l, ɚ er, ɛ eh,
    ɛɹ eh r, ɜː er, ɡ g, ɪ ih/ax, ɪɹ ih/iy r, ɬ l, ɹ r, ɾ t/d, ʃ sh, ʊ uh, ʊə uh ax,
    ʊɹ uh/uw r, ʌ ah/ax, ʒ zh, ʔ t, θ th, ᵻ ih/ax
"""
_VOWEL_NAMES = "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw"
_CONSONANT_NAMES = "b ch d dh f g hh jh k l m n ng p r s sh t th v w y z zh"
_VOWELS = frozenset(_VOWEL_NAMES.split())
_CMU = _VOWELS | frozenset(_CONSONANT_NAMES.split())
_IPA = {
    symbol: tuple(frozenset(phone.split("/")) for phone in phones)
    for symbol, *phones in (entry.split() for entry in _CMU_OF_IPA.split(","))
}

SURE, ALIKE, GAP, UNLIKE = 3, 1, -1, -4  # scores of the matching


@dataclass(frozen=True)
class Phone:
    """What a phone may be called in the CMU set, and the place of the symbol it begins, if any."""

    names: frozenset[str]
    place: int | None


@dataclass(frozen=True)
class Utterance:
    """Start times of the phones that surely correspond: true, found, and of the floor."""

    true_s: np.ndarray
    found_s: np.ndarray
    equal_s: np.ndarray
    n_phones: int


def main(arguments: list[str]) -> None:
    """Print the errors, or one JSON object."""
    options = _parse(arguments)
    torch.set_num_threads(1)
    try:
        utterances = list(_compare(options.exp, options.dump, options.corpus / "phones"))
    except TTSError as error:
        sys.exit(f"alignment: {error}")
    result = {
        "utterances": len(utterances),
        "phones": sum(u.n_phones for u in utterances),
        "compared": sum(len(u.true_s) for u in utterances),
        "model": _errors(utterances, "found_s"),
        "equal_durations": _errors(utterances, "equal_s"),
    }
    print(json.dumps(result) if options.json else _table(result))


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name, default in (("exp", "exp/glow_tts"), ("dump", "dump/train"), ("corpus", "corpus")):
        parser.add_argument(
            name, type=Path, nargs="?", default=Path(default), help=f"default: {default}"
        )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    options = parser.parse_args(arguments)
    for path in (options.exp, options.dump, options.corpus / "phones"):
        if not path.is_dir():
            sys.exit(f"alignment: {path} is not there; go to egs/mini and run ./run.sh first")
    return options


def _errors(utterances: Sequence[Utterance], which: str) -> dict[str, float]:
    """Of start times: absolute in ms, the share that is near, and how late they are."""
    late = np.concatenate([getattr(u, which) - u.true_s for u in utterances]) * 1000
    return {
        "median_ms": float(np.median(abs(late))),
        "mean_ms": float(np.mean(abs(late))),
        "within_20_ms": float(np.mean(abs(late) <= NEAR_MS)),
        "late_ms": float(np.median(late)),
    }


def _table(result: dict[str, Any]) -> str:
    lines = [
        f"{result['compared']} of {result['phones']} phones of {result['utterances']} utterances",
        f"{'start times':>16} {'median':>10} {'mean':>10} {'<= 20 ms':>9} {'late by':>10}",
    ]
    for name in ("model", "equal_durations"):
        e = result[name]
        lines.append(
            f"{name.replace('_', ' '):>16} {e['median_ms']:7.1f} ms {e['mean_ms']:7.1f} ms "
            f"{e['within_20_ms']:9.1%} {e['late_ms']:7.1f} ms"
        )
    return "\n".join(lines)


# Times


def _compare(exp: Path, dump: Path, phones: Path) -> Iterator[Utterance]:
    loaded, frontend = build.load(exp, "acoustic"), Frontend.load(exp)
    model, contract = loaded.model, loaded.contract
    if frontend.config.phonemiser == "letters":
        sys.exit(f"alignment: {exp} reads letters; only a voice that reads phones can be compared")
    speakers = read_speakers(exp)
    data = AcousticData(
        dump,
        frontend,
        contract,
        speakers if len(speakers) > 1 else None,
        frame_group=model.frame_group,
    )
    symbols = read_table(dump / "text.phn")
    for indices in LengthBuckets(data.lengths, MAX_FRAMES, MAX_UTTERANCES).epoch(0):
        batch = data.collate([data[i, 0] for i in indices])
        for name, n_tokens, durations in zip(
            batch.utterances, batch.token_lens.tolist(), model.align(batch)
        ):
            file = phones / f"{name}.txt"
            if not file.is_file():
                sys.exit(f"alignment: {file} is missing; is {phones} of the same corpus?")
            found = durations[:n_tokens].double()
            equal = (found.sum() / n_tokens).expand(n_tokens)
            yield _utterance(file, symbols[name].split(), found, equal, contract)


def _utterance(
    file: Path, symbols: list[str], found: torch.Tensor, equal: torch.Tensor, contract: Contract
) -> Utterance:
    true = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    theirs = _phones([name for _, _, name in true])
    ours = _phones(symbols)
    pairs = list(_sure_pairs(ours, theirs))
    places = [ours[i].place for i, _ in pairs]
    return Utterance(
        true_s=np.array([float(true[theirs[j].place][0]) for _, j in pairs]),
        found_s=_starts_s(found, len(symbols), contract)[places],
        equal_s=_starts_s(equal, len(symbols), contract)[places],
        n_phones=sum(phone.place is not None for phone in theirs),
    )


def _starts_s(durations: torch.Tensor, n_symbols: int, contract: Contract) -> np.ndarray:
    """When each symbol starts, from the frames of each token; blanks lie around symbols or not."""
    starts = np.array([0.0, *accumulate(durations.tolist())])
    assert len(durations) in (n_symbols, 2 * n_symbols + 1), (len(durations), n_symbols)
    own = starts[1::2] if len(durations) > n_symbols else starts
    # Frame t stands for the hop around its centre, which padding `centre` puts at t * hop.
    shift = 0.5 if contract.padding == "centre" else 0.0
    return np.maximum(0.0, own[:n_symbols] - shift) * contract.frame_s


# Phones


def _phones(symbols: Sequence[str]) -> list[Phone]:
    """The phones of symbols of either kind; spaces, punctuation and pauses are none."""
    phones = []
    for place, symbol in enumerate(symbols):
        plain = symbol.lstrip("ˈˌ")
        cmu = symbol.lstrip("@").rstrip("012").lower()
        sounds = (frozenset([cmu]),) if cmu in _CMU and plain not in _IPA else _IPA.get(plain, ())
        phones += [Phone(names, place if n == 0 else None) for n, names in enumerate(sounds)]
    return phones


def _sure_pairs(ours: list[Phone], theirs: list[Phone]) -> Iterator[tuple[int, int]]:
    """Places of phones that are the same and follow phones that correspond as well."""
    previous = (-1, -1)
    for i, j in _match(ours, theirs):
        adjacent = previous == (i - 1, j - 1)
        previous = (i, j)
        placed = ours[i].place is not None and theirs[j].place is not None
        if adjacent and placed and _likeness(ours[i], theirs[j]) == SURE:
            yield i, j


def _match(ours: list[Phone], theirs: list[Phone]) -> list[tuple[int, int]]:
    """The pairs of the best alignment of two sequences of phones.

    References:
        A general method applicable to the search for similarities in the amino acid sequence of
            two proteins (Needleman and Wunsch, 1970).
    """
    best = np.zeros((len(ours) + 1, len(theirs) + 1), int)
    best[:, 0], best[0] = GAP * np.arange(len(ours) + 1), GAP * np.arange(len(theirs) + 1)
    like = np.array([[_likeness(a, b) for b in theirs] for a in ours])
    for i in range(1, len(ours) + 1):
        for j in range(1, len(theirs) + 1):
            paired = best[i - 1, j - 1] + like[i - 1, j - 1]
            best[i, j] = max(paired, best[i - 1, j] + GAP, best[i, j - 1] + GAP)
    i, j = len(ours), len(theirs)
    pairs = []
    while i and j:
        if best[i, j] == best[i - 1, j - 1] + like[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif best[i, j] == best[i - 1, j] + GAP:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _likeness(a: Phone, b: Phone) -> int:
    if a.names & b.names:
        return SURE
    return ALIKE if a.names <= _VOWELS and b.names <= _VOWELS else UNLIKE


if __name__ == "__main__":
    main(sys.argv[1:])
