"""One run, live or finished, by its number in the address."""

from __future__ import annotations

import streamlit as st

from lrlab.charts import digits
from lrlab.runs import FINAL
from lrlab.runs.export import as_csv, as_json
from lrlab.schedules import latex
from lrlab.ui.branching import branching
from lrlab.ui.embedded import whole_link
from lrlab.ui.family import family_tree, relatives
from lrlab.ui.live import live
from lrlab.ui.refusals import why_not
from lrlab.ui.runs import explore_query, headline, settings, spec, wanted_run
from lrlab.ui.said import editing, said, star
from lrlab.ui.screens import EXPLORE, RUN, RUNS
from lrlab.ui.steered import steered
from lrlab.ui.store import store
from lrlab.ui.text import _, plain

run, fault = wanted_run(store(), st.query_params.get("run"))
if run is None:
    st.info(plain(fault))
    st.page_link(EXPLORE, label=_("Choose a schedule"))
    st.page_link(RUNS, label=_("All runs"))
    st.stop()
st.query_params["run"] = str(run.id)

if st.context.is_embedded:  # on a course's page: the live run, nothing else
    live([run.id], size="large", key=f"run-{run.id}")
    whole_link(RUN, {"run": str(run.id)})
    st.stop()

head = st.container(horizontal=True, vertical_alignment="center")
name, below = headline(run)
head.subheader(plain(name), anchor=False, width="stretch")
with head:
    star(run)
    editing(run)
    branching(run)
head.page_link(EXPLORE, label=_("Open in Explore"), query_params=explore_query(run))
if below:
    st.caption(plain(below))
said(run)
why_not()

family = store().family(run.id)
live([run.id], behind=relatives(family, run), size="large", key=f"run-{run.id}")
if len(family) > 1:
    family_tree(family, run, key="family")

schedule, facts, files = st.columns([4, 4, 2], gap="large")
with schedule:
    st.latex(latex(run.experiment.schedule))
    st.code(spec(run), language="json")
facts.table(settings(run.experiment), border="horizontal")
with files:
    steered(run)
    st.caption(_("Submitted {}").format(digits.moment(run.submitted)))
    if run.state in FINAL:
        st.caption(_("Ended {}").format(digits.moment(run.finished)))
    file = f"lrlab-run-{run.id}"
    st.download_button(_("Download CSV"), lambda: as_csv(store(), run.id), f"{file}.csv",
                       on_click="ignore")  # fmt: skip
    st.download_button(_("Download JSON"), lambda: as_json(store(), run.id), f"{file}.json",
                       on_click="ignore")  # fmt: skip
