"""The lesson's texts are data: marked here for translation, spoken where they are shown."""

from __future__ import annotations


def _(text: str) -> str:
    """Return `text` as it is; `make locale` gathers it, and the screen translates it."""
    return text
