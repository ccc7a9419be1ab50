"""What the pages say of runs: one run by the text in an address, many as a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lrlab.errors import shown
from lrlab.experiment import FIELDS, Experiment
from lrlab.runs import Run, Store
from lrlab.runs.labels import LABEL_LENGTH
from lrlab.ui import link
from lrlab.ui.labels import labels
from lrlab.ui.link import Screen
from lrlab.ui.store import store
from lrlab.ui.text import _

LONGEST_HEADING = 60  # characters: three lines of a phone

LARGEST = 2**31 - 1


def empty() -> str:
    """Return what a person reads where there is no run yet."""
    return _("No run yet. Choose a schedule, press Train, and it appears here.")


def written_out(write: Callable[[Store, int], str], run: Run) -> str | Callable[[], str]:
    """Return a run's records as a file's text; of one that goes on, what will write them.

    A click that first has to ask for its file is lost where a rerun overtakes it, so what no
    longer changes is there before the click.
    """
    return _written(write, run) if run.state.final else lambda: write(store(), run.id)


@lru_cache(maxsize=8)
def _written(write: Callable[[Store, int], str], run: Run) -> str:
    return write(store(), run.id)


def wanted_run(store: Store, text: str | None) -> tuple[Run | None, str]:
    """Return the run whose number an address gives, the newest where it gives none.

    Where there is no such run: None and a sentence for the person.
    """
    if text is None:
        newest = store.list(limit=1)
        return (newest[0], "") if newest else (None, empty())
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    run = store.run(number) if 0 < number <= LARGEST else None
    if run is None:
        fault = _("The address says run {}; allowed is the number of a run in the list.")
        return None, fault.format(shown(text, limit=24))
    return run, ""


def headline(run: Run) -> tuple[str, str]:
    """Return what heads a run's page, in few words, and what stands in small below, or "".

    A run that nobody named is headed by its schedule, with the changed settings below.
    """
    title, schedule = run.experiment.title, run.experiment.schedule.describe()
    if run.name == title[:LABEL_LENGTH] and len(schedule) <= LONGEST_HEADING:
        return schedule, title.removeprefix(schedule).removeprefix(", ")
    whole = title if run.name == title[:LABEL_LENGTH] else run.name
    if len(whole) <= LONGEST_HEADING:
        return whole, ""
    return whole[: LONGEST_HEADING - 1].rstrip() + "…", whole


def explore_query(run: Run) -> dict[str, str]:
    """Return the query that opens a run's experiment, and the run itself, in Explore."""
    return link.write(Screen(run.experiment, runs=(run.id,)))


def spec(run: Run) -> str:
    """Return a run's schedule as the JSON that the command line takes."""
    return json.dumps(run.experiment.schedule.spec(), indent=1)


def settings(experiment: Experiment) -> dict[str, list[str]]:
    """Return a run's settings as a table of two columns, names and values.

    What was changed comes first; what has no meaning beside the others is left out.
    """
    order = dict.fromkeys([*experiment.changed(), *FIELDS])
    whole = {name: getattr(experiment, name) for name in order if experiment.uses(name)}
    whole["lag"] = bool(experiment.lag)
    said = {name: value for name, value in whole.items() if value is not None}
    names = [labels().get(name, name.replace("_", " ").capitalize()) for name in said]
    return {_("Setting"): names, _("Value"): [word(value) for value in said.values()]}


def word(value: Any) -> str:
    """Return a setting's value as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return ", ".join(map(word, value)) or _("none")
    return labels().get(value, value) if isinstance(value, str) else str(value)


def states() -> dict[str, str]:
    """Return state → the word that a person reads."""
    return {
        "queued": _("Waiting"),
        "running": _("Running"),
        "paused": _("Paused"),
        "finished": _("Finished"),
        "cancelled": _("Cancelled"),
        "failed": _("Failed"),
        "diverged": _("Diverged"),
    }
