"""What a step of the lesson shows: rates, recorded runs, and what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import streamlit as st

from lrlab import charts
from lrlab.charts import lessons as figures
from lrlab.charts import race
from lrlab.comparing import Summary, summary
from lrlab.experiment import Experiment
from lrlab.lessons.answers import finals
from lrlab.lessons.chapter import CASES
from lrlab.lessons.lesson import NAMES, Place, Step
from lrlab.lessons.programme import Entry
from lrlab.lessons.recorded import Recorded, group, last_measure, learnt
from lrlab.ui import claimed, instruments
from lrlab.ui.plot import plot
from lrlab.ui.text import _

Shown = dict[str, tuple[Entry, list[Recorded]]]  # entry and its runs by its name on screen
RAN, PRINTED = 1, 7  # the colours' places of what ran and, in grey, of what is printed
MOST_TRAIN = 2  # entries whose train curves are drawn beside the test curves


def show(step: Step, place: Place, *, answered: bool) -> None:
    """Show what a step has: planned rates first, and once it is answered the recorded runs."""
    if step.view == "claims":
        return claimed.claims()
    found = _found(step, place)
    if not answered or not step.shows:
        if answered or step.view != "rates" or len(step.plans) < 2:
            return _plans(step, found)
        return _plans(step, found, most=1)
    if not any(runs for _entry, runs in found.values()):
        st.info(_("There are no recorded runs in this installation."))
        return _plans(step, found)
    if step.name != "exercise-1":  # its rates are level lines
        _rates(step, found)
    _pictures(step, found)
    _table(found)
    if step.view == "tabs":
        claimed.tab_facts(place)
    provenance([run for _entry, runs in found.values() for run in runs])
    return None


def _pictures(step: Step, found: Shown) -> None:
    runs = {name: each for name, (_entry, each) in found.items()}
    if step.view == "sweep":
        return _sweep(step, found)
    if step.view == "averages":
        return instruments.averages(runs)
    if step.view == "sharpness":
        instruments.sharpness(found)
        instruments.distance(runs)
    return _curves(found)


def _found(step: Step, place: Place) -> Shown:
    """Return the entries that a step shows, by what they are called beside each other."""
    found: Shown = {}
    tell = len({shown.group for shown in step.shows if "{tab}" in shown.group}) > 1
    for shown in step.shows:
        for entry in shown.at(place):
            word = said(entry)
            if tell:
                ran = entry.group.endswith("as run")
                word = (_("{}, as it ran") if ran else _("{}, as printed")).format(word)
            found[word] = (entry, group(entry.group)[entry.name])
    return found


def said(entry: Entry) -> str:
    """Return what an entry is called in the session's language."""
    peak = entry.name.removesuffix(", warmed up")
    words = {
        "fixed rates": _("rate {}"),
        "polynomial powers": _("exponent {}"),
        "warmup lengths": _("{} epochs"),
        "divergence": _("peak {}") if peak == entry.name else _("peak {}, warmed up"),
    }
    return words.get(entry.group, "{}").format(_(NAMES.get(peak, peak)))


def _place(entry: Entry, at: int) -> int:
    return PRINTED if entry.group.endswith("as printed") else at


def _places(found: Shown) -> list[int]:
    told = [entry for entry, _runs in found.values()]
    if any(entry.group.endswith("as printed") for entry in told):
        return [PRINTED if entry.group.endswith("as printed") else RAN for entry in told]
    return list(range(1, len(told) + 1))


def _plans(step: Step, found: Shown, most: int | None = None) -> None:
    """Draw what is planned, or printed, before the runs tell more."""
    plans = {
        _(plan.name): Experiment.parse({"schedule": plan.schedule, "epochs": plan.epochs})
        for plan in step.plans[:most]
    }
    if step.view == "tabs":
        plans = {name: entry.experiment() for name, (entry, _runs) in found.items()
                 if entry.group.endswith("as printed")}  # fmt: skip
    if plans:
        _drawn(plans, [*range(1, len(plans) + 1)])


def _rates(step: Step, found: Shown) -> None:
    """Draw the planned rates; of what a run decides itself, those that were applied."""
    experiments = {name: entry.experiment() for name, (entry, _runs) in found.items()}
    if any(one.schedule.adaptive for one in experiments.values()):
        return _applied(found)
    by_update = step.view == "tabs" and st.segmented_control(
        _("Time"), [_("Epochs"), _("Updates, logarithmic")], default=_("Epochs"),
        key="learn-clock",
    ) not in (None, _("Epochs"))  # fmt: skip
    if len({one.identity for one in experiments.values()}) > 1 or len(experiments) == 1:
        return _drawn(experiments, _places(found), by_update=by_update)
    _drawn(experiments, _places(found), by_update=by_update)
    st.caption(_("Both are the same experiment."))
    return None


def _drawn(
    plans: Mapping[str, Experiment], places: Sequence[int], *, by_update: bool = False
) -> None:
    lines = [
        charts.line(one.rates(), 1, first=1) if by_update
        else charts.line(one.rates(), one.steps_per_epoch)
        for one in plans.values()
    ]  # fmt: skip
    axes = (_("Update") if by_update else _("Epoch"), _("Learning rate"))
    figure = figures.rates([*plans], lines, axes=axes, places=places, log=by_update)
    plot(figure, key="learn-rates", height=300, file="rates",
         alt=_("Learning rates of: {names}.").format(names="; ".join(plans)))  # fmt: skip


def _applied(found: Shown) -> None:
    bands = [
        figures.Band(name, [[(each.epoch, each.lr) for each in run.points] for run in runs], at)
        for at, (name, (_entry, runs)) in enumerate(found.items(), start=1)
    ]
    figure = figures.bands(bands, axes=(_("Epoch"), _("Learning rate")))
    plot(figure, key="learn-rates", height=300, file="rates",
         alt=_("Applied learning rates of: {names}.").format(names="; ".join(found)))  # fmt: skip


def _curves(found: Shown) -> None:
    """Draw the accuracies of the recorded runs, with what was published at their end."""
    bands: list[figures.Band] = []
    with_train = len(found) <= MOST_TRAIN
    for (name, (_entry, runs)), place in zip(found.items(), _places(found), strict=True):
        if with_train:
            words = _("{}, train").format(name)
            bands.append(_band(words, runs, place, "train_acc"))
        words = _("{}, test").format(name) if with_train else name
        bands.append(_band(words, runs, place, "test_acc"))
    figure = figures.bands(
        bands, marks=_marks(found), axes=(_("Epoch"), _("Accuracy")), fallen=_("{name}, broke down")
    )
    plot(figure, key="learn-accuracy", height=400, file="accuracy", alt=_alt(found),
         table=_as_table(bands))  # fmt: skip


def _band(name: str, runs: Sequence[Recorded], place: int, figure: str) -> figures.Band:
    def series(run: Recorded) -> list[tuple[float, float]]:
        return [(each.epoch, getattr(each, figure)) for each in run.evaluations]

    good = [run for run in runs if learnt(run)]
    fallen = [run for run in runs if not learnt(run)] if good else []
    test = figure == "test_acc"
    return figures.Band(
        name, [series(run) for run in good or runs], place, [series(run) for run in fallen],
        "dash" if test else "solid", quiet=not test,
    )  # fmt: skip


def _marks(found: Shown) -> list[figures.Mark]:
    marks: list[figures.Mark] = []
    for (name, (entry, _runs)), place in zip(found.items(), _places(found), strict=True):
        tab, _as, way = entry.group.partition(" as ")
        if way == "run":
            theirs = next(each.published for each in CASES
                          if (each.tab, each.name) == (tab, entry.name))  # fmt: skip
            marks.append(figures.Mark(
                _("{}, published").format(name), 30.4 + 0.5 * len(marks), theirs.test_acc,
                theirs.test_acc_sd, theirs.runs, place))  # fmt: skip
    return marks


def _as_table(bands: Sequence[figures.Band]) -> tuple[list[str], list[list[str]]]:
    """Return the means of the bands by epoch, as text."""
    figure = figures.bands(bands, axes=("", ""))
    lines = {trace["name"]: dict(zip(trace["x"], trace["y"], strict=True))
             for trace in figure["data"] if "customdata" in trace}  # fmt: skip
    epochs = sorted({x for line in lines.values() for x in line})
    rows = [[f"{x:g}", *(f"{line[x]:.4f}" if x in line else "–" for line in lines.values())]
            for x in epochs]  # fmt: skip
    return [_("Epoch"), *lines], rows


def _alt(found: Shown) -> str:
    ends = [f"{name}: {reached(runs)}" for name, (_entry, runs) in found.items()]
    return _("Accuracy by epoch; test accuracy at the end {ends}.").format(ends="; ".join(ends))


def reached(runs: Sequence[Recorded]) -> str:
    """Return what runs reached: the mean of those that learnt, and how many broke down."""
    found, fallen = finals(runs), sum(not learnt(run) for run in runs)
    if not runs:
        return "–"
    if not found:
        return _("all {n} broke down").format(n=len(runs))
    words = race.said(_summary(tuple(found)), _)
    if fallen:
        return _("{figure}; {n} of {all} broke down").format(figure=words, n=fallen, all=len(runs))
    return words


@lru_cache(maxsize=256)
def _summary(values: tuple[float, ...]) -> Summary:
    return summary(values)


def _sweep(step: Step, found: Shown) -> None:
    """Draw what was reached over what a sweep varied."""
    names = {
        "exercise-1": _("Fixed rate"),
        "exercise-2": _("Exponent"),
        "exercise-4": _("Epochs of warmup"),
    }
    kept = [(entry.value or 0.0, runs) for entry, runs in found.values() if runs]
    values = [value for value, _runs in kept]
    good = [finals(runs) for _value, runs in kept]
    figure = figures.swept(
        values, good, [sum(not learnt(run) for run in runs) for _value, runs in kept],
        means=[_summary(tuple(each)) if each else None for each in good],
        axes=(names[step.name], _("Test accuracy"), _("Broke down")),
        names=(_("mean, 95 % interval"), _("one seed")), log=race.by_factors(values),
    )  # fmt: skip
    plot(figure, key="learn-sweep", height=420, file=step.name, alt=_alt(found))


def _table(found: Shown) -> None:
    rows = []
    for name, (entry, runs) in found.items():
        row = {_("Schedule"): name, _("Test accuracy, 95 % interval"): reached(runs)}
        tab, _as, way = entry.group.partition(" as ")
        if way == "run":
            theirs = next(each.published for each in CASES
                          if (each.tab, each.name) == (tab, entry.name))  # fmt: skip
            row[_("Published, mean ± deviation")] = (
                f"{theirs.test_acc:.4f} ± {theirs.test_acc_sd:.4f} (n = {theirs.runs})"
            )
        rows.append(row)
        rows += _averages(name, runs) if entry.group == "averages" else []
    columns = dict.fromkeys(key for row in rows for key in row)
    st.table([{key: row.get(key, "–") for key in columns} for row in rows], hide_index=True)


def _averages(name: str, runs: Sequence[Recorded]) -> list[dict[str, str]]:
    """Return a row for each average of the weights."""
    return [
        {_("Schedule"): words.format(name),
         _("Test accuracy, 95 % interval"): race.said(
             _summary(tuple(last_measure(run, measure) for run in runs)), _)}
        for words, measure in ((_("{}, SWA"), "swa_test_acc"), (_("{}, EMA"), "ema_test_acc"))
        if runs
    ]  # fmt: skip


def provenance(runs: Sequence[Recorded]) -> None:
    """Say what trained the runs that are shown, and when."""
    seeds = len({run.experiment.seed for run in runs})
    first = runs[0].hardware
    st.caption(
        _("Recorded runs, {seeds} seeds each, band from the lowest to the highest: trained by "
          "lrlab (engine {engine}, torch {torch}) on {device}, {date}.").format(
            seeds=seeds, engine=first["engine"], torch=first["torch"],
            device=str(first["device"]).partition(": ")[2] or first["device"],
            date=first["date"])
    )  # fmt: skip
