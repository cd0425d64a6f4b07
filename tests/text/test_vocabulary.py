"""The words of a voice's training texts."""

import pytest

from tts.errors import DataError
from tts.text.vocabulary import Vocabulary


def test_unseen_words(tmp_path):
    vocabulary = Vocabulary(["Of the", "cats", "Twenty-one", "it's", "Nguyen"], 12)
    words = ["the", "Cats", "dogs", "one", "Nguyen's", "B", "don't", "dogs", "42"]
    assert vocabulary.unseen(words) == ("dogs", "don't")
    assert vocabulary.n_longest == 60
    vocabulary.save(tmp_path / "words.txt")
    again = Vocabulary.load(tmp_path / "words.txt")
    assert again.unseen(words) == ("dogs", "don't") and len(again) == len(vocabulary) == 7
    assert Vocabulary(["a"], 300).n_longest == 300


@pytest.mark.parametrize("content", [b"a\nb\n", b"\xff", None])
def test_a_list_that_cannot_be_used(tmp_path, content):
    if content is not None:
        (tmp_path / "words.txt").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as a list of words"):
        Vocabulary.load(tmp_path / "words.txt")
