"""Schedules against each other over several seeds: sweep, train, watch, and see what is noise."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.runs import FINAL, StoreError
from lrlab.ui import race, sweeps
from lrlab.ui.refusals import broken_link, doing, gone, refused, why_not
from lrlab.ui.screens import EXPLORE, RACE
from lrlab.ui.text import _, plain

asked = st.query_params.get("runs")
if asked:
    try:
        runs, missing = race.runs_of(asked)
    except InvalidInput as error:
        runs, missing = [], []
        broken_link(error)
    gone(missing)
    if runs:
        entries = race.grouped(runs)
        head = st.container(horizontal=True, vertical_alignment="center")
        head.subheader(_("Race of {n} schedules").format(n=len(entries)), anchor=False)
        if any(run.state not in FINAL for run in runs):
            head.button(_("Cancel all"), key="race-cancel", on_click=doing(race.cancel),
                        args=(runs,))  # fmt: skip
        why_not()
        head.page_link(RACE, label=_("Another race"))
        race.curves(entries, "race")
        st.table(race.leaderboard(entries), hide_index=True)
        st.caption(race.noise_said(entries))
        race.over_parameters(entries, "race-surface")
        race.pairwise(entries, "race-differences")
        st.stop()

st.subheader(_("Race"), anchor=False)
st.caption(
    _("Train schedules from several seeds side by side, and see which differences are real.")
)
with st.container(horizontal=True, key="race-exercises"):
    for title, question, sweep in sweeps.exercises():
        with st.container(width=260):
            st.page_link(RACE, label=title, query_params=sweeps.query(sweep))
            st.caption(question)

start, fault = sweeps.opened()
if fault:
    broken_link(fault)

st.markdown(f"**{plain(start.base.schedule.describe())}**")
st.page_link(EXPLORE, label=_("Choose another schedule in Explore"))
try:
    sweep = sweeps.chosen(start)
    swept = sweep.entries()
except InvalidInput as error:
    refused(error)
    st.stop()

sweeps.planned(swept)
st.caption(sweeps.said(sweep, len(swept) * sweep.seeds))
if st.button(_("Start the race"), key="race-start", type="primary"):
    try:
        st.query_params.from_dict({"runs": sweeps.written(sweeps.start(sweep))})
        st.rerun()
    except (InvalidInput, StoreError) as error:
        refused(error)
