"""The chapter's claims beside what the published and the recorded runs say, and the tabs' facts."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from lrlab.charts import lessons as figures
from lrlab.charts.digits import signed
from lrlab.comparing import Summary
from lrlab.experiment import Experiment
from lrlab.lessons.chapter import CASES, TABS
from lrlab.lessons.claims import CLAIMS, Difference, verdict
from lrlab.lessons.lesson import NAMES, TITLES, Place
from lrlab.lessons.programme import PRINTED
from lrlab.lessons.recorded import group
from lrlab.schedules.tail import tail
from lrlab.ui.plot import plot
from lrlab.ui.text import _


def claims() -> None:
    """Show each claim of the chapter with the verdicts of both sets of runs."""
    from lrlab.ui.recorded import provenance

    plot(_forest(), key="learn-claims", height=520, file="claims",
         alt=_("Differences in accuracy behind each claim, by tab, with their 95 % intervals; the "
               "table says the same."))  # fmt: skip
    st.table(_claims(), hide_index=True)
    shown = [run for each in CLAIMS for run in group("pytorch as run")[each.this]]
    if shown:
        provenance(shown)
    st.write(_("Robbins and Monro ask for a sum of rates without end and a sum of their squares "
               "with one, if the schedule went on for ever:"))  # fmt: skip
    st.table(_sums(), hide_index=True)
    st.caption(_iterations())


def _forest() -> figures.Figure:
    rows = [(claim, tab) for claim in CLAIMS for tab in TITLES]
    words = _sentences()
    published = [claim.published.get(tab) for claim, tab in rows]
    sets = {
        _("as it ran, here"): [_difference(claim.name, tab, "as run") for claim, tab in rows],
        _("as printed, here"): [_difference(claim.name, tab, "as printed") for claim, tab in rows],
        _("published"): [Summary(each.of or 1, each.mean) if each and each.mean is not None
                         else None for each in published],
    }  # fmt: skip
    names = [f"{words[claim.name][0]} · {TITLES[tab]}" for claim, tab in rows]
    return figures.forest(names, sets, axis=_("Difference in accuracy"))


def _sentences() -> dict[str, tuple[str, str]]:
    """Return each claim in short, and in a sentence."""
    return {
        "root": (_("square root"), _("Square root works better than constant (test accuracy)")),
        "overfitting": (_("less overfitting"),
                        _("Square root overfits less (gap of train and test)")),
        "cosine": (_("cosine"), _("Cosine can help (test accuracy against constant)")),
        "warmup": (_("warmup at first"),
                   _("Warmup converges better at first (against cosine, after 5 epochs)")),
    }  # fmt: skip


def _claims() -> list[dict[str, str]]:
    words = _sentences()
    return [
        {
            _("Claim"): words[claim.name][1],
            _("Tab"): title,
            _("Published runs"): published(claim.published.get(tab)),
            _("As it ran, here"): measured(claim.name, tab, "as run"),
            _("As printed, here"): measured(claim.name, tab, "as printed"),
        }
        for claim in CLAIMS
        for tab, title in TITLES.items()
    ]


def _verdicts() -> dict[str, str]:
    return {"holds": _("holds"), "does not hold": _("does not hold"),
            "within the noise": _("within the noise"), "no runs": _("no runs")}  # fmt: skip


def published(found: Difference | None) -> str:
    """Return what the published runs say: a verdict, the difference, in how many it was better."""
    if found is None:
        return "–"
    word = _verdicts()[found.verdict]
    if found.mean is None:
        return _("{verdict}: negative").format(verdict=word)
    if found.better is None:
        return f"{word}: {signed(found.mean)}"
    return _("{verdict}: {mean}, better in {better} of {of}").format(
        verdict=word, mean=signed(found.mean), better=found.better, of=found.of
    )


@lru_cache(maxsize=64)
def _difference(name: str, tab: str, way: str) -> Summary | None:
    return next(each for each in CLAIMS if each.name == name).measured(tab, way)


def measured(name: str, tab: str, way: str) -> str:
    """Return a claim's verdict by the recorded runs, with its figure."""
    found = _difference(name, tab, way)
    word = _verdicts()[verdict(found)]
    if found is None or found.low is None or found.high is None:
        return word
    return f"{word}: {signed(found.mean)} ({signed(found.low)} … {signed(found.high)})"


def _sums() -> list[dict[str, str]]:
    """Return whether the sums of rates and of their squares end, for the chapter's schedules."""
    words = {"converges": _("ends"), "diverges": _("has no end"), "not known": _("not known")}
    rows = []
    power = {"kind": "inverse_power", "base_lr": 0.1, "power": 1.0, "timescale": 1}
    for name, spec in {**PRINTED, "0.1·(t + 1)^(−1)": power}.items():
        one = Experiment.parse({"schedule": spec})
        found = tail(one.schedule, one.epochs)
        both = (found.sum, found.sum_of_squares) == ("diverges", "converges")
        rows.append({
            _("Schedule"): _(NAMES.get(name, name)),
            "Σηₜ": words[found.sum],
            "Σηₜ²": words[found.sum_of_squares],
            _("Both as asked"): _("yes") if both else _("no"),
        })  # fmt: skip
    return rows


def _iterations() -> str:
    """Return what the chapter's 30 iterations are, by its own experiment."""
    one = CASES[0].experiment()
    return _("The chapter's 30 iterations are {epochs} epochs: {each} updates in each, {all} in "
             "all.").format(epochs=one.epochs, each=one.steps_per_epoch,
                            all=one.updates)  # fmt: skip


def tab_facts(place: Place) -> None:
    """Say what a tab's code does with an experiment, and how the tabs differ besides."""
    case = next(each for each in CASES if (each.tab, each.name) == (place.tab, place.case))
    if case.note:
        st.markdown(f"**{TITLES[place.tab]}**: {_(case.note)}")
    words = {
        "default": _("PyTorch's default"), "xavier": _("Xavier (Glorot)"),
        "lenet": _("maximum pooling, ReLU"),
        "lenet-tensorflow": _("average pooling, a sigmoid on the 84 units"),
    }  # fmt: skip
    st.table(
        [
            {
                _("Tab"): title,
                _("First weights"): words[TABS[tab]["init"]],
                _("Model"): words[TABS[tab]["model"]],
                _("Its scheduler counts"): _("updates") if "clock" in TABS[tab] else _("epochs"),
                _("The rate is set"): _("after the epoch") if tab == "pytorch"
                else _("at every update") if tab == "mxnet" else _("before the epoch"),
            }
            for tab, title in TITLES.items()
        ],
        hide_index=True,
    )  # fmt: skip
