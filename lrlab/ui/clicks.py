"""No click is lost to a rerun that is asked for just after it.

Streamlit (1.67) gives way to a waiting rerun before it calls the callbacks of the one it has
taken, and within them at each look at the session: what a click was to do was then never done,
or half of it. Here the callbacks run to their end; the waiting rerun comes right after them.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

_given_way = SafeSessionState.on_script_will_rerun


@wraps(_given_way)
def _to_the_end(self: SafeSessionState, *args: Any, **named: Any) -> None:
    runner = self._yield_callback.__self__  # type: ignore[attr-defined]  # its bound method
    runner._execing = False  # a runner that executes nothing gives way to nothing
    try:
        _given_way(self, *args, **named)
    finally:
        runner._execing = True


def keep_clicks() -> None:
    """Have every session of this process run its callbacks to their end."""
    SafeSessionState.on_script_will_rerun = _to_the_end  # type: ignore[method-assign]
