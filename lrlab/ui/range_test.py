"""The range test on screen: the loss while the rate rises, and the rates that it suggests."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lrlab import charts
from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.racing import parameters, varied
from lrlab.runs import Run
from lrlab.schedules.range_test import Suggestion, suggestions
from lrlab.sweeping import curve, swept
from lrlab.ui import link
from lrlab.ui.component import component
from lrlab.ui.screens import EXPLORE
from lrlab.ui.store import store
from lrlab.ui.text import _, plain, spoken, texts, translated

_mount = component("sweep")

PEAKS = ("max_lr", "base_lr", "scale", "start_lr")  # the parameters that set a schedule's height


def chosen(one: Experiment) -> Experiment:
    """Offer the sweep's ends and length; return the range test. Raises InvalidInput."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    low = row.number_input(_("First rate"), value=1e-5, format="%g", key="sweep-low", width=140)
    high = row.number_input(_("Last rate"), value=10.0, format="%g", key="sweep-high", width=140)
    updates = row.number_input(_("Updates"), 2, 100_000, 200, key="sweep-updates", width=140)
    return swept(one, start_lr=float(low), end_lr=float(high), updates=int(updates))


def found(run: Run) -> dict[str, Suggestion]:
    """Return what a range test suggests; nothing before it has ended."""
    if not run.state.final:
        return {}
    tried = curve([*store().points(run.id), *store().measures(run.id)])
    return suggestions(tried.rates, tried.losses) if tried.rates else {}


def show(run: Run, suggested: dict[str, Suggestion], key: str) -> None:
    """Show the loss over the rate, and the suggested rates as lines."""
    rates = {names()[name]: each.lr for name, each in suggested.items() if each.lr}
    said = "; ".join(f"{label}: {charts.digits.rate(lr)}" for label, lr in rates.items())
    _mount(
        key=key,
        data={
            "run": run.id,
            "ended": run.state.final,
            "marks": [{"lr": lr, "label": label} for label, lr in rates.items()],
            "alt": _("Loss over the learning rate. {suggestions}").format(suggestions=said),
            "texts": _texts(),
        },
        on_ended_change=lambda: None,
    )


def offers(base: Experiment, suggested: dict[str, Suggestion]) -> None:
    """Offer each suggested rate as the schedule's peak, or say why there is none."""
    for name, each in suggested.items():
        row = st.container(horizontal=True, vertical_alignment="center")
        if each.lr is None:
            row.markdown(f"{names()[name]}: {plain(translated(each.reason) or '–')}")
            continue
        row.markdown(f"{names()[name]}: **{charts.digits.rate(each.lr)}**")
        higher = with_peak(base, float(f"{each.lr:.3g}"))
        if higher:
            row.page_link(EXPLORE, label=_("Use as peak"),
                          query_params=link.write(link.Screen(higher)))  # fmt: skip


def with_peak(one: Experiment, rate: float) -> Experiment | None:
    """Return the experiment with its schedule's height set to `rate`; None where none is known."""
    paths = [path for path in parameters(one) if path.rpartition(".")[2] in PEAKS]
    paths.sort(key=lambda path: PEAKS.index(path.rpartition(".")[2]))
    if not paths:
        return None
    try:
        return varied(one, {paths[0]: rate})
    except InvalidInput:
        return None


@spoken
def names() -> dict[str, str]:
    """Return what a person reads for each suggestion."""
    return {
        "steepest": _("Steepest slope"),
        "minimum_over_ten": _("A tenth of the minimum's"),
        "valley": _("Middle of the longest valley"),
    }


def explained() -> str:
    """Return what the test does, in a sentence."""
    return _(
        "The rate rises with each update, by the same factor, until the loss does: below where "
        "that happens lie rates that learn fast and hold."
    )


@spoken
def _texts() -> dict[str, Any]:
    return texts("Loss of a batch", "Smoothed", "Learning rate", "Loss")
