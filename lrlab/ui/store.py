"""The web process's one store."""

from __future__ import annotations

from functools import cache

from lrlab.runs import Store


@cache
def store() -> Store:
    """Return the store that routes and pages share, opened at the first call."""
    return Store()
