"""All runs: find one, open it, compare several, keep one as a file."""

from __future__ import annotations

import streamlit as st

from lrlab.runs import FINAL
from lrlab.runs.export import as_csv, as_json
from lrlab.ui.live import live
from lrlab.ui.runs import MOST_COMPARED, MOST_SHOWN, chosen_by_tag, columns, empty, table
from lrlab.ui.screens import EXPLORE, RUN
from lrlab.ui.store import store
from lrlab.ui.text import _

runs = store().list(limit=MOST_SHOWN)
if not runs:
    st.info(empty())
    if st.button(_("Choose a schedule"), type="primary", key="choose"):
        st.switch_page(EXPLORE)
    st.stop()

runs, only = chosen_by_tag(runs)
if not runs:
    st.caption(_("No run here bears all of these."))
    st.stop()

selection = st.dataframe(
    table(runs),
    key="-".join(["runs", *only]),  # another list: what was selected in it is another's row
    placeholder="–",
    hide_index=True,
    column_config=columns(),
    on_select="rerun",
    selection_mode="multi-row",
    alt=_("The runs of this lab, newest first"),
)
chosen = [runs[row] for row in selection.selection.rows if row < len(runs)][:MOST_COMPARED]

bar = st.container(horizontal=True, vertical_alignment="center")
one = chosen[0] if len(chosen) == 1 else None
if bar.button(_("Open"), disabled=one is None, key="open") and one:
    st.switch_page(RUN, query_params={"run": str(one.id)})
if one:
    name = f"lrlab-run-{one.id}"
    bar.download_button(_("CSV"), lambda: as_csv(store(), one.id), f"{name}.csv", key="csv")
    bar.download_button(_("JSON"), lambda: as_json(store(), one.id), f"{name}.json", key="json")
if not chosen:
    bar.caption(
        _("Select one run to open or download it, several (up to {}) to compare them.").format(
            MOST_COMPARED
        )
    )

if chosen:
    live([run.id for run in chosen], size="large", key="compared")
else:
    # Those in training, so that the list is read anew when one of them has ended.
    live([run.id for run in runs if run.state not in FINAL], size="rows", key="active")
