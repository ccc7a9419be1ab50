"""What people say of a run: its name, note, tags and star, read and changed on its page."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.runs import Run, StoreError
from lrlab.runs.labels import LABEL_LENGTH
from lrlab.ui.refusals import refused
from lrlab.ui.store import store
from lrlab.ui.text import _, plain

STARRED, UNSTARRED = "★", "☆"


def star(run: Run) -> None:
    """Show whether a run is starred, as a button that changes it."""
    st.button(
        STARRED if run.starred else UNSTARRED,
        key="star",
        type="tertiary",
        help=_("Take the star away") if run.starred else _("Star: never cleared away"),
        on_click=lambda: store().label(run.id, starred=not run.starred),
    )


def said(run: Run) -> None:
    """Show a run's owner, tags and note."""
    parts = [_("Owner: {}").format(run.owner)] if run.owner else []
    tags = " ".join(f":gray-badge[{plain(tag)}]" for tag in run.tags)
    if parts or tags:
        st.markdown(" ".join([*map(plain, parts), tags]))
    if run.note:
        st.text(run.note)


def editing(run: Run) -> None:
    """Offer to change a run's name, tags and note."""
    with (
        st.popover(_("Name and notes"), key="saying"),
        st.form(f"said-{run.id}", border=False),
    ):
        name = st.text_input(_("Name"), run.name, key=f"name-{run.id}")
        tags = st.text_input(_("Tags, with commas"), ", ".join(run.tags), key=f"tags-{run.id}")
        note = st.text_area(_("Note"), run.note, key=f"note-{run.id}")
        if st.form_submit_button(_("Save"), key="save-said"):
            _save(run, name.strip() or run.experiment.title[:LABEL_LENGTH], tags, note)


def _save(run: Run, name: str, tags: str, note: str) -> None:
    try:
        store().label(run.id, name=name, note=note, tags=tags.split(","))
    except (InvalidInput, StoreError) as error:
        refused(error)
    else:
        st.rerun()
