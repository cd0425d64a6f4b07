"""Normalisers of other projects, compiled grammars that are loaded only when asked for.

References:
    NeMo text processing: https://github.com/NVIDIA/NeMo-text-processing
    WeTextProcessing: https://github.com/wenet-e2e/WeTextProcessing
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from tts.errors import TextError

_NEMO_LANGUAGES = (
    "en",
    "de",
    "es",
    "fr",
    "hu",
    "it",
    "ru",
    "sv",
    "vi",
    "zh",
    "ja",
    "hi",
    "hy",
    "pt",
)
_WETEXT_LANGUAGES = ("en", "zh", "ja")


def grammar(name: str, language: str) -> Callable[[str], str]:
    """The normaliser of another project; `name` is nemo or wetext.

    Raises:
        TextError: it is not installed, or does not have the language.
    """
    short = language.partition("-")[0]
    short = "zh" if short == "cmn" else short
    there = _NEMO_LANGUAGES if name == "nemo" else _WETEXT_LANGUAGES
    if short not in there:
        raise TextError(f"normaliser {name} has no {language}; it has {', '.join(there)}")
    return _nemo(short) if name == "nemo" else _wetext(short)


@lru_cache(maxsize=4)
def _nemo(language: str) -> Callable[[str], str]:
    try:
        from nemo_text_processing.text_normalization.normalize import Normalizer
    except ImportError:
        raise TextError(
            "normaliser nemo needs nemo_text_processing; pip install nemo_text_processing"
        ) from None
    normalizer = Normalizer(input_case="cased", lang=language)

    def say(text: str) -> str:
        return str(normalizer.normalize(text, verbose=False, punct_post_process=True))

    return say


@lru_cache(maxsize=4)
def _wetext(language: str) -> Callable[[str], str]:
    try:
        if language == "zh":
            from tn.chinese.normalizer import Normalizer
        elif language == "ja":
            from tn.japanese.normalizer import Normalizer
        else:
            from tn.english.normalizer import Normalizer
    except ImportError:
        raise TextError(
            "normaliser wetext needs WeTextProcessing; pip install WeTextProcessing"
        ) from None
    normalizer = Normalizer()

    def say(text: str) -> str:
        return str(normalizer.normalize(text))

    return say
