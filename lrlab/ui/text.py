"""The texts that a person reads, by gettext: English in the source, others from `locale/`."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

_LOCALE = Path(__file__).with_name("locale")
_translations = gettext.translation("lrlab", _LOCALE, fallback=True)


def _(text: str) -> str:
    """Return `text` in the language of the lab; English where there is no translation."""
    return _translations.gettext(text)


def texts(*english: str) -> dict[str, str]:
    """Return English → translation, for the browser's modules."""
    return {text: _(text) for text in english}


def plain(text: str) -> str:
    """Return `text` such that Markdown shows it as it is: nothing in it is a link or an image."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
