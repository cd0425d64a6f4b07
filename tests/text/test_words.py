"""Which groups of phones belong to which word."""

from tts.text.words import align

ALONE = {
    "of": [("ˈʌ", "v")],
    "the": [("ð", "ə")],
    "cat": [("k", "ˈæ", "t")],
    "lunchroom": [("l", "ˈʌ", "n", "tʃ"), ("ɹ", "uː", "m")],
    "42": [("f", "ˈɔː", "ɾ", "i"), ("t", "ˈuː")],
    "-": [],
}


def pairs(text, said):
    return align(
        text.split(), [tuple(group.split("_")) for group in said.split()], ALONE.__getitem__
    )


def test_one_to_one():
    assert pairs("the cat", "ð_ə k_ˈæ_t") == [(1, 1), (1, 1)]


def test_merged_words():
    assert pairs("of the cat", "ʌ_v_ð_ə k_ˈæ_t") == [(2, 1), (1, 1)]
    assert pairs("cat of the", "k_ˈæ_t ʌ_v_ð_ə") == [(1, 1), (2, 1)]


def test_split_words():
    assert pairs("the 42 cat", "ð_ə f_ˈɔː_ɾ_i t_ˈuː k_ˈæ_t") == [(1, 1), (1, 2), (1, 1)]


def test_a_merge_and_a_split_that_hide_each_other():
    said = "ʌ_v_ð_ə l_ˈʌ_n_tʃ ɹ_uː_m"
    assert pairs("of the lunchroom", said) == [(2, 1), (1, 2)]


def test_a_word_without_sound():
    assert pairs("the - cat", "ð_ə k_ˈæ_t") == [(1, 1), (1, 0), (1, 1)]
    assert pairs("-", "") == [(1, 0)]
