"""What a hand asks of runs in the live charts, and what the store answers.

The browser numbers its wishes and keeps the last ones in the component's state, so that none
is lost when reruns overtake each other; each is granted once. A wish bears its session's token:
what a browser brings along when it comes back to a server that was restarted is an old one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import streamlit as st

from lrlab.errors import InvalidInput, shown
from lrlab.runs import StoreError
from lrlab.ui.refusals import worded
from lrlab.ui.store import store


@dataclass
class Desk:
    """The wishes of one live component in one session; `faults`: run → its last refusal."""

    key: str
    token: str = field(default_factory=lambda: token_hex(8))
    granted: int = 0
    faults: dict[str, tuple[int, str]] = field(default_factory=dict)

    def grant(self) -> None:
        """Do what was asked since the last time, each wish once, in order."""
        sent = (st.session_state.get(self.key) or {}).get("wishes") or []
        for wish in sent:
            if wish["token"] == self.token and wish["number"] > self.granted:
                self.granted = wish["number"]
                self._grant(wish)

    def dump(self) -> dict[str, Any]:
        """Return what the browser needs to ask, and to hear why it was refused."""
        return {"token": self.token, "faults": dict(self.faults)}

    def _grant(self, wish: dict[str, Any]) -> None:
        run = str(wish["run"])
        self.faults.pop(run, None)
        try:
            command(wish["kind"], wish["value"])(int(wish["run"]))
        except (InvalidInput, StoreError) as error:
            self.faults[run] = (self.granted, worded(error))


def desk(key: str) -> Desk:
    """Return the session's desk of the live component of that key."""
    kept: Desk = st.session_state.setdefault(f"{key}-desk", Desk(key))
    return kept


def command(kind: str, value: Any) -> Callable[[int], Any]:
    """Return what the store does to a run at a wish. Raises InvalidInput for none of ours."""
    runs = store()
    if kind == "set-lr":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput("lr", "is {value}; allowed is a number.", value=shown(value))
        return lambda run: runs.set_lr(run, value)
    known: dict[str, Callable[[int], Any]] = {
        "pause": runs.pause,
        "resume": runs.resume,
        "cancel": runs.cancel,
        "hand-back": runs.hand_back,
        "hand-back-scaled": lambda run: runs.hand_back(run, scaled=True),
    }
    if kind not in known:
        raise InvalidInput(
            "kind",
            "is {value}; allowed are {names}, set-lr.",
            value=shown(kind),
            names=", ".join(known),
        )
    return known[kind]
