"""One schedule under the conventions of each library: a chart, a table, the calls."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import streamlit as st

from lrlab.charts.conventions import conventions, grouped
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.schedules import ticks
from lrlab.schedules.conventions import Difference, Variant, first_difference, variants
from lrlab.ui import link
from lrlab.ui.explore import Explore
from lrlab.ui.link import Screen
from lrlab.ui.plot import plot
from lrlab.ui.screens import CONVENTIONS, EXPLORE
from lrlab.ui.text import _, plain

OWN = "lrlab"
BEYOND = 1.25  # of the run: some libraries part only past its end


def query(experiment: Experiment) -> dict[str, str]:
    """Return the address of an experiment's conventions."""
    return link.write(Screen(experiment))


def open_link(experiment: Experiment) -> None:
    """Offer the conventions of an experiment's schedule."""
    st.page_link(
        CONVENTIONS,
        label=_("Where the libraries differ"),
        icon=":material/compare_arrows:",
        query_params=query(experiment),
    )


def back_link(experiment: Experiment) -> None:
    """Lead back to the explore page as it was left, or to this schedule."""
    there = {} if "explore" in st.session_state else query(experiment)
    st.page_link(EXPLORE, label=_("Back to Explore"), query_params=there or None, width="content")


def experiment(besides: Collection[str] = ()) -> tuple[Experiment, InvalidInput | None]:
    """Return the address's experiment, else the explore page's, and what is wrong with a link.

    besides: what else may stand in the address of this screen.
    """
    address = st.query_params.to_dict()
    asked = {name: text for name, text in address.items() if name not in {"lang", *besides}}
    if asked:
        try:
            return link.read(asked).experiment, None
        except InvalidInput as error:
            return link.initial().experiment, error
    state = st.session_state.get("explore")
    shown = state.screen if isinstance(state, Explore) else link.initial()
    st.query_params.from_dict(address | query(shown.experiment))
    return shown.experiment, None


def chart(one: Experiment, found: list[Variant]) -> None:
    """Draw every variant a quarter of the run beyond its end, equal ones as one line."""
    t, T, tick = _times(one)
    curves = {OWN: one.schedule.at(t, T)}
    curves |= {each.library: each.at(t, T) for each in found if each.schedule}
    unit = _("Update") if one.clock == "step" else _("Epoch")
    figure = conventions(
        grouped(curves), tick=tick, end=T, axes=(unit, _("Learning rate")), ending=_("end of run")
    )
    plot(figure, key="conventions", alt=_alt(one, found), height=420, file="conventions")


def table(one: Experiment, found: list[Variant]) -> None:
    """Say each convention in words, and where it first gives another rate."""
    t, T, _tick = _times(one)
    st.table([_row(one, each, first_difference(each, one.schedule, t, T)) for each in found],
             hide_index=True)  # fmt: skip


def calls(found: list[Variant]) -> None:
    """Show what one would write in each library."""
    with st.expander(_("The calls compared")):
        for each in found:
            if each.call:
                st.caption(each.library)
                st.code(each.call, language="python", wrap_lines=True)


def _times(one: Experiment) -> tuple[np.ndarray, float, float]:
    run, T = ticks(one.clock, one.epochs, one.steps_per_epoch)
    tick = T / len(run)
    return np.arange(int(len(run) * BEYOND) + 1) * tick, T, tick


def _row(one: Experiment, each: Variant, apart: Difference | None) -> dict[str, Any]:
    return {
        _("Library"): each.library,
        _("Convention"): plain(_(each.words)),
        _("First other rate"): plain(_place(one, each, apart)),
    }


def _place(one: Experiment, each: Variant, apart: Difference | None) -> str:
    if each.schedule is None:
        return "–"
    if apart is None:
        return _("none")
    unit = _("update") if one.clock == "step" else _("epoch")
    theirs, ours = _told_apart(apart)
    return _("{unit} {t}: {theirs}, here {ours}").format(
        unit=unit, t=f"{apart.t:g}", theirs=theirs, ours=ours
    )


def _told_apart(apart: Difference) -> tuple[str, str]:
    """Return both rates with as many digits as it takes to tell them apart."""
    if apart.theirs is None:
        return _("no rate"), f"{apart.ours:.4g}"
    for digits in range(4, 17):
        theirs, ours = f"{apart.theirs:.{digits}g}", f"{apart.ours:.{digits}g}"
        if theirs != ours:
            break
    return theirs, ours


def _alt(one: Experiment, found: list[Variant]) -> str:
    t, T, _tick = _times(one)
    apart = [e.library for e in found if first_difference(e, one.schedule, t, T)]
    same = [e.library for e in found if e.schedule and e.library not in apart]
    return _("{schedule}. As here: {same}. Elsewhere: {apart}.").format(
        schedule=one.schedule.describe(), same=", ".join(same) or "–", apart=", ".join(apart) or "–"
    )


def none_known(one: Experiment) -> None:
    """Say that there is nothing to compare."""
    st.info(
        _(
            "No difference between the libraries is known for this schedule ({}). Known are "
            "multistep, a staircase, cosine, cosine with a linear warmup, and one cycle."
        ).format(plain(one.schedule.describe()))
    )


def compared(one: Experiment) -> list[Variant]:
    """Return the variants of an experiment's schedule in its run."""
    return variants(one.schedule, _times(one)[1])
