"""Sentences that can be said in another language: whole, in parts, and after a journey."""

from __future__ import annotations

import copy
import json
import pickle

from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import InvalidInput, shown
from lrlab.sentence import Sentence, either

GERMAN = {"is {value}; allowed is {words}.": "ist {value}; erlaubt ist {words}.",
          "a number": "eine Zahl", "{some} or {last}": "{some} oder {last}"}.get  # fmt: skip


def test_parts_are_translated_with_the_whole_and_values_are_not() -> None:
    said = Sentence("is {value}; allowed is {words}.", value="a number", words=Sentence("a number"))
    assert said == "is a number; allowed is a number."
    assert said.into(GERMAN) == "ist a number; erlaubt ist eine Zahl."
    assert either(["adam", "sgd"]).into(GERMAN) == "adam oder sgd"


def test_what_has_no_translation_stays_english() -> None:
    assert Sentence("the end, at {t:g}", t=3.0).into(GERMAN) == "the end, at 3"


@given(st.text(), st.text())
def test_any_value_and_any_text_without_places_is_taken_as_it_is(text: str, value: str) -> None:
    assert Sentence(text) == text
    assert Sentence(text).into(GERMAN) in (text, GERMAN(text))
    fault = InvalidInput("name", "is {value}.", value=shown(value))
    assert str(fault) == f"name is {shown(value)}."


def test_no_words_are_no_words_in_any_language() -> None:
    # To gettext the empty text names the translation file's own facts.
    assert Sentence("").into(lambda text: f"facts of the file{text}") == ""


def test_a_sentence_survives_a_copy_a_pickle_and_json() -> None:
    said = Sentence("is {value}; allowed is {words}.", value=1, words=Sentence("a number"))
    for kept in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert kept == said
        assert kept.into(GERMAN) == said.into(GERMAN)
    assert json.loads(json.dumps(said)) == said


def test_a_fault_keeps_its_translation_seen_from_further_out() -> None:
    fault = InvalidInput("lr", "is {value}; allowed is {words}.", value=1, words="more")
    outer = fault.within("parts.0")
    assert outer.field == "parts.0.lr"
    assert outer.fault.into(GERMAN) == "ist 1; erlaubt ist more."
