"""The race screen: who runs against whom, who stands where, and what is only noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lrlab import charts
from lrlab.charts import race as figures
from lrlab.charts.digits import signed
from lrlab.comparing import Summary, paired, summary
from lrlab.racing import differing, entries
from lrlab.runs import FINAL, Run
from lrlab.ui.component import component
from lrlab.ui.labels import metrics
from lrlab.ui.plot import plot
from lrlab.ui.screens import COMPARE, go
from lrlab.ui.store import store
from lrlab.ui.sweeps import label, name_of, numbers, written
from lrlab.ui.text import _, plain, spoken, texts

_mount = component("race")


@dataclass(frozen=True, slots=True)
class Entry:
    """One schedule of a race: its name, its runs by seed, its place among the colours."""

    name: str
    runs: tuple[Run, ...]
    place: int

    @property
    def reached(self) -> dict[int, float]:
        """The last test accuracies of those that finished, by seed."""
        return {run.experiment.seed: run.test_acc for run in self.runs
                if run.state == "finished" and run.test_acc is not None}  # fmt: skip

    @property
    def summary(self) -> Summary | None:
        """What those accuracies tell; None before the first."""
        return summary([*self.reached.values()]) if self.reached else None


def grouped(runs: Sequence[Run]) -> list[Entry]:
    """Return the runs as entries, in the order of what differs."""
    experiments = [run.experiment for run in runs]
    places = entries(experiments)
    firsts = [experiments[found[0]] for found in places.values()]
    found = [
        Entry(name, tuple(sorted((runs[at] for at in members), key=lambda r: r.experiment.seed)), 0)
        for name, members in zip(name_of(firsts), places.values(), strict=True)
    ]
    return [replace(entry, place=place + 1) for place, entry in enumerate(found)]


def curves(found: Sequence[Entry], key: str) -> None:
    """Show the entries' means against each other while they train."""
    _mount(
        key=key,
        data={
            "entries": [
                {
                    "name": entry.name,
                    "colour": charts.style(entry.place).colour,
                    "dash": _dash(entry.place),
                    "runs": [run.id for run in entry.runs],
                }
                for entry in found
            ],
            "open": [run.id for entry in found for run in entry.runs if not run.state.final],
            "metrics": [[name, word] for name, word in metrics().items()],
            "texts": _texts(),
        },
        on_ended_change=lambda: None,
    )


def _dash(place: int) -> str:
    return "solid" if place == 1 else charts.style(place).dash


def leaderboard(found: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return a row an entry, the best first: its figures, and whether the best is beyond it."""
    ranked = sorted(found, key=lambda each: each.summary.mean if each.summary else -1, reverse=True)
    best = ranked[0] if ranked and ranked[0].summary else None
    return [_row(entry, best) for entry in ranked]


def noise_said(found: Sequence[Entry]) -> str:
    """Return in a sentence whether the race has told anything yet."""
    ended = [entry for entry in found if entry.summary]
    if len(ended) < 2:
        return _("The figures come with the first runs that finish.")
    if max(len(entry.reached) for entry in ended) < 2:
        return _("One seed tells nothing of chance: race at least three before you believe it.")
    best = max(ended, key=lambda entry: entry.summary.mean if entry.summary else 0)
    others = [paired(entry.reached, best.reached) for entry in ended if entry is not best]
    close = sum(1 for each in others if each is None or not each.beyond_noise)
    if close:
        return _("{n} of the others cannot be told from the best: the difference is within the "
                 "noise of the seeds.").format(n=close)  # fmt: skip
    return _("The best is beyond the noise of the seeds from all others.")


def _row(entry: Entry, best: Entry | None) -> dict[str, Any]:
    reached = entry.summary
    return {
        _("Schedule"): plain(entry.name),
        _("Test accuracy, 95 % interval"): figures.said(reached, _) if reached else "–",
        _("Against the best"): _against(entry, best),
        _("Runs"): _states(entry),
    }


def _against(entry: Entry, best: Entry | None) -> str:
    if best is None or not entry.reached:
        return "–"
    if entry is best:
        return _("the best so far")
    found = paired(entry.reached, best.reached)
    if found is None:
        return _("no seed in common")
    if found.n < 2:
        return _("{mean}; one seed tells nothing of chance").format(mean=signed(found.mean))
    if found.beyond_noise:
        return _("{mean}, beyond the noise").format(mean=signed(found.mean))
    return _("{mean}, within the noise").format(mean=signed(found.mean))


def _states(entry: Entry) -> str:
    counts: dict[str, int] = {}
    for run in entry.runs:
        counts[run.state] = counts.get(run.state, 0) + 1
    words = {
        "queued": _("{n} waiting"), "running": _("{n} running"), "paused": _("{n} paused"),
        "finished": _("{n} finished"), "cancelled": _("{n} cancelled"),
        "failed": _("{n} failed"), "diverged": _("{n} diverged"),
    }  # fmt: skip
    return ", ".join(words[state].format(n=count) for state, count in counts.items())


def over_parameters(found: Sequence[Entry], key: str) -> None:
    """Show what was reached over what was swept, where one or two parameters were."""
    ended = [entry for entry in found if entry.summary]
    columns = differing([entry.runs[0].experiment for entry in ended])
    if not 1 <= len(columns) <= 2 or len(ended) < 2:
        return
    reached = [entry.summary for entry in ended if entry.summary]
    links = [f"compare?runs={written([run.id for run in entry.runs])}" for entry in ended]
    paths = [label(path) for path in columns]
    x, *rest = columns.values()
    rows = [[(entry.name, at), figures.said(each, _)]
            for entry, each, at in zip(ended, reached, links, strict=True)]  # fmt: skip
    table = ([_("Schedule"), _("Test accuracy")], rows)
    best = max(ended, key=lambda entry: entry.summary.mean if entry.summary else 0)
    alt = _("Test accuracy over {names}; highest at {best}.").format(
        names=", ".join(paths), best=best.name
    )
    accuracy = _("Test accuracy")
    if rest:
        figure = figures.surface(
            x, rest[0], reached, axes=(paths[0], paths[1], accuracy), links=links, text=_
        )
    else:
        figure = figures.swept(x, reached, axes=(paths[0], accuracy), links=links, text=_)
    plot(figure, key=key, alt=alt, table=table, file="race-surface", on_click=_open)


def _open(address: Any) -> None:
    go(COMPARE, str(address))


def pairwise(found: Sequence[Entry], key: str) -> None:
    """Show the paired differences between all entries that have a figure."""
    ended = [entry for entry in found if entry.reached]
    if len(ended) < 2:
        return
    names = [entry.name for entry in ended]
    matrix = [
        [None if a is b else paired(a.reached, b.reached) for b in ended] for a in ended
    ]  # fmt: skip
    figure = figures.differences(names, matrix, _)
    words = figure["data"][0]["customdata"]
    rows = [[f"{names[i]} − {names[j]}", words[i][j]]
            for i in range(len(names)) for j in range(i)]  # fmt: skip
    plot(
        figure, key=key, height=120 + 34 * len(names), file="race-differences",
        alt=_("Differences in test accuracy, row minus column, paired by seed; in brackets what "
              "is within the noise."),
        table=([_("Pair"), _("Difference")], rows),
    )  # fmt: skip


def runs_of(text: str) -> tuple[list[Run], list[int]]:
    """Return the runs that an address names and the numbers of those that are not there."""
    asked = numbers(text)
    found = {number: store().run(number) for number in asked}
    return [run for run in found.values() if run], [n for n, run in found.items() if not run]


def cancel(runs: Sequence[Run]) -> None:
    """Cancel what has not ended. Raises InvalidInput and StoreError."""
    for run in runs:
        if run.state not in FINAL:
            store().cancel(run.id)


@spoken
def _texts() -> dict[str, str]:
    return texts(
        "Metric",
        "Epoch",
        "Band: lowest to highest seed",
        "Show or hide {name}",
        "Download this chart as {format}",
        "Not connected since {time}. Training goes on; the curves follow when the line is back.",
    )
