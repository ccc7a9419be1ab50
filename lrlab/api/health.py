"""GET /api/health: whether the lab can do its work, for Docker, proxies and people."""

from __future__ import annotations

from typing import Any

from lrlab import __version__
from lrlab.api.hub import Hub
from lrlab.runs import StoreError, worker_alive


def health(hub: Hub) -> tuple[int, dict[str, Any]]:
    """Return 200 while the store can be read, else 503, and what is to be said. It may wait.

    A worker that has gone is no fault of the web process: it is started with the next run.
    """
    state = {"version": __version__, "worker": worker_alive(), "watchers": hub.watchers}
    try:
        hub.store.busy()
    except StoreError as error:
        return 503, state | {"ok": False, "error": str(error)}
    return 200, state | {"ok": True}
