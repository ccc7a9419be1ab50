"""GET /api/stream: the records of runs as they are stored, as server-sent events.

    /api/stream?run=3&run=5&cursor=3:250:1:8,5:0:0:0

Each event's data are {"runs": {"3": {"status": {…}, "commands": [{"seq", "kind", …}],
"points": {"update": […], …}, "evaluations": {…}, "measures": {"sharpness": {…}}}}}: only
what is new, columns rather than rows; of the status the fields that changed, in a stream's
first event all of them; the commands are all of them whenever one has come or taken effect.
Its id is the cursor after it, so a browser that lost the connection goes on from there by
itself (Last-Event-ID). Once every run is in a final state the event `end` tells the browser
to close.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lrlab.api import cursors
from lrlab.api.hub import Hub, Watcher
from lrlab.errors import InvalidInput

# A proxy that gathers answers before it passes them on would hold the events back.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """Events of one watcher; its place in the hub is free as soon as the browser has gone."""

    def __init__(self, hub: Hub, watcher: Watcher) -> None:
        super().__init__(watcher.events(), headers=HEADERS, media_type="text/event-stream")
        self._hub, self._watcher = hub, watcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request while the hub keeps the watcher supplied."""
        with self._hub.watching(self._watcher):
            await super().__call__(scope, receive, send)


async def stream(request: Request, hub: Hub) -> Response:
    """Answer with the events past the request's cursor; 400 or 404 with one sentence."""
    text = request.headers.get("last-event-id") or request.query_params.get("cursor", "")
    try:
        at = cursors.parse(request.query_params.getlist("run"), text)
    except InvalidInput as error:
        return PlainTextResponse(str(error), 400)
    updates = await asyncio.to_thread(hub.store.since, at)
    for run in at:
        if run not in updates:
            return PlainTextResponse(f"run is {run}; there is no such run.", 404)
    watcher = Watcher(at)
    watcher.offer(updates, {})
    return EventStream(hub, watcher)
