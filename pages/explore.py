"""Tune a schedule and see its curve under the hand; train with it and watch, on one screen."""

from __future__ import annotations

import streamlit as st

from lrlab.schedules.export import LIBRARIES
from lrlab.ui import link, whatif
from lrlab.ui.advice import advice
from lrlab.ui.branching import banner, branching
from lrlab.ui.conventions import open_link
from lrlab.ui.editor import editor
from lrlab.ui.embedded import whole_link
from lrlab.ui.explore import EDITOR, PREVIEW, REPLAY, code, explore, formula, split
from lrlab.ui.gallery import dialog
from lrlab.ui.importing import paste
from lrlab.ui.live import live
from lrlab.ui.meaning import meaning
from lrlab.ui.preview import preview
from lrlab.ui.refusals import broken_link, gone, refused
from lrlab.ui.replay import replay
from lrlab.ui.screens import EXPLORE
from lrlab.ui.store import store
from lrlab.ui.stored import stored
from lrlab.ui.summary import summary
from lrlab.ui.text import _, plain, verb

state = explore()

if state.link_error:
    broken_link(state.link_error)

front, behind, missing = split(state.screen.runs, state.stored)
state.forget(missing)
gone(state.gone)

banner(state.screen.branch, state.leave_branch)

page = st.container(horizontal=True, gap="medium", key="explore")
controls = page.container(width=340, key="controls")
picture = page.container(width="stretch", gap="xsmall", key="picture")

with controls:
    editor(
        state.screen.experiment,
        revision=state.revision,
        error=state.error,
        key=EDITOR,
        on_change=state.edit,
    )
    with st.container(horizontal=True):
        st.button(_("Undo"), key="undo", icon=":material/undo:", shortcut="Mod+Z",
                  on_click=state.undo, disabled=not state.past)  # fmt: skip
        st.button(_("Redo"), key="redo", icon=":material/redo:", shortcut="Mod+Shift+Z",
                  on_click=state.redo, disabled=not state.future)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Gallery"), key="gallery", icon=":material/gallery_thumbnail:"):
            dialog(state.take)
        offer = whatif.switch(on=state.screen.whatif, key=f"whatif-{state.revision}")

# All changes are callbacks': the address is right before the first of the pictures is drawn.
state.switch(offer.on)
state.write_link()

with picture:
    preview(
        state.screen.pins,
        log=state.screen.log,
        branch=state.screen.branch,
        key=PREVIEW,
        on_wish=state.wish,
    )
    if not state.screen.runs:  # beside a run its charts need the room
        st.caption(plain(meaning(state.screen.experiment)))
    if st.context.is_embedded:  # on a course's page: the schedule under the hand, nothing else
        whole_link(EXPLORE, link.write(state.screen))
        st.stop()
    replay(state.screen, revision=state.revision, key=REPLAY, on_choose=state.choose)
    summary(state.screen.experiment, key="summary")
    with st.container(horizontal=True):
        st.button(verb("Train"), key="launch", type="primary", on_click=state.train)
        with st.popover(_("Code")):
            library = st.selectbox(_("Library"), LIBRARIES, key="export-library",
                                   format_func=lambda name: LIBRARIES[name].title)  # fmt: skip
            open_link(state.screen.experiment)
            st.code(code(state.screen.experiment, library), LIBRARIES[library].language)
        paste(state)
        if state.screen.runs:
            advice(state.screen.experiment, folded=True, on_mend=state.mend)
        formula(state.screen.experiment.schedule)
    if not state.screen.runs:
        advice(state.screen.experiment, folded=False, on_mend=state.mend)
    if state.refusal:
        refused(state.refusal)
    if state.stored:
        stored(state.stored, state.train)
    if front:
        live(front, behind=behind, key="live")
        if origin := store().run(front[-1]):
            branching(origin, state.branch)
    if offer.on and not state.screen.branch:
        whatif.show(offer, state.screen.experiment)
    elif not front:
        st.caption(_("Train this schedule to see its loss, accuracy and rate here."))

    if state.screen.runs:
        st.caption(plain(meaning(state.screen.experiment)))
