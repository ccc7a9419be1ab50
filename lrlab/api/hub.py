"""One reader of the store for everybody who watches runs.

    store.since(lowest cursors)  --each turn-->  each watcher's next event

However many browsers follow a run, the store is read once a turn, in a thread,
and only while somebody watches: ten times a second, and less often for a crowd, whose
events would else take the processor from the trainings. A watcher that has not taken its
last event is left out until it has, so a slow line holds back nobody and piles up nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from lrlab.api import cursors, messages
from lrlab.api.cursors import Cursors
from lrlab.runs import Position, Store

TURN = 0.1  # seconds between two reads of the store, at least
TURN_EACH = 0.00175  # seconds a watcher, where there are more than 57
SILENCE = 15.0  # seconds after which a comment shows a proxy that the line is in use

_NOTHING = messages.Said()


class Watcher:
    """One stream: what it has been sent of its runs, and the event that waits to be sent."""

    def __init__(self, at: Cursors, silence: float = SILENCE) -> None:
        self.cursors = dict(at)
        self._silence = silence
        self._said: dict[int, messages.Said] = {}
        self._live = set(at)
        self._waiting: str | None = None
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def ready(self) -> bool:
        """Whether the last event was taken, so that the next may be made."""
        return self._waiting is None

    def offer(self, updates: messages.Updates, parts: messages.Parts) -> None:
        """Make the next event of what `updates` hold past this watcher's cursors, if anything."""
        news = {}
        for run in self.cursors:
            known = messages.Known(run, self.cursors[run], self._said.get(run, _NOTHING))
            part = messages.part(updates.get(run), known, parts)
            if part is not None:
                self._take(run, part)
                news[run] = part.text
        if news:
            self._waiting = messages.event(news, cursors.text(self.cursors))
            self._changed.set()

    def close(self) -> None:
        """End the stream without a last event: the browser comes back from its cursor."""
        self._closed = True
        self._changed.set()

    async def events(self) -> AsyncIterator[str]:
        """Yield server-sent events until every run is in a final state."""
        yield messages.GREETING
        while not self._closed:
            if not await self._news():
                yield messages.ALIVE
                continue
            if self._waiting is not None:
                waiting, self._waiting = self._waiting, None
                yield waiting
            if not self._live:
                yield messages.END
                return

    def _take(self, run: int, part: messages.Part) -> None:
        self.cursors[run] = part.position
        self._said[run] = part.said
        if part.final:
            self._live.discard(run)

    async def _news(self) -> bool:
        try:
            async with asyncio.timeout(self._silence):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class Hub:
    """The watchers of one process and the one task that reads the store for them."""

    def __init__(self, store: Store, turn: float = TURN) -> None:
        self.store = store
        self._turn = turn
        self._watchers: set[Watcher] = set()
        self._reader: asyncio.Task[None] | None = None

    @property
    def watchers(self) -> int:
        """How many streams are open."""
        return len(self._watchers)

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[Watcher]:
        """Keep `watcher` supplied; its place is free again when the block is left."""
        self._watchers.add(watcher)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """End every stream, so that a server that stops need not wait for them."""
        for watcher in self._watchers:
            watcher.close()

    async def _read(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._watchers:
                started = clock()
                await self._supply()
                turn = turn_of(len(self._watchers), self._turn)
                await asyncio.sleep(max(0.0, turn - (clock() - started)))
        finally:
            # The store could not be read, or the server stops: browsers come back by themselves.
            self.close()

    async def _supply(self) -> None:
        ready = [watcher for watcher in self._watchers if watcher.ready]
        if not ready:
            return
        updates = await asyncio.to_thread(self.store.since, _lowest(ready))
        parts: messages.Parts = {}
        for watcher in ready:
            watcher.offer(updates, parts)


def turn_of(watchers: int, least: float = TURN) -> float:
    """Return the seconds between two reads of the store for so many watchers."""
    return max(least, TURN_EACH * watchers)


def _lowest(watchers: list[Watcher]) -> Cursors:
    """Return for each run the place from which all of `watchers` are served by one read."""
    lowest: Cursors = {}
    for watcher in watchers:
        for run, at in watcher.cursors.items():
            low = lowest.get(run, at)
            lowest[run] = Position(*map(min, low, at))
    return lowest
