"""What people say of a run: its name, note, tags and star, read and changed on its page."""

from __future__ import annotations

import streamlit as st

from lrlab.runs import Run
from lrlab.runs.labels import LABEL_LENGTH
from lrlab.ui.refusals import doing, why_not
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
        on_click=doing(lambda: store().label(run.id, starred=not run.starred)),
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
        st.text_input(_("Name"), run.name, key=f"name-{run.id}")
        st.text_input(_("Tags, with commas"), ", ".join(run.tags), key=f"tags-{run.id}")
        st.text_area(_("Note"), run.note, key=f"note-{run.id}")
        if st.form_submit_button(_("Save"), key="save-said", on_click=doing(_save), args=(run,)):
            why_not()  # here, where it is read; the page's own would lie behind it


def _save(run: Run) -> None:
    wanted = {what: st.session_state[f"{what}-{run.id}"] for what in ("name", "tags", "note")}
    name = wanted["name"].strip() or run.experiment.title[:LABEL_LENGTH]
    store().label(run.id, name=name, note=wanted["note"], tags=wanted["tags"].split(","))
