"""The rates that a hand made of a run's schedule, as a schedule of their own."""

from __future__ import annotations

import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs import Run
from lrlab.runs.lineage import interventions, replayed
from lrlab.ui import link
from lrlab.ui.link import Screen
from lrlab.ui.refusals import worded
from lrlab.ui.screens import EXPLORE
from lrlab.ui.store import store
from lrlab.ui.text import _, plain

LONGEST_LINK = 20_000  # characters of an address that browsers and proxies pass on


def steered(run: Run) -> None:
    """Offer the rates of a run that a hand has steered as a schedule; nothing of another run."""
    if not run.command_seq or not interventions(store().commands(run.id)):
        return
    with st.container(key="steered-rates"):
        try:
            _offer(run, replayed(store(), run.id))
        except InvalidInput as error:
            said = _("Its rates are no schedule: {}").format(worded(error))
            st.caption(plain(said))


def _offer(run: Run, experiment: Experiment) -> None:
    query = link.write(Screen(experiment, runs=(run.id,)))
    if len(query["schedule"]) <= LONGEST_LINK:
        label = _("Open its rates as a schedule")
        st.page_link(EXPLORE, label=label, query_params=query)
        return
    st.download_button(
        _("Download its rates as a schedule"),
        experiment.canonical(),
        f"lrlab-run-{run.id}-rates.json",
        "application/json",
        on_click="ignore",
        help=_("Too long for a link: the command line trains it."),
    )
