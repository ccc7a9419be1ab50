"""Runs laid over each other: curves, what differs, and files to take along."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.runs import table
from lrlab.runs.tracking import write_mlflow, write_tensorboard, zipped
from lrlab.ui import compare
from lrlab.ui.race import runs_of
from lrlab.ui.refusals import broken_link, gone
from lrlab.ui.report import report
from lrlab.ui.screens import RUNS
from lrlab.ui.store import store
from lrlab.ui.sweeps import written
from lrlab.ui.text import _, spoken_there

try:
    runs, missing = runs_of(st.query_params.get("runs", ""))
    view = compare.view_of(st.query_params.to_dict())
except InvalidInput as error:
    runs, missing, view = [], [], compare.FIRST
    broken_link(error)
gone(missing)
if not runs:
    st.info(_("Select runs in the list, and compare them here."))
    st.page_link(RUNS, label=_("All runs"))
    st.stop()

st.subheader(_("Comparison of {n} runs").format(n=len(runs)), anchor=False)
view = compare.overlay(runs, view)
st.query_params.from_dict(compare.address(written([run.id for run in runs]), view))
st.dataframe(compare.summaries(runs), hide_index=True, alt=_("What each run reached"))

compare.branches(runs, key="compare-branches")

differences = compare.differences(runs)
if differences:
    st.markdown(f"**{_('What differs')}**")
    st.dataframe(differences, hide_index=True, alt=_("The settings that are not the same in all"))

with st.container(horizontal=True):
    for word, suffix, made in (
        ("CSV", "csv", lambda: table.as_csv(store(), runs)),
        ("Parquet", "parquet", lambda: table.as_parquet(store(), runs)),
        ("TensorBoard", "tensorboard.zip", lambda: zipped(write_tensorboard, store(), runs)),
        ("MLflow", "mlruns.zip", lambda: zipped(write_mlflow, store(), runs)),
        (_("Report (HTML)"), "html", spoken_there(lambda: report(store(), runs))),
    ):
        key = f"compare-{suffix.partition('.')[0]}"
        # A rerun of its own would take the next button's file away from under a quick click.
        st.download_button(word, made, f"lrlab-comparison.{suffix}", key=key, on_click="ignore")
