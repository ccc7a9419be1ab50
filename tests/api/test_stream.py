"""The run stream over a real server and SQLite: nothing lost, nothing twice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from lrlab.api.hub import TURN
from lrlab.runs import State

DEADLINE = 20.0


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Yield the server-sent events of a response's lines: kind, id and data of each."""
    event: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event
            event = {}


class Reader:
    """What a browser gathers from the stream."""

    def __init__(self, server: str, runs: list[int], cursor: str = "") -> None:
        self.address = f"{server}/api/stream"
        self.parameters: dict[str, Any] = {"run": runs} | ({"cursor": cursor} if cursor else {})
        self.cursor = cursor
        self.updates: dict[int, list[int]] = {run: [] for run in runs}
        self.epochs: dict[int, list[int]] = {run: [] for run in runs}
        self.measures: dict[str, list[int]] = {}
        self.statuses: dict[int, dict[str, Any]] = {run: {} for run in runs}
        self.ended = False

    def read(
        self, until: Callable[[Reader], bool] = lambda reader: False, resume: str = ""
    ) -> Reader:
        """Read events until they end or `until` holds after one."""
        headers = {"Last-Event-ID": resume} if resume else {}
        with httpx.stream(
            "GET", self.address, params=self.parameters, headers=headers, timeout=DEADLINE
        ) as response:
            assert response.status_code == 200, response.read()
            for event in events(response.iter_lines()):
                self._take(event)
                if until(self):
                    break
        return self

    def _take(self, event: dict[str, str]) -> None:
        if event.get("event") == "end":
            self.ended = True
        if "id" not in event:
            return
        self.cursor = event["id"]
        for run, news in json.loads(event["data"])["runs"].items():
            self.updates[int(run)] += news.get("points", {}).get("update", [])
            self.epochs[int(run)] += news.get("evaluations", {}).get("epoch", [])
            for name, columns in news.get("measures", {}).items():
                self.measures.setdefault(name, []).extend(columns["update"])
            self.statuses[int(run)] |= news.get("status", {})


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def test_a_run_that_ended_is_sent_whole_and_the_stream_ends(server, writer):
    run = writer()
    for _ in range(10):
        run.write()
    run.end()
    reader = Reader(server, [run.run]).read()
    assert reader.updates[run.run] == list(range(50, 501, 50))
    assert reader.epochs[run.run] == [1, 2]
    assert reader.statuses[run.run]["state"] == "finished"
    assert reader.ended


def test_records_of_a_concurrent_writer_arrive_in_order_and_once(server, writer):
    run = writer()

    def write() -> None:
        for _ in range(200):
            run.write()
        run.end()

    thread = threading.Thread(target=write)
    thread.start()
    reader = Reader(server, [run.run]).read()
    thread.join()
    assert reader.updates[run.run] == list(range(50, 10_001, 50))
    assert reader.epochs[run.run] == list(range(1, 43))


def test_what_has_changed_of_a_status_is_sent_and_makes_the_whole_of_it(server, store, writer):
    run = writer()
    run.write()
    reader = Reader(server, [run.run])
    sent: list[set[str]] = []
    take = reader._take

    def noted(event: dict[str, str]) -> None:
        before = dict(reader.statuses[run.run])
        take(event)
        if "id" in event:
            news = json.loads(event["data"])["runs"][str(run.run)].get("status", {})
            sent.append(set(news))
            assert all(before.get(name, run) != value for name, value in news.items())

    reader._take = noted
    steps = iter([run.write] * 4 + [run.end])

    def step(_: Reader) -> bool:
        next(steps, lambda: None)()
        return False

    reader.read(until=step)
    whole = store.run(run.run).status()
    assert reader.statuses[run.run] == json.loads(json.dumps(whole))
    assert sent[0] == set(whole)
    assert len(sent) >= 5
    assert all("name" not in each for each in sent[1:])


@pytest.mark.parametrize("by_header", [True, False])
def test_a_stream_that_breaks_again_and_again_loses_and_repeats_nothing(server, writer, by_header):
    run = writer()
    wanted = threading.Semaphore(7)  # so that the writer is a few points ahead of the reader

    def write() -> None:
        for _ in range(100):
            wanted.acquire(timeout=DEADLINE)
            run.write()
        run.end()

    thread = threading.Thread(target=write)
    thread.start()
    reader = Reader(server, [run.run])
    for _ in range(200):
        if reader.ended:
            break
        wanted.release(5)
        seen = len(reader.updates[run.run])
        reader.read(lambda now, seen=seen: len(now.updates[run.run]) > seen, reader.cursor)
        if not by_header:
            reader = _reopened(server, reader)
    thread.join()
    assert reader.updates[run.run] == list(range(50, 5001, 50))
    assert reader.epochs[run.run] == list(range(1, 22))
    assert reader.measures["gradient_norm"] == list(range(50, 5001, 50))
    assert reader.measures["sharpness"] == list(range(235, 5001, 235))


def _reopened(server: str, before: Reader) -> Reader:
    after = Reader(server, list(before.updates), before.cursor)
    after.updates, after.epochs, after.ended = before.updates, before.epochs, before.ended
    after.measures = before.measures
    return after


def test_several_runs_share_one_stream(server, writer):
    first, second = writer(), writer()
    first.write()
    second.write()
    second.write()
    first.end()
    second.end(State.DIVERGED)
    reader = Reader(server, [first.run, second.run]).read()
    assert reader.updates == {first.run: [50], second.run: [50, 100]}
    states = {run: status["state"] for run, status in reader.statuses.items()}
    assert states == {first.run: "finished", second.run: "diverged"}


def test_the_header_of_a_returning_browser_counts_before_the_cursor_in_the_address(server, writer):
    run = writer()
    for _ in range(6):
        run.write()
    run.end()
    reader = Reader(server, [run.run], f"{run.run}:50:0").read(resume=f"{run.run}:200:0")
    assert reader.updates[run.run] == [250, 300]


def test_an_older_page_that_knows_no_measures_is_sent_them_all(server, writer):
    run = writer()
    for _ in range(6):
        run.write()
    run.end()
    reader = Reader(server, [run.run], f"{run.run}:300:1").read()
    assert reader.updates[run.run] == []
    assert reader.measures == {"gradient_norm": list(range(50, 301, 50)), "sharpness": [235]}


def test_a_change_of_state_alone_is_sent(server, store, submit):
    run = submit()
    reader = Reader(server, [run])
    thread = threading.Thread(target=reader.read)
    thread.start()
    wait_for(lambda: reader.statuses[run].get("state") == "queued")
    store.cancel(run)
    thread.join(DEADLINE)
    assert reader.statuses[run]["state"] == "cancelled"
    assert reader.ended


def test_a_loss_that_is_not_finite_travels_as_null(server, writer):
    run = writer()
    run.write(loss=float("nan"))
    run.end(State.DIVERGED)
    response = httpx.get(f"{server}/api/stream", params={"run": run.run})
    data = next(event["data"] for event in events(iter(response.text.split("\n"))) if "id" in event)
    news = json.loads(data)["runs"][str(run.run)]
    assert news["points"]["train_loss"] == [None]
    assert news["measures"]["gradient_norm"]["value"] == [None]


def test_proxies_are_told_not_to_hold_events_back(server, writer):
    run = writer()
    run.end()
    response = httpx.get(f"{server}/api/stream", params={"run": run.run})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "run names 0 runs; allowed are 1 to 64."),
        ("run=x", "run is 'x'; allowed is a whole number from 1 up."),
        ("run=1&cursor=1:2", "cursor has '1:2'; allowed is run:update:epoch:measure."),
        ("run=1&cursor=2:0:0", "cursor names run 2; allowed are the runs asked for."),
    ],
)
def test_bad_parameters_are_answered_with_one_sentence(server, query, sentence):
    response = httpx.get(f"{server}/api/stream?{query}")
    assert (response.status_code, response.text) == (400, sentence)


def test_a_run_that_does_not_exist_is_not_found(server):
    response = httpx.get(f"{server}/api/stream?run=99")
    assert (response.status_code, response.text) == (404, "run is 99; there is no such run.")


def watchers(server: str) -> int:
    return httpx.get(f"{server}/api/health").json()["watchers"]


def test_a_watcher_that_leaves_frees_its_place(server, submit):
    run = submit()
    counted = []
    Reader(server, [run]).read(until=lambda reader: not counted.append(watchers(server)))
    assert counted == [1]
    wait_for(lambda: watchers(server) == 0)


def test_the_store_is_read_once_a_turn_however_many_watch(server, store, submit, monkeypatch):
    reads: list[float] = []
    since = store.since
    monkeypatch.setattr(store, "since", lambda at: reads.append(time.monotonic()) or since(at))
    run = submit()
    readers = [Reader(server, [run]) for _ in range(10)]
    threads = [threading.Thread(target=reader.read) for reader in readers]
    for thread in threads:
        thread.start()
    wait_for(lambda: all(any(reader.statuses.values()) for reader in readers))
    wait_for(lambda: len(reads) >= 20)
    store.cancel(run)
    for thread in threads:
        thread.join(DEADLINE)
    turns = (reads[-1] - reads[0]) / TURN
    assert len(reads) <= len(readers) + turns + 1
    assert all(reader.ended for reader in readers)
