"""Every text that a person reads exists in Portuguese too, and is compiled."""

from __future__ import annotations

import gettext
import re

import pytest

from tools.locale import LOCALE, messages, read

SOURCE = LOCALE / "pt/LC_MESSAGES/lrlab.po"
CATALOG = read(SOURCE)


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


@pytest.mark.parametrize("text", sorted(messages()))
def test_a_text_is_translated_with_all_its_places(text: str) -> None:
    known = CATALOG.get(text)
    assert known is not None, "run `make locale`"
    assert known.string
    assert places(known.string) == places(text)


def test_no_translation_outlives_its_text() -> None:
    assert {message.id for message in CATALOG if message.id} <= messages()


def test_the_compiled_translations_are_those_of_the_source() -> None:
    compiled = gettext.translation("lrlab", LOCALE, ["pt"])
    for message in CATALOG:
        if message.id:
            assert compiled.gettext(message.id) == message.string
