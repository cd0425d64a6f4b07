"""The symbols that a language needs, whatever a corpus happens to hold.

A voice trained on little text can later be asked for any word, so its table holds every phone
from the start. The phones are those that espeak-ng 1.52 makes of the 13 100 LJSpeech transcripts
and of the 125 000 words of the CMU dictionary, without the few that occur less than five times;
for these, and for what other languages lend, `backoff` finds a neighbour.
"""

from __future__ import annotations

_ESPEAK = {
    "en-us": """
        aɪ aɪə aɪɚ aʊ b d dʒ eɪ f h i iə iː j k l m n nʲ n̩ oʊ p r s t tʃ uː v w x z æ ð ŋ ɐ ɑː
        ɑːɹ ɑ̃ ɔ ɔɪ ɔː ɔːɹ ə əl ɚ ɛ ɛɹ ɜː ɡ ɪ ɪɹ ɬ ɹ ɾ ʃ ʊ ʊɹ ʌ ʒ ʔ θ ᵻ
        ˈaɪ ˈaɪə ˈaɪɚ ˈaʊ ˈeɪ ˈiə ˈiː ˈoʊ ˈuː ˈæ ˈɑː ˈɑːɹ ˈɑ̃ ˈɔ ˈɔɪ ˈɔː ˈɔːɹ ˈɚ ˈɛ ˈɛɹ ˈɜː ˈɪ
        ˈɪɹ ˈʊ ˈʊɹ ˈʌ
        ˌaɪ ˌaɪə ˌaɪɚ ˌaʊ ˌeɪ ˌiə ˌiː ˌn̩ ˌoʊ ˌuː ˌæ ˌɐ ˌɑː ˌɑːɹ ˌɔ ˌɔɪ ˌɔː ˌɔːɹ ˌɛ ˌɛɹ ˌɜː ˌɪ
        ˌɪɹ ˌʊ ˌʊɹ ˌʌ
    """,
    "en-gb": """
        a aɪ aɪə aʊ b d dʒ eə eɪ f h i iə iː j k l m n nʲ n̩ p r s t tʃ uː v w x z ð ŋ ɐ ɑː ɑ̃ ɒ
        ɔ ɔɪ ɔː ə əl əʊ ɛ ɜː ɡ ɪ ɬ ɹ ʃ ʊ ʊə ʌ ʒ θ
        ˈa ˈaɪ ˈaɪə ˈaʊ ˈeə ˈeɪ ˈiə ˈiː ˈuː ˈɑː ˈɑ̃ ˈɒ ˈɔ ˈɔɪ ˈɔː ˈə ˈəʊ ˈɛ ˈɜː ˈɪ ˈʊ ˈʊə ˈʌ
        ˌa ˌaɪ ˌaɪə ˌaʊ ˌeə ˌeɪ ˌiə ˌiː ˌuː ˌɑː ˌɒ ˌɔɪ ˌɔː ˌəʊ ˌɛ ˌɜː ˌɪ ˌʊ ˌʊə ˌʌ
    """,
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz'-"


def inventory(language: str, phonemiser: str = "espeak") -> tuple[str, ...]:
    """The symbols of a language, sorted, without punctuation; empty for one that is not listed."""
    if phonemiser == "letters":
        return tuple(sorted(_LETTERS)) if language.startswith("en") else ()
    return tuple(sorted(_ESPEAK.get(language, "").split()))
