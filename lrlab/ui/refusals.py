"""What could not be used or done, said in the language of the session."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.ui.text import _, plain, translated


def worded(refusal: Exception) -> str:
    """Return a refusal's sentence in the language of the session."""
    if isinstance(refusal, InvalidInput):
        return f"{refusal.field} {translated(refusal.fault)}".strip()
    return _(str(refusal))


def refused(refusal: Exception) -> None:
    """Say that something was not done, and why."""
    st.error(plain(worded(refusal)))


def broken_link(fault: InvalidInput) -> None:
    """Say that an address could not be followed, and why."""
    said = _("This link is broken, so the screen starts anew: {}")
    st.warning(said.format(plain(worded(fault))))
