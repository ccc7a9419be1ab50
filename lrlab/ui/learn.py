"""The lesson on screen: where a person stands, what they expect, and the ways on from there.

/learn?step=cosine&tab=pytorch; `case=` names the part of a step that has several, `run=` what
was trained here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from lrlab.errors import shown
from lrlab.lessons.answers import not_told_apart
from lrlab.lessons.further import STEPS
from lrlab.lessons.lesson import NAMES, TITLES, Place, Question, Step
from lrlab.ui.screens import LANDSCAPES, LEARN, RACE
from lrlab.ui.store import store
from lrlab.ui.sweeps import exercises, query
from lrlab.ui.text import _

GUESSES = "learn-guesses"  # what the session expected, by question; widgets forget when unseen
RACED = ("exercise-1", "exercise-2", "exercise-4")


@dataclass(frozen=True, slots=True)
class Here:
    """What an address says: the step, the place within it, the run that was trained here."""

    step: Step
    place: Place
    run: int | None = None
    faults: tuple[str, ...] = ()

    def query(self) -> dict[str, str]:
        """Return the address's query."""
        asked = {"step": self.step.name, "tab": self.place.tab}
        asked |= {"case": self.place.case} if self.place.case else {}
        return asked | ({"run": str(self.run)} if self.run else {})


def here(asked: Mapping[str, str]) -> Here:
    """Return where an address leads, with a sentence for each part that leads nowhere."""
    known = {step.name: step for step in STEPS}
    step = known.get(asked.get("step", ""), STEPS[0])
    tab, case = asked.get("tab", "pytorch"), asked.get("case", "")
    faults = []
    if asked.get("step", step.name) != step.name:
        faults.append(
            _("The address says step {}; the lesson begins at its start.").format(
                shown(asked["step"])
            )
        )
    if tab not in TITLES:
        faults.append(_("The address says tab {}; shown is PyTorch's.").format(shown(tab)))
    if case and case not in step.cases:
        faults.append(_("The address says case {}; shown is the first.").format(shown(case)))
    run = _run(asked.get("run", ""))
    if run is None and asked.get("run"):
        faults.append(_("The address says run {}; there is none.").format(shown(asked["run"])))
    first = step.cases[0] if step.cases else ""
    place = Place(tab if tab in TITLES else "pytorch", case if case in step.cases else first)
    return Here(step, place, run, tuple(faults))


def _run(text: str) -> int | None:
    if not re.fullmatch("[0-9]{1,9}", text):
        return None
    return int(text) if store().run(int(text)) else None


def head(at: Here) -> None:
    """Show the step's title, how far the lesson is, and its contents."""
    number = STEPS.index(at.step) + 1
    row = st.container(horizontal=True, vertical_alignment="center", key="learn-head")
    row.subheader(_(at.step.title), anchor=False, width="stretch")
    with row.popover(_("Step {n} of {all}").format(n=number, all=len(STEPS))):
        _contents(at)
    st.progress(number / len(STEPS))


def _contents(at: Here) -> None:
    """Offer all steps, this one marked, and those whose question was answered."""
    answered = {key[0] for key in st.session_state.get(GUESSES, {})}
    for number, each in enumerate(STEPS, start=1):
        words = f"{number}. {_(each.title)}"
        st.page_link(
            LEARN,
            label=f"**{words}**" if each == at.step else words,
            icon=":material/check:" if each.name in answered else None,
            query_params={"step": each.name, "tab": at.place.tab},
        )


def choose(at: Here) -> Here:
    """Offer the tabs and cases of a step where it has them; return the place that is chosen."""
    step, place = at.step, at.place
    if step.by_tab:
        tab = st.segmented_control(
            _("Tab of the chapter"), [*TITLES], default=place.tab, key=f"learn-tab-{step.name}",
            format_func=lambda name: TITLES[name],
        )  # fmt: skip
        place = replace(place, tab=tab or place.tab)
    if step.cases:
        words = _("Peak rate") if step.name == "divergence" else _("Experiment")
        case = st.pills(
            words,
            step.cases,
            default=place.case,
            key=f"learn-case-{step.name}",
            format_func=_case_name,
        )
        place = replace(place, case=case or place.case)
    return replace(at, place=place)


def _case_name(name: str) -> str:
    return _(NAMES.get(name, name))


def predict(at: Here) -> bool:
    """Ask for a prediction; return whether there is one, or none is asked for."""
    question = at.step.question
    if question is None:
        return True
    kept: dict[tuple[str, str, str], int] = st.session_state.setdefault(GUESSES, {})
    key = (at.step.name, at.place.tab if at.step.by_tab and question.by_tab else "", at.place.case)
    guess = st.radio(
        _(question.text), range(len(question.choices)), index=kept.get(key),
        format_func=lambda place: _(question.choices[place]), key="learn-guess-" + "-".join(key),
        horizontal=len(question.choices) > 5,
    )  # fmt: skip
    if guess is None:
        st.caption(_("Choose what you expect; then the runs are shown."))
        shown_now = st.toggle(_("Show them now"), key=f"learn-show-{at.step.name}")
        if shown_now:
            st.write(_(question.said))
        return shown_now
    kept[key] = guess
    _reveal(question, guess, at.place)
    return True


def _reveal(question: Question, guess: int, place: Place) -> None:
    answer = question.answer(place)
    if answer is None:
        st.info(_("There are no recorded runs here to answer it."))
    elif guess == answer:
        st.success(_("As you expected: {}").format(_(question.choices[answer])))
    else:
        st.warning(_("Otherwise than expected: {}").format(_(question.choices[answer])))
    st.write(_(question.said))


def exercise(step: Step) -> None:
    """Lead to where an exercise is done by hand, and say what the recorded sweep cannot tell."""
    if step.name in RACED:
        close = not_told_apart(step.shows[0].group)
        if close:
            st.write(_("Within the noise of the best: {}.").format(", ".join(close)))
        races = dict(zip(RACED, exercises(), strict=True))
        st.page_link(RACE, label=_("Race it here, with your own values"),
                     query_params=query(races[step.name][2]))  # fmt: skip
    elif step.name == "exercise-5":
        st.page_link(LANDSCAPES, label=_("Watch it sample a posterior that is known"),
                     query_params={"problem": "posterior"})  # fmt: skip


def way(at: Here) -> None:
    """Lead to the steps before and after."""
    number = STEPS.index(at.step)
    row = st.container(horizontal=True, horizontal_alignment="distribute", key="learn-way")
    for move, label in ((-1, _("Back: {}")), (1, _("Next: {}"))):
        if 0 <= number + move < len(STEPS):
            other = STEPS[number + move]
            row.page_link(LEARN, label=label.format(_(other.title)),
                          query_params={"step": other.name, "tab": at.place.tab})  # fmt: skip


def columns(step: Step) -> tuple[Any, Any]:
    """Return the places of the words and of the picture: a wide table has the page's width."""
    if step.view == "claims":
        return st.container(), st.container()
    left, right = st.columns([2, 3], gap="large")
    return left, right


def read(step: Step) -> None:
    """Show what a step says."""
    for paragraph in step.paragraphs:
        st.write(_(paragraph))


def keep(at: Here) -> None:
    """Write where a person stands to the address; a run of another step stays there."""
    asked = st.query_params.to_dict()
    kept = {name: text for name, text in asked.items() if name in {"lang", "embed"}}
    st.query_params.from_dict(kept | at.query())
