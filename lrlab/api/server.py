"""The routes of one process and what happens when its server starts and stops."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lrlab.api import assets
from lrlab.api.health import health
from lrlab.api.hub import Hub
from lrlab.api.metrics import CONTENT_TYPE, Metrics
from lrlab.api.rest import rest_routes
from lrlab.api.stream import stream
from lrlab.runs import Store, StoreError, ensure_worker, hold_app_lock, worker_alive

LOOK = 2.0  # seconds between two looks at whether a worker lives
MOST_WAIT = 60.0  # seconds between attempts to start one that does not stay

_hubs: list[Hub] = []  # of this process: their streams must end before a server can stop


def routes(store: Store) -> list[Route]:
    """Return the routes over `store`; all their streams share one reader of it."""
    hub = Hub(store)
    metrics = Metrics(hub)
    _hubs.append(hub)

    async def follow(request: Request) -> Response:
        return await stream(request, hub)

    async def report(request: Request) -> Response:
        status, state = await asyncio.to_thread(health, hub)
        return JSONResponse(state, status)

    async def measure(request: Request) -> Response:
        try:
            text = await asyncio.to_thread(metrics.text)
        except StoreError as error:
            return PlainTextResponse(str(error), 503, {"Retry-After": "2"})
        return Response(text, media_type=CONTENT_TYPE)

    return [
        Route("/api/stream", follow),
        Route("/api/health", report),
        Route("/api/metrics", measure),
        *rest_routes(hub),
        Route("/lab/plotly.min.js", assets.plotly),
        Route("/lab/schedules.js", assets.schedules),
        Route("/lab/static/{file}", assets.static),
    ]


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Have a worker while the server runs, and let the server stop when it is told to."""
    with hold_app_lock():
        keeper = asyncio.create_task(_keep_worker())
        _close_streams_on(signal.SIGINT, signal.SIGTERM)
        yield
        keeper.cancel()


async def _keep_worker() -> None:
    """Start a worker whenever there is none; ever more rarely while none stays."""
    wait = LOOK
    while True:
        alive = await asyncio.to_thread(worker_alive)
        if not alive:
            await asyncio.to_thread(ensure_worker)
        wait = LOOK if alive else min(2 * wait, MOST_WAIT)
        await asyncio.sleep(wait)


def _close_streams_on(*numbers: signal.Signals) -> None:
    """End the streams when a signal comes: a server waits for open answers before it stops."""
    if threading.current_thread() is not threading.main_thread():
        return  # a test's server: it is stopped without signals
    loop = asyncio.get_running_loop()
    for number in numbers:
        _before(number, lambda: loop.call_soon_threadsafe(close_streams))


def _before(number: signal.Signals, action: Any) -> None:
    after = signal.getsignal(number)

    def handler(received: int, frame: FrameType | None) -> None:
        action()
        if callable(after):
            after(received, frame)

    signal.signal(number, handler)


def close_streams() -> None:
    """End every stream of this process; browsers come back from their cursors."""
    for hub in _hubs:
        hub.close()
