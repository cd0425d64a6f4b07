"""Text to token ids, saved and loaded."""

import json
import logging

import pytest

from tts.config import parse
from tts.errors import ConfigError, DataError, TextError
from tts.text.frontend import Frontend, FrontendConfig, phonemise
from tts.text.lexicon import Lexicon
from tts.text.phonemise import EspeakPhonemiser
from tts.text.tokens import TokenTable
from tts.text.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def frontend():
    return Frontend.from_symbols(FrontendConfig())


def test_text_to_ids_and_back(frontend):
    tokens = frontend("Dr. Who has 2 cats.")
    assert tokens.normalised == "Doctor Who has two cats."
    assert len(tokens.ids) == 2 * len(tokens.symbols) + 1
    assert set(tokens.ids[::2]) == {frontend.table.blank_id}
    assert tuple(frontend.table.symbols[i] for i in tokens.ids[1::2]) == tokens.symbols
    assert [w.text for w in tokens.words] == ["Doctor", "Who", "has", "two", "cats"]
    assert tokens.symbols[tokens.words[-1].end :] == (".",)
    assert tokens.warnings == ()
    assert frontend.symbols("Dr. Who has 2 cats.") == tokens.symbols
    assert tuple(frontend.ids(tokens.symbols)) == tokens.ids


def test_many_equals_one_by_one(frontend):
    texts = ["Hello there.", "It's 3:30 pm, isn't it?", "Hello there."]
    assert frontend.many(texts) == [frontend(text) for text in texts]


def test_english_needs_no_corpus(frontend):
    text = "The quick brown fox vexed Jack's lazy hound: a genre of pure joy, though thick!"
    assert frontend(text).warnings == ()


def test_warnings_come_from_every_step():
    config = FrontendConfig(phonemiser="letters", blank=False)
    table = TokenTable(["<space>", "a", "b"])
    tokens = Frontend(config, table)("ab ⠿ ac")
    assert tokens.symbols == ("a", "b", "<space>", "a")
    assert [(w.text, w.start, w.end) for w in tokens.words] == [("ab", 0, 2), ("ac", 3, 4)]
    assert len(tokens.warnings) == 2
    assert "braille" in tokens.warnings[0]
    assert "no 'c'" in tokens.warnings[1]


def test_spans_follow_symbols_that_were_replaced_by_several():
    config = FrontendConfig(phonemiser="letters", normaliser="none", blank=False)
    tokens = Frontend(config, TokenTable(["<space>", "a", "e", "s"]))("ßa es")
    assert tokens.symbols == ("s", "s", "a", "<space>", "e", "s")
    assert [(w.start, w.end) for w in tokens.words] == [(0, 3), (4, 6)]


@pytest.mark.parametrize("text", ["", "   ", "?!...", "⠿", "[[]]"])
def test_nothing_to_speak_is_one_line(frontend, text):
    with pytest.raises(TextError, match="nothing to speak") as caught:
        frontend(text)
    assert "\n" not in str(caught.value)


def test_inline_phones(frontend):
    tokens = frontend("I am [[nˈoʊ]] cat in [[ɧ ə]]")
    assert tokens.normalised == "I am [[nˈoʊ]] cat in [[ɧ ə]]"
    assert " n ˈoʊ " in " ".join(tokens.symbols)
    assert tokens.symbols[-1] == "ə"
    assert len(tokens.warnings) == 1 and "the token table has no 'ɧ'" in tokens.warnings[0]


def test_save_and_load(frontend, tmp_path, caplog):
    frontend.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["frontend.json", "tokens.txt"]
    with caplog.at_level(logging.WARNING):
        again = Frontend.load(tmp_path)
    assert not caplog.records
    assert again.config == frontend.config
    assert again("Hello!") == frontend("Hello!")


def test_a_dictionary_travels_with_the_folder(tmp_path):
    (tmp_path / "dict").write_text("HELLO  HH AH0\n")
    config = FrontendConfig(phonemiser="cmudict", cmudict_file=str(tmp_path / "dict"))
    Frontend.from_symbols(config).save(tmp_path / "voice")
    (tmp_path / "dict").unlink()
    (tmp_path / "voice").rename(tmp_path / "moved")
    moved = Frontend.load(tmp_path / "moved")
    assert moved.symbols("hello") == ("@HH", "@AH0")
    moved.save(tmp_path / "moved")  # over itself
    assert Frontend.load(tmp_path / "moved").symbols("hello") == ("@HH", "@AH0")


def test_another_espeak_is_noticed(frontend, tmp_path, caplog):
    frontend.save(tmp_path)
    tree = json.loads((tmp_path / "frontend.json").read_text("utf-8"))
    tree["backend"]["version"] = "1.49.2"
    (tmp_path / "frontend.json").write_text(json.dumps(tree), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        Frontend.load(tmp_path)
    assert "espeak-ng 1.49.2" in caplog.text
    assert "gives the same symbols" in caplog.text
    tree["probe"]["symbols"] = "x"
    (tmp_path / "frontend.json").write_text(json.dumps(tree), encoding="utf-8")
    Frontend.load(tmp_path)
    assert "gives different symbols" in caplog.text


def test_a_table_of_another_model_is_refused(frontend, tmp_path):
    frontend.save(tmp_path)
    TokenTable([*frontend.table.symbols, "new"]).save(tmp_path / "tokens.txt")
    with pytest.raises(DataError, match="is not the table"):
        Frontend.load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("{", "not valid JSON"),
        ("[]", "expected a JSON object"),
        ('{"config": {"langauge": "de"}}', "unknown key langauge"),
    ],
)
def test_a_bad_frontend_file(tmp_path, content, message):
    if content is not None:
        (tmp_path / "frontend.json").write_text(content)
    with pytest.raises(ConfigError, match=message):
        Frontend.load(tmp_path)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"language": "de"}, "normaliser english is for English"),
        ({"cmudict_file": "x"}, "goes with phonemiser cmudict"),
        ({"phonemiser": "g2p"}, "phonemiser = 'g2p'"),
    ],
)
def test_settings_that_do_not_fit(tree, message):
    with pytest.raises(ConfigError, match=message):
        parse(FrontendConfig, tree, "a.yaml")


def test_blanks_need_a_blank_in_the_table():
    with pytest.raises(ConfigError, match="has no <blank>"):
        Frontend(FrontendConfig(phonemiser="letters"), TokenTable(["a"]))


def test_tables_from_texts_and_shared_phonemisers():
    espeak = EspeakPhonemiser("de")
    config = FrontendConfig(language="de", normaliser="none")
    first = Frontend.from_texts(config, ["Grüße aus Köln", "¿?"])
    assert first("Grüße aus Köln").warnings == ()
    assert first.table.symbols[:4] == ("<pad>", "<blank>", "<space>", ",")
    assert Frontend(config, first.table, espeak)("Köln") == first("Köln")


def test_phonemise_function():
    assert phonemise("hello").symbols == ("h", "ə", "l", "ˈoʊ")
    assert phonemise("zwei 2", "de").warnings == ()


def test_lexicon_and_words_travel_with_the_folder(frontend, tmp_path, caplog):
    own = frontend.with_lexicon(Lexicon.from_words({"Nguyen": "wˈɪn"}))
    own = own.with_vocabulary(Vocabulary(["hello", "the"], 200))
    own.save(tmp_path)
    with caplog.at_level(logging.WARNING):
        again = Frontend.load(tmp_path)
    assert not caplog.records
    assert again.symbols("Nguyen") == ("w", "ˈɪ", "n")
    assert again("hello Nguyen").unseen == ("nguyen",)
    assert again.max_tokens == 200


def test_a_change_of_the_rules_is_noticed(frontend, tmp_path, caplog):
    frontend.save(tmp_path)
    tree = json.loads((tmp_path / "frontend.json").read_text("utf-8"))
    tree["config"]["homographs"] = False
    (tmp_path / "frontend.json").write_text(json.dumps(tree), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        Frontend.load(tmp_path)
    assert "gives different symbols" in caplog.text


def test_a_frontend_saved_with_another_probe_loads_without_a_warning(frontend, tmp_path, caplog):
    frontend.save(tmp_path)
    tree = json.loads((tmp_path / "frontend.json").read_text("utf-8"))
    symbols = " ".join(frontend.symbols("Hello there."))
    tree["probe"] = {"text": "Hello there.", "symbols": symbols}
    (tmp_path / "frontend.json").write_text(json.dumps(tree), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        Frontend.load(tmp_path)
    assert not caplog.records


def test_edges_put_a_blank_at_both_ends(tmp_path):
    config = FrontendConfig(phonemiser="letters", blank=False, edges=True)
    frontend = Frontend.from_symbols(config, "abc")
    tokens = frontend("ab c")
    blank = frontend.table.blank_id
    assert tokens.ids == (blank, *frontend.table.ids(tokens.symbols), blank)
    frontend.save(tmp_path)
    assert Frontend.load(tmp_path)("ab c").ids == tokens.ids


def test_edges_beside_blanks_are_refused():
    with pytest.raises(ConfigError, match="edges"):
        parse(FrontendConfig, {"edges": True}, "x")
