"""What a person does in the lesson: ask the chapter's scheduler, and train an experiment here."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from lrlab.comparing import without_seed
from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment
from lrlab.lessons.answers import finals
from lrlab.lessons.lesson import Step
from lrlab.lessons.programme import Entry, entries
from lrlab.lessons.recorded import group
from lrlab.lessons.schedulers import SCHEDULERS, asked
from lrlab.ui import link
from lrlab.ui.learn import Here
from lrlab.ui.live import live
from lrlab.ui.recorded import said
from lrlab.ui.refusals import doing, refused, why_not
from lrlab.ui.screens import EXPLORE
from lrlab.ui.store import store
from lrlab.ui.text import _, verb

MOST_ASKED, LAST_TIME = 40, 1000
SEED = "learn-seed"  # the key of its field
ASKED = "0, 15, 15, 25, 5, 25"


def ask(step: Step) -> None:
    """Let a person ask the chapter's scheduler of a step for rates, in any order."""
    if not step.asks:
        return
    with st.expander(_("Ask the chapter's scheduler")):
        text = st.text_input(
            _("Ask for these t, in this order"), ASKED, key=f"learn-ask-{step.name}"
        )
        try:
            times = times_of(text)
        except InvalidInput as error:
            refused(error)
            return
        st.table(answers(step.asks, times), hide_index=True)
        st.caption(_("It may answer otherwise than its formula: what it remembers of the calls "
                     "before counts too."))  # fmt: skip


def times_of(text: str) -> list[int]:
    """Return the times that a text names, as "0, 10, 25". Raises InvalidInput."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    good = all(re.fullmatch("[0-9]{1,4}", part) and int(part) <= LAST_TIME for part in parts)
    if not good or not 1 <= len(parts) <= MOST_ASKED:
        raise InvalidInput(
            "t",
            "is {value}; allowed are up to {most} whole numbers from 0 to {last}, as 0, 10, 25.",
            value=shown(text),
            most=MOST_ASKED,
            last=LAST_TIME,
        )
    return [int(part) for part in parts]


def answers(kind: str, times: list[int]) -> list[dict[str, str]]:
    """Return what the scheduler answers, beside what its formula says, a row a time."""
    formula = Experiment.parse({"schedule": SCHEDULERS[kind][1]}).schedule.at(times, 30)
    return [
        {
            "t": str(t),
            _("It answers"): _("fails") if rate is None else f"{rate:.4g}",
            _("Its formula"): f"{exact:.4g}",
        }
        for t, rate, exact in zip(times, asked(kind, times), formula, strict=True)
    ]


def train(at: Here) -> None:
    """Offer to train one of a step's experiments here, and show the run that does."""
    offered = _offered(at)
    if not offered:
        return
    choice = f"learn-one-{at.step.name}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="learn-train"):
        name = st.selectbox(_("Train it here"), [*offered], key=choice)
        seed = st.number_input(_("Seed"), 0, 9999, 0, key=SEED, width=130)
        one = offered[name](int(seed))
        st.button(verb("Train"), key="learn-launch", type="primary", on_click=doing(_submit),
                  args=(offered, choice))  # fmt: skip
        st.page_link(EXPLORE, label=_("Open it in Explore"),
                     query_params=link.write(link.Screen(one)))  # fmt: skip
    why_not()
    if at.run:
        live([at.run], key="learn-live")
        _compared(at.run)


def _offered(at: Here) -> dict[str, Callable[[int], Experiment]]:
    """Return the experiments of a step, by name, as functions of a seed."""
    recorded = [entry for shown in at.step.shows for entry in shown.at(at.place)]
    tell = len({entry.group for entry in recorded if " as " in entry.group}) > 1
    found: dict[str, Callable[[int], Experiment]] = {}
    for entry in recorded:
        ran = _("{}, as it ran") if entry.group.endswith("as run") else _("{}, as printed")
        found[ran.format(said(entry)) if tell else said(entry)] = entry.experiment
    for name, fields in at.step.trains:
        found[_(name)] = Entry(at.step.name, name, fields).experiment
    return found


def _submit(offered: dict[str, Callable[[int], Experiment]], choice: str) -> None:
    """Submit what is chosen now; what waits, trains or has ended here answers at once.

    The choice and the seed may be newer than the screen, when they came with the click.
    """
    one = offered[st.session_state[choice]](int(st.session_state[SEED]))
    st.query_params["run"] = str(store().submit(one).run)


def _compared(number: int) -> None:
    """Say where a run ended beside the recorded runs of the same schedule."""
    run = store().run(number)
    recorded = _same(run.experiment) if run else []
    if run is None or run.test_acc is None or run.state != "finished" or not recorded:
        return
    st.write(_("This run ended at a test accuracy of {here}; the recorded ones lie between {low} "
               "and {high} (n = {n}).").format(
        here=f"{run.test_acc:.4f}", low=f"{min(recorded):.4f}", high=f"{max(recorded):.4f}",
        n=len(recorded)))  # fmt: skip


def _same(one: Experiment) -> list[float]:
    """Return what the recorded runs of an experiment reached, whatever their seed."""
    wanted = without_seed(one)
    for entry in entries():
        if without_seed(entry.experiment()) == wanted:
            return finals(group(entry.group)[entry.name])
    return []
