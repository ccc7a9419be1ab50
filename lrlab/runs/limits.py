"""What an owner may have in the store at one time; None is without limit."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Limit = Annotated[int, Field(ge=1)] | None


class Limits(BaseModel):
    """Limits that hold for each owner, as `[limits]` in `lab.toml` sets them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queued: Limit = Field(default=200, description="Runs that wait, and those paused")
    running: Limit = Field(default=None, description="Runs in training at one time")
    epochs: Limit = Field(default=None, description="Epochs of one run")
    megabytes: Limit = Field(default=None, description="Checkpoints kept for branches")


def limits() -> Limits:
    """Return the limits of this lab."""
    return Limits()
