"""The symbols of a language."""

from tts.text.inventory import inventory


def test_english_holds_what_espeak_makes():
    assert {"ˈoʊ", "ə", "ɾ", "əl", "θ", "ˌɛ", "ŋ"} <= set(inventory("en-us"))
    assert {"ˈəʊ", "ɒ", "eə"} <= set(inventory("en-gb"))
    assert list(inventory("en-us")) == sorted(set(inventory("en-us")))


def test_other_languages_bring_their_own():
    assert inventory("xx") == ()
    assert set("az'-") <= set(inventory("en-us", "letters"))
    assert inventory("de", "letters") == ()
