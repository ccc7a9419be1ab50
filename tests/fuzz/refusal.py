"""What a refused act says."""

from __future__ import annotations

from collections.abc import Callable

from lrlab.errors import InvalidInput


def refusal(act: Callable[[], object]) -> str | None:
    """Return the sentence with which something is refused, None if it is not."""
    try:
        act()
    except InvalidInput as refused:
        return str(refused)
    return None
