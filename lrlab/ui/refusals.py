"""What could not be used or done, said in the language of the session."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.runs import StoreError
from lrlab.ui.text import _, plain, translated

_KEPT = "refusal"


def worded(refusal: Exception) -> str:
    """Return a refusal's sentence in the language of the session."""
    if isinstance(refusal, InvalidInput):
        return f"{refusal.field} {translated(refusal.fault)}".strip()
    return translated(refusal.args[0]) if refusal.args else str(refusal)


def refused(refusal: Exception) -> None:
    """Say that something was not done, and why."""
    st.error(plain(worded(refusal)))


def broken_link(fault: InvalidInput) -> None:
    """Say that an address could not be followed, and why."""
    said = _("This link is broken, so the screen starts anew: {}")
    st.warning(said.format(plain(worded(fault))))


def gone(runs: Collection[int]) -> None:
    """Say which of the runs that an address names are not there, if any."""
    if runs:
        numbers = ", ".join(map(str, runs))
        st.caption(_("Not in this lab any more, or never: run {}.").format(numbers))


def doing(act: Callable[..., None]) -> Callable[..., None]:
    """Return `act` for a button to call: what refuses it is kept, for `why_not` to say."""

    @wraps(act)
    def do(*args: Any) -> None:
        try:
            act(*args)
        except (InvalidInput, StoreError) as error:
            st.session_state[_KEPT] = error

    return do


def why_not() -> None:
    """Say once why what a button was to do was not done, if it was not."""
    if refusal := st.session_state.pop(_KEPT, None):
        refused(refusal)
