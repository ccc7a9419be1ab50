"""One read serves watchers that know different parts of a run."""

from __future__ import annotations

import asyncio
import json

import pytest

from lrlab.api.hub import Hub, Watcher
from lrlab.runs import Position


def heard(watcher: Watcher) -> dict:
    """Return the data of the event that waits for a watcher, as of its first run."""

    async def second() -> str:
        events = watcher.events()
        await anext(events)
        return await anext(events)

    data = asyncio.run(second()).split("data: ")[1]
    return next(iter(json.loads(data)["runs"].values()))


@pytest.mark.parametrize("known", [0, 1, 5, 9])
def test_each_watcher_gets_what_is_past_its_own_cursor(store, writer, known):
    run = writer()
    for _ in range(10):
        run.write()
    updates = store.since({run.run: Position()})
    parts = {}
    for update, epoch in ((50 * known, 0), (0, 1), (50 * known, 2)):
        watcher = Watcher({run.run: Position(update, epoch)})
        watcher.offer(updates, parts)
        news = heard(watcher)
        assert news["points"]["update"] == list(range(update + 50, 501, 50))
        assert news.get("evaluations", {"epoch": []})["epoch"] == list(range(epoch + 1, 3))


def test_a_watcher_that_has_not_taken_its_event_is_not_offered_another(store, writer):
    run = writer()
    run.write()
    watcher = Watcher({run.run: Position()})
    watcher.offer(store.since(watcher.cursors), {})
    assert not watcher.ready
    heard(watcher)
    assert watcher.ready


def test_a_watcher_that_knows_everything_is_told_nothing(store, writer):
    run = writer()
    run.write()
    watcher = Watcher({run.run: Position()})
    watcher.offer(store.since(watcher.cursors), {})
    heard(watcher)
    watcher.offer(store.since(watcher.cursors), {})
    assert watcher.ready


def test_a_silent_line_says_now_and_then_that_it_is_alive(submit):
    async def second() -> str:
        events = Watcher({submit(): Position()}, silence=0.01).events()
        await anext(events)
        return await anext(events)

    spoken = asyncio.run(second())
    assert spoken.startswith(":")  # a comment to any client
    assert "event: alive\n" in spoken


def test_streams_that_are_closed_end_without_a_last_event(store, submit):
    async def rest() -> list[str]:
        hub = Hub(store)
        watcher = Watcher({submit(): Position()})
        with hub.watching(watcher):
            events = watcher.events()
            await anext(events)
            hub.close()
            return [event async for event in events]

    assert asyncio.run(rest()) == []
