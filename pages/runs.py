"""All runs: find one, open it, compare several, keep one as a file."""

from __future__ import annotations

import streamlit as st

from lrlab.runs import FINAL, Run
from lrlab.runs.export import as_csv, as_json
from lrlab.runs.listing import find_runs
from lrlab.ui import listing, table
from lrlab.ui.live import live
from lrlab.ui.runs import empty, written_out
from lrlab.ui.screens import COMPARE, EXPLORE, RUN
from lrlab.ui.store import store
from lrlab.ui.sweeps import MOST_RUNS, written
from lrlab.ui.text import _

DRAWN = 8  # runs that are drawn below the table: as many as there are colours

if not store().list(limit=1):
    st.info(empty())
    if st.button(_("Choose a schedule"), type="primary", key="choose"):
        st.switch_page(EXPLORE)
    st.stop()

asked = listing.chosen(listing.here())
runs = find_runs(store(), asked.wanted, limit=asked.show)
if not runs:
    st.caption(_("No run fits all of these."))
    st.stop()


def picked(frame: object, shapes: dict[str, object], alt: str) -> list[int]:
    """Show a table; return the rows that are ticked."""
    # Another list has another key: what was selected in it is another's row.
    key = f"runs-{abs(hash(repr(asked)))}"
    event = st.dataframe(frame, key=key, placeholder="–", hide_index=True, column_config=shapes,
                         on_select="rerun", selection_mode="multi-row", alt=alt)  # fmt: skip
    return event.selection.rows


chosen: list[Run] = []
if asked.group:
    groups = table.grouped(runs, asked.group)
    rows = picked(table.group_table(groups), table.group_shapes(), _("The groups of runs"))
    members = [found for _name, found in groups]
    chosen = [*{run.id: run for row in rows if row < len(members) for run in members[row]}.values()]
else:
    rows = picked(table.table(runs, asked.column), table.shapes(), _("The runs of this lab"))
    chosen = [runs[row] for row in rows if row < len(runs)]
listing.more(asked)

bar = st.container(horizontal=True, vertical_alignment="center")
one = chosen[0] if len(chosen) == 1 else None
if bar.button(_("Open"), disabled=one is None, key="open") and one:
    st.switch_page(RUN, query_params={"run": str(one.id)})
if len(chosen) > 1:
    numbers = written([run.id for run in chosen[:MOST_RUNS]])
    bar.page_link(COMPARE, label=_("Compare"), query_params={"runs": numbers})
if one:
    name = f"lrlab-run-{one.id}"
    bar.download_button(
        _("CSV"), written_out(as_csv, one), f"{name}.csv", key="csv", on_click="ignore"
    )
    bar.download_button(
        _("JSON"), written_out(as_json, one), f"{name}.json", key="json", on_click="ignore"
    )
if not chosen:
    bar.caption(
        _("Select one run to open or download it, several (up to {}) to compare them.").format(
            MOST_RUNS
        )
    )

if chosen:
    live([run.id for run in chosen[:DRAWN]], size="large", key="compared")
else:
    # Those in training, so that the list is read anew when one of them has ended.
    live([run.id for run in runs if run.state not in FINAL], size="rows", key="active")
