"""What a race sweeps: by an address, by hand, or as one of the chapter's exercises.

/race?schedule={…}&sweep=base_lr:0.01:1:7:log,length:5:20:4:linear&seeds=3
/race?runs=3-23
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lrlab import charts
from lrlab.charts import race as figures
from lrlab.errors import InvalidInput, shown
from lrlab.experiment import FIELDS, Experiment
from lrlab.racing import MOST_RUNS, Axis, Sweep, differing, parameters
from lrlab.ui import link
from lrlab.ui.explore import Explore
from lrlab.ui.labels import labels
from lrlab.ui.plot import plot
from lrlab.ui.runs import word
from lrlab.ui.store import store
from lrlab.ui.text import _

DEFAULT_SPAN = (0.1, 3.0)  # of a parameter's own value: from a tenth of it to three times it


def numbers(text: str) -> list[int]:
    """Return the runs that an address names, as "3-8,12". Raises InvalidInput."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        ends = re.fullmatch(r"([0-9]{1,10})(?:-([0-9]{1,10}))?", part)
        if not ends:
            raise InvalidInput(
                "runs", "has {value}; allowed are numbers, as 3-8,12.", value=shown(part)
            )
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if last - first >= MOST_RUNS or len(found) + last - first >= MOST_RUNS:
            raise InvalidInput(
                "runs",
                "is {value}; allowed are {most} runs at most.",
                value=shown(text),
                most=MOST_RUNS,
            )
        found += range(first, last + 1)
    return list(dict.fromkeys(found))


def written(runs: Sequence[int]) -> str:
    """Return runs as `numbers` reads them."""
    spans: list[list[int]] = []
    for run in sorted(set(runs)):
        if spans and run == spans[-1][1] + 1:
            spans[-1][1] = run
        else:
            spans.append([run, run])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def sweep_of(query: Mapping[str, str]) -> Sweep:
    """Return the sweep that an address asks for. Raises InvalidInput."""
    fields = {name: text for name, text in query.items() if name not in ("sweep", "seeds", "lang")}
    base = link.read(fields).experiment
    axes = tuple(map(_axis, filter(None, query.get("sweep", "").split(","))))
    seeds = query.get("seeds", "3")
    if not re.fullmatch("[0-9]{1,3}", seeds):
        raise InvalidInput("seeds", "is {value}; allowed is a whole number.", value=shown(seeds))
    return Sweep(base, axes, int(seeds))


def _axis(text: str) -> Axis:
    parts = text.split(":")
    try:
        parameter, low, high, count, spacing = parts
        if spacing not in ("linear", "log"):
            raise ValueError
        return Axis(parameter, float(low), float(high), int(count),
                    "log" if spacing == "log" else "linear")  # fmt: skip
    except ValueError:
        raise InvalidInput(
            "sweep",
            "has {value}; allowed is parameter:from:to:count:linear or :log.",
            value=shown(text),
        ) from None


def query(sweep: Sweep) -> dict[str, str]:
    """Return the address of a sweep."""
    found = link.write(link.Screen(sweep.base)) | {"seeds": str(sweep.seeds)}
    if sweep.axes:
        found["sweep"] = ",".join(
            f"{a.parameter}:{a.low:g}:{a.high:g}:{a.count}:{a.spacing}" for a in sweep.axes
        )
    return found


def chosen(start: Sweep) -> Sweep:
    """Offer what a sweep is made of, beginning with `start`; return what is chosen.

    Raises InvalidInput.
    """
    known = parameters(start.base)
    # Another start is another form: what was chosen in the last one is of other parameters.
    form = hashlib.sha256(json.dumps(query(start)).encode()).hexdigest()[:12]
    axes = [
        axis
        for place, default in enumerate([*start.axes, None, None][:2])
        if (axis := _chosen_axis(known, default, f"{form}-{place}"))
    ]
    row = st.container(horizontal=True, vertical_alignment="bottom")
    seeds = row.number_input(
        _("Seeds"), 1, MOST_RUNS, start.seeds, key=f"race-seeds-{form}", width=110
    )
    epochs = row.number_input(
        _("Epochs"), 1, 1000, start.base.epochs, key=f"race-epochs-{form}", width=110
    )
    examples = row.number_input(
        _("Training examples"), 1, 60_000, start.base.train_examples, 1000,
        key=f"race-examples-{form}", width=170,
    )  # fmt: skip
    design = "grid"
    if len(axes) > 1:
        design = row.segmented_control(
            _("Combinations"), ["grid", "latin"], default="grid", key=f"race-design-{form}",
            format_func=lambda name: {"grid": _("All"), "latin": _("Latin square")}[name],
        ) or "grid"  # fmt: skip
    fields = start.base.model_dump(mode="json") | {"epochs": epochs, "train_examples": examples}
    return Sweep(
        Experiment.parse(fields), tuple(axes), seeds, "latin" if design == "latin" else "grid"
    )


def _chosen_axis(
    known: Mapping[str, float | None], default: Axis | None, place: str
) -> Axis | None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    names = ["", *known]
    at = names.index(default.parameter) if default and default.parameter in names else 0
    heading = _("Vary") if place.endswith("-0") else _("and")
    name = row.selectbox(
        heading, names, at, key=f"race-parameter-{place}", width=220,
        format_func=lambda path: label(path) if path else _("nothing"),
    )  # fmt: skip
    if not name:
        return None
    suggested = default if default and default.parameter == name else _suggested(name, known[name])
    low, high, count, spacing = _range(row, suggested, f"{place}-{name}")
    return Axis(name, low, high, count, "log" if spacing == "log" else "linear")


def _range(row: Any, axis: Axis, key: str) -> tuple[float, float, int, str]:
    def number(heading: str, value: float, name: str) -> float:
        return float(row.number_input(heading, value=value, format="%.6g", width=120,
                                      key=f"race-{name}-{key}"))  # fmt: skip

    low, high = number(_("From"), axis.low, "low"), number(_("To"), axis.high, "high")
    count = row.number_input(_("Values"), 1, MOST_RUNS, axis.count, key=f"race-count-{key}",
                             width=100)  # fmt: skip
    spacing = row.segmented_control(
        _("Spacing"), ["linear", "log"], default=axis.spacing, key=f"race-spacing-{key}",
        format_func=lambda name: {"linear": _("equal steps"), "log": _("equal factors")}[name],
    )  # fmt: skip
    return low, high, int(count), spacing or "linear"


def _first_axis(base: Experiment) -> tuple[Axis, ...]:
    """Return a range around the schedule's first rate, if it has one."""
    rates = ((name, value) for name, value in parameters(base).items() if name.endswith("lr"))
    return tuple(_suggested(name, value) for name, value in rates if value)[:1]


def _suggested(name: str, value: float | None) -> Axis:
    """Return a first range around a parameter's own value."""
    if not value:
        return Axis(name, 1.0, 10.0, 4)
    low, high = (float(f"{value * part:.2g}") for part in DEFAULT_SPAN)
    return Axis(name, low, high, 5, "log" if name.endswith("lr") else "linear")


def opened() -> tuple[Sweep, InvalidInput | None]:
    """Return the address's sweep, else one of what Explore shows, and what is wrong with a link."""
    asked = {name: text for name, text in st.query_params.to_dict().items()
             if name not in ("runs", "lang")}  # fmt: skip
    state = st.session_state.get("explore")
    shown_there = state.screen.experiment if isinstance(state, Explore) else None
    base = shown_there or link.initial().experiment
    if not asked:
        return Sweep(base, _first_axis(base)), None
    try:
        return sweep_of(asked), None
    except InvalidInput as error:
        return Sweep(base, ()), error


def planned(experiments: Sequence[Experiment]) -> None:
    """Draw the rates of what will race."""
    names = name_of(experiments)
    lines = [charts.line(one.rates(), one.steps_per_epoch) for one in experiments]
    figure = figures.planned(names, lines, (_("Epoch"), _("Learning rate")))
    plot(
        figure, key="race-planned", height=260, file="race-schedules",
        alt=_("Learning rates of: {names}.").format(names="; ".join(names)),
    )  # fmt: skip


def said(sweep: Sweep, count: int) -> str:
    """Return how many runs a sweep is, and about how long they take."""
    seconds = estimate(sweep, count)
    entries = count // sweep.seeds
    words = _("Schedules: {entries}, seeds each: {seeds}, runs in all: {runs}").format(
        entries=entries, seeds=sweep.seeds, runs=count
    )
    if seconds is None:
        return words + "."
    return words + _(", about {time} one after the other; side by side they take less.").format(
        time=charts.digits.duration(seconds)
    )


def exercises() -> list[tuple[str, str, Sweep]]:
    """Return the chapter's exercises that are a race: title, sentence, sweep."""
    constant: dict[str, Any] = {"kind": "constant", "base_lr": 0.1}
    polynomial: dict[str, Any] = {"kind": "polynomial", "base_lr": 0.3, "final_lr": 0.01}
    warmup = {"kind": "warmup", "length": 5, "inner": {"kind": "cosine", "length": 15}}
    short = {"epochs": 10, "train_examples": 20_000}

    def sweep(schedule: dict[str, Any], axis: Axis, **more: Any) -> Sweep:
        return Sweep(Experiment.parse({"schedule": schedule, **short, **more}), (axis,), 3)

    return [
        (_("Exercise 1"), _("Which fixed rate is best?"),
         sweep(constant, Axis("base_lr", 0.01, 1, 7, "log"))),
        (_("Exercise 2"), _("Which exponent of polynomial decay?"),
         sweep(polynomial, Axis("power", 0.5, 3, 6))),
        (_("Exercise 4"), _("How long a warmup?"),
         sweep(warmup, Axis("length", 0, 10, 6), epochs=20)),
    ]  # fmt: skip


def estimate(sweep: Sweep, count: int) -> float | None:
    """Return about how many seconds the race takes by the newest run's speed; None: not known."""
    speeds = (run.examples_per_second for run in store().list(limit=10))
    speed = next((each for each in speeds if each), None)
    work = count * sweep.base.epochs * sweep.base.train_examples
    return work / speed if speed else None


def start(sweep: Sweep) -> list[int]:
    """Submit all of a sweep's runs and return them. Raises InvalidInput and StoreError."""
    experiments = sweep.experiments()
    names = name_of(experiments)
    runs = [store().submit(one, name=name).run
            for one, name in zip(experiments, names, strict=True)]  # fmt: skip
    return list(dict.fromkeys(runs))


def name_of(experiments: Sequence[Experiment]) -> list[str]:
    """Return what each experiment is called among the others: what differs, seeds apart.

    No two have the same name: where nothing that can be said differs, they are numbered.
    """
    columns = differing(experiments)
    names = [
        ", ".join(f"{label(path)} {column[place]:.4g}" for path, column in columns.items())
        or one.schedule.describe()
        for place, one in enumerate(experiments)
    ]
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        alike.setdefault(name, []).append(place)
    for name, places in alike.items():
        of_these = [experiments[place] for place in places]
        if len(places) > 1:
            further = name_of(of_these) if len(alike) > 1 and not columns else _told(of_these)
            for place, more in zip(places, further, strict=True):
                names[place] = (
                    more if more.startswith(name) else ", ".join(filter(None, (name, more)))
                )
    return _numbered([_short(name) for name in names])


def _told(experiments: Sequence[Experiment]) -> list[str]:
    """Return of each in words the settings that are not the same in all, its seed apart."""
    return [", ".join(_settings(one, experiments)) for one in experiments]


def _numbered(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if names.count(name) == 1 else f"{name} ({seen[name]})")
    return found


def _settings(one: Experiment, among: Sequence[Experiment]) -> list[str]:
    """Return the settings of one that the others do not all have, in words."""
    names = (name for name in FIELDS if name != "seed")
    return [f"{label(name)} {word(getattr(one, name))}" for name in names
            if len({getattr(other, name) for other in among}) > 1]  # fmt: skip


def label(path: str) -> str:
    """Return what a person reads for a dotted path of a parameter."""
    *outer, last = path.split(".")
    inner = _("inside") if outer else ""
    name = labels().get(last, last)
    return f"{name} ({inner})" if inner and last in ("length", "factor", "start") else name


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
