"""What an owner may have in the store at one time, as `lab.toml` says it now."""

from __future__ import annotations

from lrlab.errors import InvalidInput
from lrlab.runs.lab import NAME, Limits, in_force

__all__ = ["Limits", "OverLimit", "limits"]


class OverLimit(InvalidInput):
    """A wish that is sound, but more than this lab allows its owner."""

    def __init__(self, field: str, fault: str, limit: str) -> None:
        super().__init__(field, f"{fault} (limits.{limit} in {NAME}).")


def limits(owner: str = "") -> Limits:
    """Return the limits of an owner, read anew at each call, so that none needs a restart."""
    return in_force().limits_of(owner)
