"""What the recorded runs, and the chapter's code run here, answer to the lesson's questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from statistics import mean

import numpy as np

from lrlab.comparing import paired
from lrlab.lessons.chapter import CASES
from lrlab.lessons.claims import CLAIMS, verdict
from lrlab.lessons.lesson import Answer, Place
from lrlab.lessons.programme import Entry, entries
from lrlab.lessons.recorded import Recorded, by_seed, group, last_measure, learnt
from lrlab.lessons.schedulers import asked

VERDICTS = ("holds", "does not hold", "within the noise")
LATE, COUNTED, USED_UP, AS_PRINTED = range(4)


def claim(name: str) -> Answer:
    """Return which of (yes, no, cannot be told) the runs of a tab answer to a claim."""
    asked_for = next(each for each in CLAIMS if each.name == name)
    return lambda place: _place(VERDICTS, verdict(asked_for.measured(place.tab)))


def better(ours: Mapping[int, float], theirs: Mapping[int, float]) -> int | None:
    """Return which of (yes, no, cannot be told) the pairs of seeds answer."""
    return _place(VERDICTS, verdict(paired(ours, theirs)))


def _place(among: Sequence[str], one: str) -> int | None:
    return among.index(one) if one in among else None


def spread(bounds: Sequence[float]) -> Answer:
    """Return between which bounds the last test accuracies of one experiment's seeds lie apart."""

    def answer(place: Place) -> int | None:
        reached = by_seed(group(f"{place.tab} as run")["constant"])
        if len(reached) < 2:
            return None
        apart = max(reached.values()) - min(reached.values())
        return sum(apart >= bound for bound in bounds)

    return answer


def best_of(name: str) -> str | None:
    """Return the entry of a group with the highest mean test accuracy over all its seeds."""
    reached = {each: by_seed(runs) for each, runs in group(name).items()}
    means = {each: mean(found.values()) for each, found in reached.items() if found}
    return max(means, key=lambda each: means[each]) if means else None


def best(name: str) -> Answer:
    """Return the place of the best entry of a group."""

    def answer(place: Place) -> int | None:
        found = best_of(name)
        return None if found is None else [*group(name)].index(found)

    return answer


def not_told_apart(name: str) -> list[str]:
    """Return the entries whose difference from the best of a group is within the noise.

    Those of which a seed broke down are left out: their own spread would hide any difference.
    """
    best_one = best_of(name)
    if best_one is None:
        return []
    runs = group(name)
    top = by_seed(runs[best_one])
    found = {each: paired(by_seed(runs[each]), top) for each in runs
             if each != best_one and all(map(learnt, runs[each]))}  # fmt: skip
    return [each for each, apart in found.items() if apart is None or not apart.beyond_noise]


def matters(name: str, usual: str) -> Answer:
    """Return (yes, no): whether the best of a group is beyond the noise from the usual entry."""

    def answer(place: Place) -> int | None:
        found = best_of(name)
        if found is None:
            return None
        return int(found == usual or usual in not_told_apart(name))

    return answer


def none_learns(name: str, names: Sequence[str]) -> Answer:
    """Return the place of the entry of which no seed learns."""

    def answer(place: Place) -> int | None:
        runs = group(name)
        fallen = [at for at, each in enumerate(names) if runs[each] and not any(
            map(learnt, runs[each]))]  # fmt: skip
        return fallen[0] if len(fallen) == 1 else None

    return answer


def how_many_learn(name: str, entry: str) -> Answer:
    """Return (all, some, none) of an entry's seeds."""

    def answer(place: Place) -> int | None:
        found = [learnt(run) for run in group(name)[entry]]
        if not found:
            return None
        return 0 if all(found) else 1 if any(found) else 2

    return answer


def warmup_saves(place: Place) -> int | None:
    """Return (more, as many, fewer): the seeds that learn with a warmup, at the place's peak."""
    runs = group("divergence")
    warm, cold = runs[f"{place.case}, warmed up"], runs[place.case]
    if not (warm and cold):
        return None
    more = sum(map(learnt, warm)) - sum(map(learnt, cold))
    return 0 if more > 0 else 1 if more == 0 else 2


def averaged(place: Place) -> int | None:
    """Return whether the mean of the weights beats the last ones at the place's schedule."""
    runs = group("averages")[place.case]
    swa = {run.experiment.seed: last_measure(run, "swa_test_acc") for run in runs}
    return better(swa, by_seed(runs))


def plateau_beats_constant(place: Place) -> int | None:
    """Return whether halving on a plateau beats the constant rate that it starts from."""
    return better(by_seed(group("progress")["plateau"]), by_seed(group("fixed rates")["0.3"]))


def really(place: Place) -> int:
    """Return how a tab's code differs from what is printed, by the two experiments' rates."""
    run, printed = (find(f"{place.tab} {way}", place.case) for way in ("as run", "as printed"))
    if np.array_equal(run.experiment().rates(), printed.experiment().rates()):
        return AS_PRINTED
    if run.experiment().schedule != printed.experiment().schedule:
        return USED_UP
    return LATE if run.experiment().lag else COUNTED


def find(name: str, entry: str) -> Entry:
    """Return an entry of the programme."""
    return next(each for each in entries() if (each.group, each.name) == (name, entry))


def first_of_factor(choices: Sequence[float]) -> Answer:
    """Return which rate the chapter's factor scheduler answers first."""
    first = asked("factor", [0])[0]
    return lambda place: _near(choices, first)


def after_its_plot(choices: Sequence[float]) -> Answer:
    """Return which rate the PyTorch tab's multi-factor experiment starts from."""
    case = next(each for each in CASES if (each.tab, each.name) == ("pytorch", "multi-factor"))
    first = float(case.experiment().rates()[0])
    return lambda place: _near(choices, first)


def past_the_end(choices: Sequence[float]) -> Answer:
    """Return what the cosine scheduler answers past its end after it was asked for t = 0."""
    found = asked("cosine", [0, 25])[1]
    return lambda place: _near(choices, found)


def _near(choices: Sequence[float], value: float | None) -> int | None:
    places = [at for at, each in enumerate(choices) if value and isclose(each, value)]
    return places[0] if places else None


def finals(runs: Sequence[Recorded]) -> list[float]:
    """Return the last test accuracies of the runs that learnt."""
    return [*by_seed([run for run in runs if learnt(run)]).values()]
