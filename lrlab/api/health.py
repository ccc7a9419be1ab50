"""GET /api/health: whether the lab can do its work, for Docker, proxies and people."""

from __future__ import annotations

import asyncio

from starlette.responses import JSONResponse

from lrlab import __version__
from lrlab.api.hub import Hub
from lrlab.runs import StoreError, worker_alive


async def health(hub: Hub) -> JSONResponse:
    """Answer 200 while the store can be read, else 503 with its sentence; say if a worker lives.

    A worker that has gone is no fault of the web process: it is started with the next run.
    """
    worker = await asyncio.to_thread(worker_alive)
    state = {"version": __version__, "worker": worker, "watchers": hub.watchers}
    try:
        await asyncio.to_thread(hub.store.busy)
    except StoreError as error:
        return JSONResponse(state | {"ok": False, "error": str(error)}, 503)
    return JSONResponse(state | {"ok": True})
