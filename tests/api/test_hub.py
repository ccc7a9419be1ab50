"""One read serves watchers that know different parts of a run."""

from __future__ import annotations

import asyncio
import json

import pytest

from lrlab.api.hub import TURN, Hub, Watcher, turn_of
from lrlab.runs import Position
from lrlab.runs.commands import Applied


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


def test_commands_are_told_whole_and_only_when_one_came_or_took_effect(store, writer):
    run = writer()
    run.write()
    watcher, other = Watcher({run.run: Position()}), Watcher({run.run: Position()})
    watcher.offer(store.since(watcher.cursors), {})
    assert "commands" not in heard(watcher)
    store.set_lr(run.run, 0.05)
    watcher.offer(store.since(watcher.cursors), {})
    (command,) = heard(watcher)["commands"]
    assert command == {
        "seq": 1, "kind": "set-lr", "argument": 0.05, "applied_update": None, "refusal": None,
    }  # fmt: skip
    run.write()
    watcher.offer(store.since(watcher.cursors), {})
    assert "commands" not in heard(watcher)
    run.answer(Applied(1, 100))
    store.pause(run.run)
    updates = store.since({run.run: Position()})
    for each in (watcher, other):
        each.offer(updates, {})
        told = [(one["kind"], one["applied_update"]) for one in heard(each)["commands"]]
        assert told == [("set-lr", 100), ("pause", None)]


def test_watchers_that_know_the_same_share_one_part(store, writer):
    run = writer()
    run.write()
    store.set_lr(run.run, 0.05)
    parts = {}
    for _ in range(3):
        Watcher({run.run: Position()}).offer(store.since({run.run: Position()}), parts)
    assert len(parts) == 1


def test_a_crowd_is_served_less_often_but_within_half_a_second():
    assert turn_of(1) == turn_of(40) == TURN
    assert TURN < turn_of(100) < turn_of(200) < 0.45
