"""Why a run has ended: the sentences that are stored with it, as templates.

A store holds them in English; a screen in another language finds the template again.
"""

from __future__ import annotations

DIVERGED = "The training loss was {loss} at update {update}: try a smaller rate."
FAILED = "Training failed: {kind}: {text}"
SPENT = "Training ended {attempts} times without progress, the last time because {reason}."
ORIGIN_GONE = "is run {run}, whose checkpoint is gone; branch from another one."
DEVICE = "The device failed ({text})."
MEMORY = (
    "The memory of the device is used up ({text}); a smaller batch_size or fewer runs at a time "
    "need less."
)

# The ends of SPENT.
LOST = "its worker was lost"
STOPPED = "its worker was stopped"
MOVED = "its store was moved"
TOO_LARGE = "its pack was too large"
KILLED = "its process was ended by {signal}"
STATUS = "its process ended with status {status}"


def within(sentence: str) -> str:
    """Return a sentence as the end of another one."""
    return sentence[0].lower() + sentence[1:].rstrip(".")


TEMPLATES = (
    DIVERGED, SPENT, f"parent {ORIGIN_GONE}", FAILED, DEVICE, MEMORY, within(DEVICE),
    within(MEMORY), LOST, STOPPED, MOVED, TOO_LARGE, KILLED, STATUS,
)  # fmt: skip
