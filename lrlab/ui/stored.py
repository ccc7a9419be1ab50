"""What a person reads where Train was answered by a run that is in the store already."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lrlab.runs import Run, State
from lrlab.ui.store import store
from lrlab.ui.text import _


def stored(number: int, on_anew: Callable[..., None]) -> None:
    """Say which run answered, and offer to train the same anew."""
    run = store().run(number)
    if run is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="stored"):
        st.markdown(_said(run), width="content")
        st.button(_("Train anew"), key="train-anew", on_click=on_anew, kwargs={"anew": True})


def _said(run: Run) -> str:
    if run.state is State.FINISHED:
        return _("Stored: run {} trained this before.").format(run.id)
    if run.state is State.QUEUED:
        return _("Run {} waits to train this already.").format(run.id)
    return _("Run {} trains this already.").format(run.id)
