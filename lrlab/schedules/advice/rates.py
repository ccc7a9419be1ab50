"""Advice on rates: too high, rising where they should fall, jumping, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrlab.schedules.advice.case import Case, Change, Finding, Rule
from lrlab.schedules.base import Schedule
from lrlab.schedules.combinators import Cooldown, Sequence, Warmup
from lrlab.schedules.families import CosineWaves
from lrlab.schedules.places import Path, Place
from lrlab.sentence import Sentence

CLIMB = 0.05  # of the peak: a rise so small at the end is not worth a word
JUMP = 1.1  # a rate so many times the one before it is a jump
JUST_BEFORE = 1 - 1e-6


def above_stable(case: Case) -> Iterator[Finding]:
    """A peak above what a range test found stable."""
    peak, stable = float(case.rates.max()), case.stable_lr
    if stable is None or peak <= stable * (1 + 1e-9):
        return
    scaled = {"kind": "scale", "factor": stable / peak, "inner": case.experiment.schedule.spec()}
    yield Finding(
        "above_stable", ("schedule",),
        Sentence("The rate peaks at {peak:.3g}; the range test was stable up to {stable:.3g}.",
                 peak=peak, stable=stable),
        "Above the stable rate the loss is likely to grow instead of falling.",
        [Change(Sentence("Scale it to peak at {stable:.3g}", stable=stable),
                {("schedule",): scaled})],
    )  # fmt: skip


def factor_above_one(case: Case) -> Iterator[Finding]:
    """A factor above 1 where each one should make the rate smaller."""
    for path, schedule, *_ in case.places:
        for name in ("factor", "peak_factor"):
            factor = schedule.values_of().get(name, 1.0)
            if factor <= 1 or schedule.kind in ("scale", "greedy"):
                continue
            smaller = float(f"{1 / factor:.3g}")
            yield Finding(
                "factor_above_one", (*path, name),
                Sentence("The factor {factor:g} makes the rate grow each time.", factor=factor),
                "A decay needs a factor below 1; a rate that grows without end diverges.",
                [Change(Sentence("Use {smaller:g}", smaller=smaller), {(*path, name): smaller})],
            )  # fmt: skip


def ends_above_base(case: Case) -> Iterator[Finding]:
    """A last rate above the first one, in a schedule that is to fall."""
    for place in case.places:
        path, schedule, *_ = place
        values = schedule.values_of()
        last, first = values.get("final_lr"), values.get("base_lr")
        changes = [Change("Swap the two", {(*path, "base_lr"): last, (*path, "final_lr"): first})]
        if isinstance(schedule, Cooldown):
            first = case.at(schedule.inner, schedule.start)
            ends = [0.0] if schedule.shape != "exponential" else [first / 100]
            changes = [
                Change(Sentence("End at {end:.3g}", end=end), {(*path, "final_lr"): end})
                for end in ends
            ]
        if last is None or first is None or last <= first or _is_a_rise(place):
            continue
        yield Finding(
            "ends_above_base", (*path, "final_lr"),
            Sentence("The last rate, {last:.3g}, is above {first:.3g}, from which it should fall.",
                     last=last, first=first),
            "A schedule that ends higher than it began leaves training noisy at the end.", changes,
        )  # fmt: skip


def _is_a_rise(place: Place) -> bool:
    """Whether a part of a sequence before its last one: a warmup is made so."""
    return not place.to_end


def climbs_at_end(case: Case) -> Iterator[Finding]:
    """A rate that has fallen and climbs again before the run is over."""
    rates, peak = case.rates, float(case.rates.max())
    fall = np.maximum.accumulate(rates) - rates
    climbed = np.minimum(fall, rates[-1] - rates) > CLIMB * peak
    if not climbed.any():
        return
    lows = np.flatnonzero(climbed & (rates <= rates[climbed].min() + 1e-6 * peak))
    low, begin = float(rates[lows[-1]]), float(case.times[lows[-1]])
    yield Finding(
        "climbs_at_end", ("schedule",),
        Sentence("The rate falls to {low:.3g} at {when} and ends higher, at {last:.3g}.",
                 low=low, when=case.when(begin), last=rates[-1]),
        "The end of the run decides; with a high rate there, what was learned stays noisy.",
        [*_whole_waves(case), _hold(case, begin, low)],
    )  # fmt: skip


def _whole_waves(case: Case) -> Iterator[Change]:
    for path, schedule, reach, _ in case.places:
        if isinstance(schedule, CosineWaves) and not schedule.hard:
            cycles = max(0.5, np.floor(schedule.cycles) - 0.5)
            yield Change(
                Sentence("Make it {cycles:g} waves", cycles=cycles), {(*path, "cycles"): cycles}
            )
        elif "peak_factor" in schedule.parameters():
            stretch = schedule.values_of()["period_factor"]
            yield from _whole_cycles(path, reach, stretch, schedule.values_of()["period"])


def _whole_cycles(path: Path, reach: float, stretch: float, period: float) -> Iterator[Change]:
    lengths = np.cumsum(stretch ** np.arange(12.0))
    for count in np.argsort(np.abs(lengths * period - reach))[:2]:
        fitted = float(f"{reach / lengths[count]:.6g}")
        label = Sentence("Fit {count} whole cycles into the run" if count else
                         "Fit 1 whole cycle into the run", count=count + 1)  # fmt: skip
        yield Change(label, {(*path, "period"): fitted})


def _hold(case: Case, begin: float, low: float) -> Change:
    lag = case.experiment.lag and float(case.times[1])
    parts = [
        {"schedule": case.experiment.schedule.spec(), "length": begin - lag},
        {"schedule": {"kind": "constant", "base_lr": low}, "length": None},
    ]
    label = Sentence("Hold {low:.3g} from {when} on", low=low, when=case.when(begin))
    return Change(label, {("schedule",): {"kind": "sequence", "parts": parts}})


def jump_at_join(case: Case) -> Iterator[Finding]:
    """Two schedules that meet at different rates."""
    for path, schedule, reach, _ in case.places:
        if isinstance(schedule, Warmup) and schedule.mode == "constant":
            yield from _warmup_jump(case, path, schedule, reach)
        if isinstance(schedule, Sequence):
            yield from _sequence_jumps(case, path, schedule, reach)


def _warmup_jump(case: Case, path: Path, warmup: Warmup, reach: float) -> Iterator[Finding]:
    after = case.at(warmup.inner, 0.0 if warmup.shift else warmup.length)
    if 0 < warmup.length < reach:
        linear = Change("Rise along a line", {(*path, "mode"): "linear"})
        yield from _jump(case, (*path, "mode"), (warmup.begin_lr, after), warmup.length, [linear])


def _sequence_jumps(case: Case, path: Path, sequence: Sequence, reach: float) -> Iterator[Finding]:
    join = 0.0
    for index, (part, following) in enumerate(
        zip(sequence.parts, sequence.parts[1:], strict=False)
    ):
        length, join = part.length or 0.0, join + (part.length or 0.0)
        if join >= reach:
            return
        if {part.schedule.kind, following.schedule.kind} == {"constant"}:
            continue  # steps by hand
        before = case.at(part.schedule, length * JUST_BEFORE)
        after = case.at(following.schedule, 0.0)
        place = (*path, "parts", index + 1, "schedule")
        changes = [_scaled(place, following.schedule, before / after)] if before and after else []
        yield from _jump(case, place, (before, after), join, changes)


def _scaled(place: Path, schedule: Schedule, factor: float) -> Change:
    spec = {"kind": "scale", "factor": factor, "inner": schedule.spec()}
    return Change("Begin where the last part ends", {place: spec})


def _jump(
    case: Case, place: Path, rates: tuple[float, float], join: float, changes: list[Change]
) -> Iterator[Finding]:
    before, after = rates
    ratio = after / before if before else (1.0 if after == 0 else np.inf)
    if 1 / JUMP <= ratio <= JUMP:
        return
    finite = np.isfinite(ratio) and ratio > 0
    yield Finding(
        "jump_at_join", place,
        Sentence("At {when} the rate jumps from {before:.3g} to {after:.3g}, {ratio:.3g} times "
                 "as much." if finite else
                 "At {when} the rate jumps from {before:.3g} to {after:.3g}.",
                 when=case.when(join), before=before, after=after, ratio=ratio),
        "Where two schedules meet at different rates, the loss often jumps with them.", changes,
    )  # fmt: skip


def zero_for_an_epoch(case: Case) -> Iterator[Finding]:
    """A first epoch at rate 0, in which nothing is learned."""
    per_epoch = 1 if case.experiment.clock == "epoch" else case.steps
    if case.rates[:per_epoch].any() or not case.rates.any():
        return
    still = int(np.argmax(case.rates > 0)) // per_epoch
    yield Finding(
        "zero_for_an_epoch", ("schedule",),
        Sentence("The rate is 0 for the first epoch." if still == 1 else
                 "The rate is 0 for the first {still} epochs.", still=still),
        "An update with rate 0 changes nothing: those epochs are lost. The loop that asks one tick "
        "late doubles them." if case.experiment.lag else
        "An update with rate 0 changes nothing: those epochs are lost.",
        [*_begin_above(case), Change("Let the rate move with every update",
                                     {("clock",): "progress"})],
    )  # fmt: skip


def _begin_above(case: Case) -> Iterator[Change]:
    for path, schedule, *_ in case.places:
        if isinstance(schedule, Warmup) and schedule.length > 0:
            join = case.at(schedule.inner, 0.0 if schedule.shift else schedule.length)
            begin = float(f"{join / (schedule.length + 1):.3g}")
            values = {(*path, "begin_lr"): begin, ("initial_lr",): None}
            yield Change(Sentence("Start the warmup at {begin:g}", begin=begin), values)


RULES: tuple[Rule, ...] = (
    above_stable, factor_above_one, ends_above_base, climbs_at_end, jump_at_join,
    zero_for_an_epoch,
)  # fmt: skip
