"""What a lab's owner has written into `lab.toml` in its home; a lab without one has defaults."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lrlab.errors import InvalidInput, Location, invalid
from lrlab.paths import home

NAME = "lab.toml"


class Lab(BaseModel):
    """The settings of one lab."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    database_url: str | None = Field(None, min_length=1, description="a database's URL as text")


def lab() -> Lab:
    """Return the settings in force now, read anew at each call.

    Raises InvalidInput naming the field, its value and what is allowed.
    """
    try:
        return Lab.model_validate(_tables(home() / NAME))
    except ValidationError as error:
        raise invalid(error, _allowed).within(NAME) from None


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


def _allowed(location: Location) -> str | None:
    """Return what a field may be, from its description; the fields' names for no location."""
    if not location:
        return " or ".join(Lab.model_fields)
    field = Lab.model_fields.get(str(location[0]))
    return field.description if field else None
