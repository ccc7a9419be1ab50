"""Every text that a person reads exists in Portuguese too, and is compiled."""

from __future__ import annotations

import ast
import gettext
import re
import sqlite3
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs.faults import sentence
from lrlab.schedules import Schedule
from lrlab.sentence import Sentence
from lrlab.ui import compare, landscapes, link
from tools.locale import LOCALE, ROOMS, ROOT, SAID, SAYING, VERB, called, messages, read, verbs

SOURCE = LOCALE / "pt/LC_MESSAGES/lrlab.po"
CATALOG = read(SOURCE)


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*(?::[^}]*)?\}", text))


@pytest.mark.parametrize("text", sorted(messages()))
def test_a_text_is_translated_with_all_its_places(text: str) -> None:
    known = CATALOG.get(text)
    assert known is not None, "run `make locale`"
    assert known.string
    assert places(known.string) == places(text)


def test_a_button_says_a_verb_where_english_has_one_word_for_both() -> None:
    assert "Train" in verbs() & messages()
    for text in verbs():
        known = CATALOG.get(text, VERB)
        assert known is not None, "run `make locale`"
        assert known.string
    compiled = gettext.translation("lrlab", LOCALE, ["pt"])
    assert (compiled.pgettext(VERB, "Train"), compiled.gettext("Train")) == ("Treinar", "Treino")


@pytest.mark.parametrize("room", [*SAID, *ROOMS])
def test_no_sentence_is_put_together_where_no_translation_could_find_it(room: str) -> None:
    for path in ROOT.glob(room):
        for call, first in called(path, SAYING):
            for argument in call.args[first:]:
                place = f"{path.name}:{call.lineno}"
                assert not isinstance(argument, ast.JoinedStr | ast.BinOp), place


BAD_SCHEDULES: list[object] = [
    {"kind": "cosine", "base_lr": -1},
    {"kind": "cosine", "length": 0},
    {"kind": "cosin"},
    {"kind": "cosine", "best": 1},
    {"kind": "multistep", "milestones": [3, 1]},
    {"kind": "warmup", "length": 5, "mode": "exponential"},
    {"kind": "formula", "expression": "os.getcwd()"},
    {"kind": "formula", "expression": "t +"},
    {"kind": "sequence", "parts": [{"schedule": {"kind": "constant"}}] * 2},
    {"kind": "piecewise", "times": [1], "values": []},
    [],
    "[" * 3000,
]


@pytest.mark.parametrize(
    "refuse",
    [
        *(lambda spec=spec: Schedule.parse(spec) for spec in BAD_SCHEDULES),  # type: ignore[misc]
        lambda: Experiment.parse({"schedule": {"kind": "constant"}, "epochs": 0}),
        lambda: Experiment.parse({"schedule": {"kind": "constant"}, "nesterov": True}),
        lambda: Experiment.parse({"schedule": {"kind": "constant"}, "adam_eps": 0.5}),
        lambda: compare.view_of({"axis": "cubic"}),
        lambda: compare.view_of({"smooth": "much"}),
        lambda: landscapes.chosen({"problem": "maze"}),
        lambda: link.read({"pins": "[[]]"}),
        lambda: link.read({"runs": "x"}),
    ],
)
def test_a_refusal_is_said_in_portuguese_to_its_last_word(refuse: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse()
    fault = refused.value.fault
    assert isinstance(fault, Sentence)
    said = fault.into(gettext.translation("lrlab", LOCALE, ["pt"]).gettext)
    english = {"allowed", "is", "are", "above", "from", "number", "names", "known", "of"}
    assert english.isdisjoint(re.findall(r"[a-z_]+", re.sub(r"'.*?'|\".*?\"", "", said))), said


def test_no_translation_outlives_its_text() -> None:
    known = {(text, None) for text in messages()} | {(text, VERB) for text in verbs()}
    assert {(message.id, message.context) for message in CATALOG if message.id} <= known


def test_the_compiled_translations_are_those_of_the_source() -> None:
    compiled = gettext.translation("lrlab", LOCALE, ["pt"])
    for message in CATALOG:
        if message.id:
            say = partial(compiled.pgettext, VERB) if message.context else compiled.gettext
            assert say(message.id) == message.string


@pytest.mark.parametrize("cause", ["database is locked", "database or disk is full", "odd fault"])
def test_what_is_wrong_with_a_store_is_said_in_portuguese(cause: str) -> None:
    fault = OperationalError("SELECT", {}, sqlite3.OperationalError(cause))
    said = sentence(make_url("sqlite:////lab/lrlab.db"), fault)
    portuguese = said.into(gettext.translation("lrlab", LOCALE, ["pt"]).gettext)
    assert portuguese.startswith("O armazenamento /lab/lrlab.db ")
    words = set(re.findall(r"[a-z]+", portuguese.replace(cause, "")))
    assert not words & {"store", "is", "the", "try", "again", "cannot", "used"}
