"""The rate of each update of a training: as planned, until the run or a hand decides otherwise.

    schedule → what an adaptive schedule decided → what a hand holds or scales → applied rates

The training room applies them, and whoever has a run's records works them out again. Knows
nothing of torch, stores or screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np

from lrlab.errors import InvalidInput, shown
from lrlab.experiment import Experiment
from lrlab.records import Evaluation
from lrlab.schedules import Decisions, Manual, Piecewise
from lrlab.schedules.decisions import tick
from lrlab.schedules.parameters import MAX_POINTS, MAX_RATE

Kind = Literal["set-lr", "hand-back", "hand-back-scaled"]


@dataclass(frozen=True, slots=True)
class Intervention:
    """What a hand did once so many updates were done; it holds from update number `update` on.

    `lr` is the rate that "set-lr" sets, None for the others.
    """

    update: int
    kind: Kind
    lr: float | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """What is done to the schedule's rates: one rate held instead, or a factor; or nothing."""

    held: float | None = None
    factor: float | None = None

    def over(self, rates: np.ndarray) -> np.ndarray:
        """Return what is applied where the schedule says `rates`, at most `MAX_RATE` if scaled."""
        if self.held is not None:
            return np.full_like(rates, self.held)
        if self.factor is None:
            return rates
        with np.errstate(over="ignore"):
            return np.minimum(rates * self.factor, MAX_RATE)

    def scaled(self, lr: float, update: int) -> Hand:
        """Return the hand that scales the schedule so that its rate `lr` becomes what is held.

        Raises InvalidInput where no factor does that.
        """
        assert self.held is not None
        with np.errstate(all="ignore"):
            factor = float(np.float64(self.held) / np.float64(lr))
        if not isfinite(factor):
            raise InvalidInput(
                "scaled",
                "is asked for at update {update}, where the schedule's rate is {lr:g}; allowed "
                "is it where a factor leads from that rate to the one that is held.",
                update=update,
                lr=lr,
            )
        return Hand(factor=factor)


class Rates:
    """`rates[update]` is the rate of update number `update`, from 0.

    Those of updates that are done stand; what is decided changes only what is still to come.
    An adaptive schedule goes on deciding under a hand.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._own = experiment.rates()  # the schedule's, true from the last decision on
        self._rates = self._own.copy()
        self._decisions = Decisions.of(experiment.schedule)
        self._hand = Hand()

    def __getitem__(self, update: int) -> float:
        return float(self._rates[update])

    def between(self, first: int, end: int) -> np.ndarray:
        """Return the rates of updates number `first` up to before `end`, float64."""
        return self._rates[first:end]

    @property
    def held(self) -> float | None:
        """The rate that a hand holds until it hands back; None while the schedule's apply."""
        return self._hand.held

    def observe(self, evaluation: Evaluation) -> None:
        """Let an adaptive schedule look at a finished epoch; it decides from the next tick on."""
        t = self._tick(evaluation.update)
        self._decide(self._decisions.observe(t, asdict(evaluation)), evaluation.update)

    def steer(self, lr: float, update: int) -> None:
        """Set the rate by hand, from update number `update` on; at the end nothing changes.

        The rate is held until it is handed back. Where a part of the schedule is `manual`,
        that part is moved instead, and nothing is held: it is a decision at the time at which
        the schedule is asked for that update (on the epoch clock that is its epoch's), and
        what is around it still applies: a warmup rises to the new rate, a scale multiplies it.
        Raises InvalidInput, and changes nothing, for a rate that cannot be used.
        """
        if not 0 <= lr <= MAX_RATE:
            raise InvalidInput(
                "lr",
                "is {value}; allowed is a number from 0 to {most:g}.",
                value=shown(lr),
                most=MAX_RATE,
            )
        if update >= self._experiment.updates:
            return
        if isinstance(self._decisions.leaf, Manual):
            self._decide(self._decisions.decide(self._asked(update), lr), update)
        else:
            self._take(Hand(held=float(lr)), update)

    def hand_back(self, update: int, *, scaled: bool = False) -> None:
        """Let the schedule's own rates apply again, from update number `update` on.

        scaled: times the factor by which the held rate differs from the schedule's at that
        update, so that the rate does not jump; it is at most `MAX_RATE`. Without it an earlier
        factor goes too. Where nothing is held, and at the end, nothing changes. Raises
        InvalidInput where the schedule's rate is 0 there or so small that there is no such
        factor.
        """
        if update >= self._experiment.updates or (scaled and self.held is None):
            return
        hand = self._hand.scaled(float(self._own[update]), update) if scaled else Hand()
        self._take(hand, update)

    def intervene(self, intervention: Intervention) -> None:
        """Do what a hand did; raises InvalidInput as `steer` and `hand_back` do."""
        if intervention.kind == "set-lr":
            assert intervention.lr is not None
            self.steer(intervention.lr, intervention.update)
        else:
            scaled = intervention.kind == "hand-back-scaled"
            self.hand_back(intervention.update, scaled=scaled)

    def dump(self, update: int) -> dict[str, Any]:
        """Return what `restore` needs after `update` updates, JSON-ready."""
        lr = self[update - 1] if update else None
        return {"lr": lr, **asdict(self._hand), **self._decisions.dump()}

    def restore(self, dumped: Mapping[str, Any], update: int) -> None:
        """Take up what `dump` wrote after `update` updates of the same schedule."""
        self._decide(self._decisions.restore(dumped), update)
        self._take(Hand(dumped["held"], dumped["factor"]), update)
        self.follow(dumped, update)

    def follow(self, dumped: Mapping[str, Any], update: int) -> None:
        """Begin with update number `update`, after those of another schedule that wrote `dump`."""
        if update:
            self._rates[update - 1] = dumped["lr"]

    def _asked(self, update: int) -> float:
        """Return the time at which the schedule is asked for the rate of an update."""
        experiment = self._experiment
        late = experiment.steps_per_epoch if experiment.clock == "epoch" else 1
        return self._tick(max(0, update - experiment.lag * late))

    def _tick(self, update: int) -> float:
        experiment = self._experiment
        return tick(update, clock=experiment.clock, steps_per_epoch=experiment.steps_per_epoch)

    def _decide(self, decisions: Decisions, update: int) -> None:
        """Take `decisions` and, where they are others, plan the rates from `update` on."""
        if (decisions.times, decisions.rates) != (self._decisions.times, self._decisions.rates):
            decided = self._experiment.model_copy(update={"schedule": decisions.schedule()})
            self._own = decided.rates()
            self._take(self._hand, update)
        self._decisions = decisions

    def _take(self, hand: Hand, update: int) -> None:
        self._hand = hand
        self._rates[update:] = hand.over(self._own[update:])


def applied_rates(
    experiment: Experiment,
    interventions: Iterable[Intervention],
    evaluations: Iterable[Evaluation],
) -> np.ndarray:
    """Return the rate that a run applied, or will as things stand, at each update.

    float64 [updates], equal (==) to the run's own. interventions: in the order in which they
    took effect; those that were refused are none. evaluations: the run's, which an adaptive
    schedule looked at; an epoch's end comes before what a hand did at the same update.
    """
    rates = Rates(experiment)
    happened: list[Evaluation | Intervention] = [*evaluations, *interventions]
    for each in sorted(happened, key=lambda each: (each.update, isinstance(each, Intervention))):
        if isinstance(each, Intervention):
            rates.intervene(each)
        else:
            rates.observe(each)
    return rates.between(0, experiment.updates).copy()


def as_piecewise(experiment: Experiment, rates: np.ndarray) -> Experiment:
    """Return the experiment with a schedule in steps that gives exactly these rates.

    rates: float64 [updates], as `applied_rates` returns them. The clock is the epoch where
    each epoch has one rate, else the step. Raises InvalidInput for more steps than a piecewise
    schedule may have, and for rates above its highest.
    """
    epochs = rates.reshape(experiment.epochs, experiment.steps_per_epoch)
    by_epoch = bool((epochs == epochs[:, :1]).all())
    ticks = epochs[:, 0] if by_epoch else rates
    places = np.flatnonzero(np.diff(ticks, prepend=np.nan))  # NaN differs from everything
    _check_steps(len(places), float(ticks.max()))
    steps = Piecewise(
        times=tuple(places.astype(float).tolist()),
        values=tuple(ticks[places].tolist()),
        interpolation="constant",
    )
    clock = "epoch" if by_epoch else "step"
    changed = {"schedule": steps, "clock": clock, "lag": 0, "initial_lr": None}
    return Experiment.model_validate({**dict(experiment), **changed})


def _check_steps(count: int, highest: float) -> None:
    if count > MAX_POINTS:
        raise InvalidInput(
            "rates",
            "have {count} steps; allowed in a piecewise schedule are {max_points}.",
            count=count,
            max_points=MAX_POINTS,
        )
    if highest > MAX_RATE:
        raise InvalidInput(
            "rates",
            "go up to {highest:g}; allowed in a piecewise schedule is at most {most:g}.",
            highest=highest,
            most=MAX_RATE,
        )
