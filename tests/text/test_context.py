"""Whether a word is a verb where it stands."""

import pytest

from tts.text.context import Context, is_adjective, is_adverb, tokens, verb_score


def context(marked):
    start = marked.index("[")
    matches = tokens(marked.replace("[", "").replace("]", ""))
    written = [match[0] for match in matches]
    i = next(k for k, match in enumerate(matches) if match.start() == start)
    return Context([word.lower() for word in written], i, written)


@pytest.mark.parametrize(
    "marked",
    [
        "They will [record] it.",
        "To [record] a song.",
        "We never really [record] there.",
        "She [records] the songs.",
        "Does anyone [object] here?",
        "Metals [contract] when cold.",
        "I want to play and [record] music.",
    ],
)
def test_verbs(marked):
    assert verb_score(context(marked)) > 0


@pytest.mark.parametrize(
    "marked",
    [
        "The [record] is old.",
        "A [record] of it.",
        "His new [record] was good.",
        "In [record] time.",
        "It is a national [record].",
        "Due to [conflict] at home.",
        "The [conflict] between them",
    ],
)
def test_nouns(marked):
    assert verb_score(context(marked), -0.9) <= 0


def test_words_around():
    place = context("one two, (three [four] five six. seven")
    assert place.at(0) == "four" and place.at(-1) == "three" and place.at(99) == ""
    assert place.before(9) == ["three"] and place.after(9) == ["five", "six"]
    assert {"two", "seven", "."} <= place.near(9)


def test_kinds_of_words():
    assert is_adverb("slowly") and is_adverb("never") and not is_adverb("family")
    assert is_adjective("national") and is_adjective("new") and not is_adjective("cat")
