"""A store's runs page by page, newest first."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_

from lrlab.runs.labels import one_line
from lrlab.runs.reads import read_runs
from lrlab.runs.run import Run
from lrlab.runs.states import State
from lrlab.runs.store import Store
from lrlab.runs.tables import run


def page(
    store: Store,
    *,
    limit: int = 50,
    before: int | None = None,
    states: Collection[State] | None = None,
    owner: str | None = None,
) -> list[Run]:
    """Return the newest runs, newest first: older than `before`, of these states and owner.

    Raises InvalidInput for what is no owner's name.
    """
    chosen = []
    if before is not None:
        chosen.append(run.c.id < before)
    if states is not None:
        chosen.append(run.c.state.in_(states))
    if owner is not None:
        chosen.append(run.c.owner == one_line("owner", owner))
    with store.database.read() as connection:
        return [*read_runs(connection, and_(True, *chosen), limit=limit).values()]
