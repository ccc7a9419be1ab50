"""The instant what-if: a training at every release, on a CPU of the schedule's shape in small.

It goes through the store like any run, tagged so that the list of runs leaves it out, and one at
a time: the one before is cancelled where it has not ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from lrlab.errors import InvalidInput
from lrlab.experiment import Experiment
from lrlab.runs import FINAL, State, StoreError
from lrlab.runs.labels import WHAT_IF
from lrlab.ui.live import live
from lrlab.ui.refusals import refused
from lrlab.ui.store import store
from lrlab.ui.text import _

EPOCHS, EXAMPLES, BATCH = 2, 2560, 64  # about two seconds on two processor cores
SHOWN = 5  # the newest and those that fade behind it


@dataclass
class Tries:
    """The what-ifs of one session, the newest last; `refusal` is why the last did not start."""

    runs: list[int] = field(default_factory=list)
    tried: Experiment | None = None
    refusal: InvalidInput | StoreError | None = None

    def answer(self, one: Experiment) -> None:
        """Train the short form of an experiment, unless it is the one that was tried last."""
        if one == self.tried:
            return
        self.tried, self.refusal = one, None
        try:
            self._cancel()
            answer = store().submit(trained(one), name=_("What if"))
            if answer.fresh:
                store().label(answer.run, tags=[WHAT_IF])
        except (InvalidInput, StoreError) as error:
            self.refusal = error
            return
        others = [run for run in self.runs if run != answer.run]
        self.runs = [*others, answer.run][-SHOWN:]

    def _cancel(self) -> None:
        run = store().run(self.runs[-1]) if self.runs else None
        if run and run.state not in FINAL and WHAT_IF in run.tags:
            store().cancel(run.id)


def trained(one: Experiment) -> Experiment:
    """Return what a release trains: all of the run where the lab has a GPU, else its short form."""
    return one if on_gpu() else short(one)


def on_gpu() -> bool:
    """Return whether the last run that finished here did so on a GPU."""
    last = store().list(limit=1, states=[State.FINISHED])
    return any((run.device or "").startswith("cuda") for run in last)


def short(one: Experiment) -> Experiment:
    """Return an experiment's short form: its schedule's shape over a few small epochs.

    The rates are those of the whole run at places equally far apart, one an update.
    """
    examples = min(EXAMPLES, one.train_examples)
    batch = min(BATCH, one.batch_size)
    steps = -(-examples // batch) * EPOCHS
    rates = one.rates()
    places = np.linspace(0, len(rates) - 1, steps).round().astype(int)
    kept = {"schedule", "clock", "lag", "initial_lr", "epochs", "train_examples", "batch_size",
            "averages", "average_from", "ema_decay", "instruments", "range_test"}  # fmt: skip
    schedule = {
        "kind": "piecewise",
        "times": [float(step) for step in range(steps)],
        "rates": [float(f"{rate:.6g}") for rate in rates[places]],
        "interpolation": "constant",
    }
    return Experiment.parse(
        one.model_dump(mode="json", exclude=kept)
        | {"schedule": schedule, "clock": "step", "epochs": EPOCHS, "train_examples": examples,
           "batch_size": batch}
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """The switch as it stands: whether it is on, and the session's tries."""

    on: bool
    tries: Tries


def switch(*, on: bool, key: str) -> Offer:
    """Offer the switch; return how it stands."""
    tries: Tries = st.session_state.setdefault("what-if", Tries())
    wanted = st.toggle(_("Instant what-if"), value=on, key=key)
    return Offer(wanted, tries)


def show(offer: Offer, one: Experiment) -> None:
    """Train what is held, in short or whole, and draw it with the last ones behind."""
    offer.tries.answer(one)
    if offer.tries.refusal:
        refused(offer.tries.refusal)
    if offer.tries.runs:
        st.caption(said(one))
        *before, newest = offer.tries.runs
        live([newest], behind=before, key="what-if-live")


def said(one: Experiment) -> str:
    """Return what is trained at a release."""
    if on_gpu():
        return _("What if, at once: the whole run, on the GPU. The last ones fade behind.")
    small = short(one)
    return _("What if, at once: {epochs} epochs of {examples} images in batches of {batch}, at "
             "rates of this shape. The last ones fade behind.").format(
        epochs=small.epochs, examples=small.train_examples, batch=small.batch_size)  # fmt: skip
