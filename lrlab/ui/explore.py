"""What the explore page remembers between its reruns, and how its controls change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs import FINAL, Run, StoreError
from lrlab.runs.labels import WHAT_IF
from lrlab.schedules import Schedule, latex
from lrlab.schedules.export import LIBRARIES, export
from lrlab.schedules.places import Path
from lrlab.ui import link
from lrlab.ui.advice import advice_on
from lrlab.ui.branching import check_origin
from lrlab.ui.editor import reported
from lrlab.ui.link import MOST_RUNS, PIN_NAME, SLOTS, Pin, Screen
from lrlab.ui.preview import wishes
from lrlab.ui.replay import check_run, chosen
from lrlab.ui.store import store

EDITOR, PREVIEW, REPLAY = "editor", "preview", "replay"
MOST_UNDONE = 50  # changes that can be taken back
FORMULA_WIDTH = 540  # pixels; a narrower page gives it all of its width
FORMULA_HEIGHTS = {1: 104, 2: 140}  # pixels, by lines


@dataclass
class Explore:
    """The page's state in one session.

    `query` is what the address bar was last known to say; `revision` counts the
    times that the address, and not the hand, decided; `error` is the editor's
    last fault, `link_error` the link's, `refusal` the store's; `stored` is the run
    that answered Train without being new; `gone` are runs that the screen named and
    the lab has not; `report` and `granted` say what of the
    browser's news has been taken; `past` and `future` are what undo and redo lead to.
    """

    screen: Screen
    query: dict[str, str]
    revision: int = 0
    error: InvalidInput | None = None
    link_error: InvalidInput | None = None
    refusal: StoreError | InvalidInput | None = None
    stored: int | None = None
    gone: tuple[int, ...] = ()
    report: dict[str, Any] | None = None
    granted: int = 0
    past: list[Experiment] = field(default_factory=list)
    future: list[Experiment] = field(default_factory=list)

    def open(self, query: dict[str, str]) -> None:
        """Take the screen that a link or the back button asks for; defaults where it is broken."""
        self.query = query
        self.revision += 1
        self.error = self.link_error = self.refusal = self.stored = None
        self.gone = ()
        before = self.screen.experiment
        try:
            self.screen = link.read(query)
            self._remember(before)
            check_run(self.screen.replay)
            check_origin(self.screen.branch)
        except InvalidInput as error:
            self.screen, self.link_error = link.initial(), error

    def come_back(self, query: dict[str, str]) -> None:
        """Go on where another page was left from, or take the screen of the link that led here."""
        if query:
            return self.open(query)
        self.query = query
        self.revision += 1
        self.report = None
        return None

    def edit(self) -> None:
        """Take what the editor reports; a fault leaves the last valid experiment."""
        report = reported(EDITOR)
        if report is None or report == self.report:
            return
        self.report = report
        self.link_error = self.error = self.stored = None
        try:
            fields = {name: value for name, value in report.items() if name != "revision"}
            self._take(Experiment.parse(fields))
        except InvalidInput as error:
            self.error = error

    def _take(self, experiment: Experiment) -> None:
        """Hold another experiment, and remember the one before."""
        before = self.screen.experiment
        self.screen = replace(self.screen, experiment=experiment)
        self._remember(before)

    def _remember(self, before: Experiment) -> None:
        if before != self.screen.experiment:
            self.past = [*self.past[1 - MOST_UNDONE :], before]
            self.future = []
            self.gone = ()

    def undo(self) -> None:
        """Go back to the experiment before the last change, whoever made it."""
        self.edit()  # the button's callback comes before the component's
        if self.past:
            self.future.append(self.screen.experiment)
            self._go(self.past.pop())

    def redo(self) -> None:
        """Take back the last undoing."""
        self.edit()  # the button's callback comes before the component's
        if self.future:
            self.past.append(self.screen.experiment)
            self._go(self.future.pop())

    def _go(self, experiment: Experiment) -> None:
        self.screen = replace(self.screen, experiment=experiment)
        self.revision += 1
        self.error = self.refusal = self.stored = None
        self.gone = ()

    def wish(self) -> None:
        """Do what was asked of the preview, each wish once."""
        for wish in wishes(PREVIEW):
            if wish.number <= self.granted:
                continue
            self.granted = wish.number
            if wish.kind == "log":
                self.screen = replace(self.screen, log=bool(wish.value))
            elif wish.kind == "pin":
                self._pin()
            elif wish.kind == "name":
                self._name(wish.value, wish.text)
            elif wish.kind == "colour":
                self._colour(wish.value, int(wish.text))
            else:
                self._unpin(wish.value)

    def choose(self) -> None:
        """Take what an adaptive schedule is to be replayed against; a fault leaves the last."""
        try:
            choice = chosen(REPLAY)
        except InvalidInput as error:
            self.error = error
        else:
            if choice:
                self.screen = replace(self.screen, replay=choice[0], drawn=choice[1])

    def _pin(self) -> None:
        pins, experiment = self.screen.pins, self.screen.experiment
        free = [slot for slot in SLOTS if slot not in {pin.slot for pin in pins}]
        if free and experiment not in {pin.experiment for pin in pins}:
            pin = Pin(experiment.title[:PIN_NAME], experiment, free[0])
            self.screen = replace(self.screen, pins=(*pins, pin))

    def _name(self, slot: int, name: str) -> None:
        """Give a pin a name; without one it has its schedule's."""
        self._repin(lambda pin: replace(pin, name=" ".join(name.split())[:PIN_NAME]
                                        or pin.experiment.title[:PIN_NAME])
                    if pin.slot == slot else pin)  # fmt: skip

    def _colour(self, slot: int, wanted: int) -> None:
        """Give a pin another colour; the pin that had it takes this one's."""
        places = {slot: wanted, wanted: slot}
        if wanted in SLOTS:
            self._repin(lambda pin: replace(pin, slot=places.get(pin.slot, pin.slot)))

    def _repin(self, change: Callable[[Pin], Pin]) -> None:
        pins = tuple(map(change, self.screen.pins))
        self.screen = replace(self.screen, pins=pins)

    def _unpin(self, slot: int) -> None:
        pins = tuple(pin for pin in self.screen.pins if pin.slot != slot)
        self.screen = replace(self.screen, pins=pins)

    def train(self, *, anew: bool = False) -> None:
        """Submit the experiment, as the editor last reported it, and show the run that answers.

        One that was trained before answers at once, unless it is to be trained `anew`.
        """
        self.edit()  # the button's callback comes before the component's
        self.refusal = self.stored = None
        if self.error:
            return
        try:
            answer = store().submit(self.screen.experiment, anew=anew, parent=self.screen.branch)
        except (StoreError, InvalidInput) as error:
            self.refusal = error
            return
        self.stored = None if answer.fresh else answer.run
        if self.stored and (run := store().run(self.stored)) and WHAT_IF in run.tags:
            # It answered a release, and is a run of its own now: lists leave it out no more.
            store().label(self.stored, tags={*run.tags} - {WHAT_IF})
        self.show(answer.run)

    def branch(self, run: Run, update: int) -> None:
        """Have Train go on from where a run was after `update` updates, with its settings."""
        self._take(run.experiment)
        self.screen = replace(self.screen, branch=(run.id, update))
        self.revision += 1
        self.error = self.refusal = self.stored = None

    def leave_branch(self) -> None:
        """Have Train begin at the start again; what the editor holds stays."""
        self.edit()  # the button's callback comes before the component's
        self.screen = replace(self.screen, branch=None)
        self.refusal = self.stored = None

    def take(self, experiment: Experiment) -> None:
        """Have the editor hold another experiment; what is pinned and drawn stays."""
        self._take(experiment)
        self.revision += 1
        self.error = self.link_error = self.refusal = self.stored = None

    def mend(self, code: str, place: Path) -> None:
        """Take the mend of a piece of advice, as it is for what the editor last reported."""
        self.edit()  # the button's callback comes before the component's
        for one in advice_on(self.screen.experiment):
            if (one.code, one.place) == (code, place) and one.mend:
                self._take(one.mend)
                self.revision += 1
                self.error = None

    def show(self, run: int) -> None:
        """Add a run to the charts, the newest; past the most that fit, the oldest leaves."""
        others = (each for each in self.screen.runs if each != run)
        self.screen = replace(self.screen, runs=(*others, run)[-MOST_RUNS:])

    def switch(self, on: bool) -> None:
        """Take whether every release is to be answered by a short training."""
        self.screen = replace(self.screen, whatif=on)

    def forget(self, runs: Iterable[int]) -> None:
        """Take runs that are not there out of the charts, and keep which, to be said."""
        gone = tuple(runs)
        kept = tuple(run for run in self.screen.runs if run not in gone)
        self.screen = replace(self.screen, runs=kept)
        self.gone = gone or self.gone

    def write_link(self) -> None:
        """Put the screen into the address bar, if it says something else."""
        if self.link_error:
            return
        query = {} if self.screen == link.initial() else link.write(self.screen)
        if query != self.query:
            self.query = query
            st.query_params.from_dict(query)


def explore() -> Explore:
    """Return the session's state, brought up to what the address bar says.

    Only an opened link and the back and forward buttons decide by the address: a rerun
    asked for before the last link reached the browser still brings the one before it.
    """
    query = st.query_params.to_dict()
    context = get_script_run_ctx()
    if "explore" not in st.session_state:
        state = st.session_state["explore"] = Explore(link.initial(), {})
        state.open(query)
        state.past = []  # nobody made the first screen
        return state
    state = st.session_state["explore"]
    if st.session_state.get("arrived"):
        state.come_back(query)
    elif context and context.is_history_navigation:
        state.open(query)
    return state


def formula(schedule: Schedule) -> None:
    """Show the formula; a long one scrolls, so that the charts below stay in view."""
    lines = min(2, 1 + len(schedule.children()))
    with st.container(width=FORMULA_WIDTH, height=FORMULA_HEIGHTS[lines], border=False,
                      key="formula"):  # fmt: skip
        st.latex(rf"\small {latex(schedule)}")


def split(runs: Iterable[int], stored: int | None = None) -> tuple[list[int], list[int], list[int]]:
    """Sort runs into those to follow, the final ones behind them, and those that are not there.

    When all are final, the newest is the one to follow; the one that was `stored` is, too.
    """
    found = {number: store().run(number) for number in runs}
    there = {number: run for number, run in found.items() if run}
    front = [number for number, run in there.items() if run.state not in FINAL or number == stored]
    front = front or list(there)[-1:]
    behind = [number for number in there if number not in front]
    return front, behind, [number for number in found if number not in there]


def code(experiment: Experiment, library: str = "torch") -> str:
    """Return a library's source of the experiment's schedule, on its clock and with its lag.

    Where the library has nothing that does the same, a comment says why.
    """
    try:
        return export(
            experiment.schedule,
            library,
            epochs=experiment.epochs,
            steps_per_epoch=experiment.steps_per_epoch,
            clock=experiment.clock,
            lag=experiment.lag,
            initial_lr=experiment.initial_lr,
        )
    except InvalidInput as error:
        return f"{LIBRARIES[library].comment} {error}"
