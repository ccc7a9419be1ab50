"""Every state a run can be in, and which of them are final."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a run is in its life; the text is what the database, JSON and screens hold.

    queued → running → finished | cancelled | failed | diverged, with
    running → queued when its worker is lost and running ⇄ paused at a person's wish.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DIVERGED = "diverged"

    @property
    def final(self) -> bool:
        """Whether a run in this state never changes again."""
        return self in FINAL


FINAL = frozenset({State.FINISHED, State.CANCELLED, State.FAILED, State.DIVERGED})
