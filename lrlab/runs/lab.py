"""What a lab's owner has written into `lab.toml` in its home; a lab without one has defaults.

database_url = "postgresql://lab@host/lab"

[limits]         # of each owner
queued = 50

[owners.ada]     # what is otherwise for her
queued = 500
priority = 10

[retention]      # of the whole lab
days = 365
"""

from __future__ import annotations

import logging
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lrlab.errors import InvalidInput, Location, invalid
from lrlab.paths import home

NAME = "lab.toml"
MOST_PRIORITY = 100

log = logging.getLogger(__name__)


class Table(BaseModel):
    """A table of the file. A field's description is what it may be."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Whole = Annotated[int | None, Field(ge=1, description="a whole number from 1 on")]
Priority = Annotated[
    int,
    Field(
        ge=-MOST_PRIORITY, le=MOST_PRIORITY,
        description=f"a whole number from -{MOST_PRIORITY} to {MOST_PRIORITY}",
    ),
]  # fmt: skip


class Limits(Table):
    """What an owner may have in the store at one time; None is without limit."""

    queued: Whole = 200  # runs that wait, and those paused
    running: Whole = None  # runs in training
    epochs: Whole = None  # of one run
    megabytes: Whole = None  # of checkpoints that branches can start from
    priority: Priority = 0  # of runs for which nobody names one


class Retention(Table):
    """What a lab keeps; None is without limit. Starred runs stay whatever it says."""

    days: Whole = None  # since a run ended
    runs: Whole = None  # so many that ended last
    megabytes: Whole = 2000  # of checkpoints that branches can start from


class Lab(Table):
    """The settings of one lab."""

    database_url: str | None = Field(None, min_length=1, description="a database's URL as text")
    limits: Limits = Limits()
    owners: dict[str, Limits] = {}  # what is otherwise for them
    retention: Retention = Retention()

    def limits_of(self, owner: str) -> Limits:
        """Return the limits that hold for an owner."""
        own = self.owners.get(owner)
        return self.limits.model_copy(update=own.model_dump(exclude_unset=True) if own else {})


TABLES: dict[int | str, type[Table]] = {
    "limits": Limits, "owners": Limits, "retention": Retention,
}  # fmt: skip


def lab() -> Lab:
    """Return the settings in force now, read anew at each call.

    Raises InvalidInput naming the field, its value and what is allowed.
    """
    try:
        return Lab.model_validate(_tables(home() / NAME))
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        raise invalid(error, lambda location: _allowed(place, location)).within(NAME) from None


_good: dict[Path, Lab] = {}


def in_force() -> Lab:
    """Return the settings for a program that goes on while its owner writes the file.

    As long as that cannot be read, the last ones that could be hold. Raises InvalidInput where
    this program has never read any.
    """
    here = home()
    try:
        _good[here] = lab()
    except InvalidInput as error:
        if here not in _good:
            raise
        log.warning("the last settings still hold: %s", error)
    return _good[here]


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InvalidInput(
            NAME, f"is {str(path)!r}; allowed is a file that can be read ({error.strerror})."
        ) from None
    except ValueError as error:  # of TOML or of UTF-8
        reason = str(error).split("\n")[0]
        raise InvalidInput(NAME, f"is {str(path)!r}; allowed is a TOML text ({reason}).") from None


def _allowed(place: Location, location: Location) -> str:
    """Return what is allowed at the place of a fault; no location: the names of its fields."""
    table: type[Table] = TABLES.get(place[0], Lab)
    depth = 2 if place[0] == "owners" else int(place[0] in TABLES)
    if not location:
        return " or ".join(table.model_fields)
    field = table.model_fields[str(place[depth])] if place[depth:] else None
    return (field and field.description) or "a table"
