"""Advice on lengths: too long or short for the run, never reached, or in the wrong unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrlab.schedules.advice.case import Case, Change, Finding, Rule
from lrlab.schedules.combinators import Sequence, Warmup
from lrlab.schedules.families import Multistep, Noam, Piecewise, WarmupStableDecay
from lrlab.schedules.places import Place
from lrlab.sentence import Sentence

TOLERANCE = 0.01  # of the run: a length so near to it was meant
PER_STEP = {"timescale", "every"}  # durations that are often a single update


def clock_mixed(case: Case) -> Iterator[Finding]:
    """Lengths that look like epochs on the clock of updates, or the reverse."""
    longest, steps = _longest(case), case.steps
    epochs = case.experiment.epochs
    if case.experiment.clock == "step":
        wrong, meant, clock = 0 < longest <= epochs and steps >= 4, Sentence("epochs"), "epoch"
    else:
        wrong, meant, clock = longest >= max(10 * epochs, steps), Sentence("updates"), "step"
    if wrong:
        yield Finding(
            "clock_mixed", ("clock",),
            Sentence("The longest time named is {longest}, in a run of {length}; it looks as if "
                     "{meant} were meant.", longest=case.span(longest),
                     length=case.span(case.length), meant=meant),
            "Lengths are in the clock's unit. One taken for the other makes a schedule that is "
            "over at once, or hardly begins.",
            [Change(Sentence("Count {meant}", meant=meant), {("clock",): clock})],
        )  # fmt: skip


def _longest(case: Case) -> float:
    return max((time for place in case.places for time in _times(place, case)), default=0.0)


def _times(place: Place, case: Case) -> Iterator[float]:
    values, parameters = place.schedule.values_of(), place.schedule.parameters()
    for name, parameter in parameters.items():
        value: Any = values[name]
        if parameter.type == "parts":
            yield from (part.length or 0.0 for part in value)
        elif parameter.unit == "clock" and name not in PER_STEP:
            if value is None:
                yield case.length if parameter.absent == "T" else 0.0
            else:
                yield from value if parameter.type == "list" else (value,)


def warmup_too_long(case: Case) -> Iterator[Finding]:
    """A warmup that takes the whole run or longer, so that nothing follows it."""
    for path, schedule, reach, to_end in case.places:
        name = "length" if isinstance(schedule, Warmup) else "warmup"
        if not isinstance(schedule, (Warmup, WarmupStableDecay, Noam)) or not to_end:
            continue
        length = getattr(schedule, name)
        if not 0 < reach <= length:
            continue
        shorter = max(1.0, float(f"{reach / 10:.2g}"))
        label = Sentence("Warm up for {span}", span=case.span(shorter))
        yield Finding(
            "warmup_too_long", (*path, name),
            Sentence("The warmup takes {length} of the {reach} that there are.",
                     length=case.span(length), reach=case.span(reach)),
            "A warmup as long as the run never lets the rate come to its own schedule.",
            [Change(label, {(*path, name): shorter})],
        )  # fmt: skip


def milestones_not_reached(case: Case) -> Iterator[Finding]:
    """Milestones, or points of a curve, that lie past the end of the run."""
    for path, schedule, reach, to_end in case.places:
        if not isinstance(schedule, (Multistep, Piecewise)) or not to_end:
            continue
        name = "milestones" if isinstance(schedule, Multistep) else "times"
        times = getattr(schedule, name)
        late = [time for time in times if time >= reach and time > 0]
        if name == "times":
            late = [time for time in late if time > reach]
        if not late:
            continue
        yield Finding(
            "milestones_not_reached", (*path, name),
            Sentence("The run ends at {end}, before {late} and more." if late[3:] else
                     "The run ends at {end}, before {late}.",
                     end=case.when(reach), late=", ".join(f"{time:.6g}" for time in late[:3])),
            "What lies past the end of the run is never trained with.",
            _fitting(path, name, times, reach),
        )  # fmt: skip


def _fitting(path: tuple, name: str, times: tuple[float, ...], reach: float) -> list[Change]:
    kept = [time for time in times if time < reach]
    fitted = [time / times[-1] * 0.75 * reach for time in times]
    fit = Change("Fit them into the run", {(*path, name): fitted})
    if name == "times" or not kept:
        return [fit]
    return [Change("Leave them out", {(*path, name): kept}), fit]


def length_unlike_run(case: Case) -> Iterator[Finding]:
    """A schedule that is over before the run is, or cut off by its end."""
    for place in case.places:
        length = place.schedule.values_of().get("length", 0.0)
        if isinstance(place.schedule, (Warmup, Sequence)) or not place.to_end or length == 0.0:
            continue
        if "length" not in place.schedule.parameters() or place.schedule.kind == "cooldown":
            continue
        yield from _compared(case, place, case.length if length is None else length)


def _compared(case: Case, place: Place, length: float) -> Iterator[Finding]:
    reach, place_of_length = place.reach, (*place.path, "length")
    if reach <= 0 or abs(length - reach) <= max(1.0, TOLERANCE * reach):
        return
    whole = None if reach == case.length else reach
    label = Sentence("Make it {span} long", span=case.span(reach))
    spans = {"length": case.span(length), "reach": case.span(reach)}
    if length < reach:
        yield Finding(
            "shorter_than_run", place_of_length,
            Sentence("The schedule is over after {length}; its last rate is held for {left}.",
                     left=case.span(reach - length), **spans),
            "The decay could use all of the run, unless the flat end is meant.",
            [Change(label, {place_of_length: whole})],
        )  # fmt: skip
    else:
        yield Finding(
            "longer_than_run", place_of_length,
            Sentence("The schedule takes {length}, but has only {reach}.", **spans),
            "It is cut off before it comes to its last rate.",
            [Change(label, {place_of_length: whole})],
        )  # fmt: skip


RULES: tuple[Rule, ...] = (clock_mixed, warmup_too_long, milestones_not_reached, length_unlike_run)
