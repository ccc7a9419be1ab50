"""The family of a run: what it branched from and what branched from those, as a tree of links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lrlab import charts
from lrlab.experiment import Experiment
from lrlab.runs import Run
from lrlab.schedules import Schedule
from lrlab.ui.component import component
from lrlab.ui.labels import labels
from lrlab.ui.runs import states, word
from lrlab.ui.text import _

MOST_LISTED = 40
MOST_DRAWN = 8  # as many as there are colours

_mount = component("family")


def relatives(family: Sequence[Run], run: Run) -> list[int]:
    """Return whom to draw behind a run: the others, the newest of them."""
    return [each.id for each in family if each.id != run.id][-MOST_DRAWN:]


def tree(family: Sequence[Run]) -> list[tuple[int, Run]]:
    """Return each run below the one that it branched from, with how deep it stands."""
    known = {run.id for run in family}
    branches: dict[int | None, list[Run]] = defaultdict(list)
    for run in sorted(family, key=lambda run: (run.parent_update or 0, run.id)):
        branches[run.parent if run.parent in known else None].append(run)

    def below(parent: int | None, depth: int) -> Iterator[tuple[int, Run]]:
        for run in branches[parent]:
            yield depth, run
            yield from below(run.id, depth + 1)

    return [*below(None, 0)]


def family_tree(family: Sequence[Run], run: Run, *, key: str) -> None:
    """Show the tree of a run's family, each member a link to its page."""
    known = {each.id: each for each in family}
    members = [
        {
            "run": each.id,
            "depth": depth,
            "said": said(each, known.get(each.parent or 0)),
            "colour": charts.style(each.id).colour,
            "here": each.id == run.id,
        }
        for depth, each in tree(family)[:MOST_LISTED]
    ]
    _mount(key=key, data={"members": members, "title": _("Family of this run")})


def said(run: Run, parent: Run | None) -> str:
    """Return in a line what a run is beside the one that it branched from, if it did."""
    parts = [_("Run {}").format(run.id)]
    if parent:
        epoch = f"{(run.parent_update or 0) / run.experiment.steps_per_epoch:.4g}"
        parts.append(_("from epoch {}").format(epoch))
    parts.append(changes(parent.experiment, run.experiment) if parent else run.name)
    return " · ".join([*parts, states()[run.state]])


def changes(parent: Experiment, child: Experiment) -> str:
    """Return in few words what a branch does otherwise than its origin."""
    names = [name for name in Experiment.model_fields
             if getattr(parent, name) != getattr(child, name)]  # fmt: skip
    said = [
        _schedule(parent.schedule, child.schedule)
        if name == "schedule"
        else f"{labels().get(name, name)} {word(getattr(child, name))}"
        for name in names
    ]
    return ", ".join(said) or _("nothing changed")


def _schedule(parent: Schedule, child: Schedule) -> str:
    """Return what was changed in a schedule of the same kind, else what the new one is."""
    before, after = parent.spec(), child.spec()
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if before["kind"] != after["kind"] or any(isinstance(each, list | dict | tuple)
                                              for each in changed.values()):  # fmt: skip
        return child.describe()
    return ", ".join(f"{labels().get(name, name)} {word(value)}"
                     for name, value in changed.items())  # fmt: skip
