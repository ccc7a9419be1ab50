"""Which runs a person wants to see, and in what order: filters and sorting, answered in SQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from lrlab.errors import InvalidInput, shown
from lrlab.runs.labels import TAG_LENGTH, WHAT_IF, one_line
from lrlab.runs.reads import read_runs
from lrlab.runs.run import Run
from lrlab.runs.states import State
from lrlab.runs.store import Store
from lrlab.runs.tables import run, tag

SORTABLE = {
    "run": run.c.id,
    "name": func.lower(run.c.name),
    "owner": run.c.owner,
    "state": run.c.state,
    "train_loss": run.c.train_loss,
    "train_acc": run.c.train_acc,
    "test_acc": run.c.test_acc,
    "seconds": run.c.seconds,
    "started": run.c.started,
}
NEWEST = "-run"
MOST_TAGS = 40  # offered as filters, the most used


@dataclass(frozen=True, slots=True)
class Wanted:
    """The runs that fit all of these, in an order; an empty one leaves all through.

    text: in the name, the note, the owner or a tag, in any case of letters. tags: it bears all
    of them. uses: a kind of schedule, anywhere in the run's. sort: a name of `SORTABLE`, with
    "-" from high to low; what has no such figure comes last. before: older than that run.
    what_ifs: the short runs that answered a hand too. Raises InvalidInput.
    """

    text: str = ""
    states: tuple[State, ...] = ()
    owner: str | None = None
    tags: tuple[str, ...] = ()
    starred: bool = False
    uses: str = ""
    sort: str = NEWEST
    before: int | None = None
    what_ifs: bool = True

    def __post_init__(self) -> None:
        one_line("text", self.text)
        one_line("owner", self.owner or "")
        for each in self.tags:
            one_line("tags", each, TAG_LENGTH)
        if self.sort.removeprefix("-") not in SORTABLE:
            names = ", ".join(SORTABLE)
            raise InvalidInput(
                "sort",
                "is {value}; allowed are {names}, with - from high to low.",
                value=shown(self.sort),
                names=names,
            )
        if not self.uses.replace("_", "").isalnum() and self.uses:
            raise InvalidInput(
                "uses", "is {value}; allowed is a kind of schedule.", value=shown(self.uses)
            )


def find_runs(store: Store, wanted: Wanted, *, limit: int = 50) -> list[Run]:
    """Return the first `limit` of the wanted runs, in their order."""
    with store.database.read() as connection:
        return [*read_runs(connection, _fits(wanted), limit, order=_order(wanted)).values()]


def count(store: Store, wanted: Wanted) -> int:
    """Return how many runs are wanted."""
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).where(_fits(wanted))) or 0


def owners(store: Store) -> list[str]:
    """Return everybody who has a run here."""
    with store.database.read() as connection:
        return [*connection.scalars(select(run.c.owner).distinct().order_by(run.c.owner))]


def tags(store: Store) -> list[str]:
    """Return the tags most used, in alphabetical order."""
    query = select(tag.c.tag, func.count()).group_by(tag.c.tag)
    with store.database.read() as connection:
        uses = Counter({row[0]: row[1] for row in connection.execute(query)})
    return sorted(name for name, _ in uses.most_common(MOST_TAGS))


def _fits(wanted: Wanted) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if words := one_line("text", wanted.text):
        within = [column.icontains(words, autoescape=True)
                  for column in (run.c.name, run.c.note, run.c.owner)]  # fmt: skip
        named = tag.c.tag.icontains(words, autoescape=True)
        conditions.append(or_(*within, run.c.id.in_(select(tag.c.run).where(named))))
    if wanted.states:
        conditions.append(run.c.state.in_(wanted.states))
    if wanted.owner is not None:
        conditions.append(run.c.owner == one_line("owner", wanted.owner))
    conditions += [_bears(each) for each in wanted.tags]
    if wanted.starred:
        conditions.append(run.c.starred)
    if not wanted.what_ifs:
        conditions.append(not_(_bears(WHAT_IF)))
    if wanted.uses:
        # Canonical JSON has no spaces, and no other text of it looks like this.
        conditions.append(run.c.experiment.contains(f'"kind":"{wanted.uses}"', autoescape=True))
    if wanted.before is not None:
        conditions.append(run.c.id < wanted.before)
    return and_(True, *conditions)


def _bears(word: str) -> ColumnElement[bool]:
    return run.c.id.in_(select(tag.c.run).where(tag.c.tag == word))


def _order(wanted: Wanted) -> list[ColumnElement[object]]:
    column = SORTABLE[wanted.sort.removeprefix("-")]
    first = column.desc() if wanted.sort.startswith("-") else column.asc()
    return [first.nulls_last(), run.c.id.desc()]
