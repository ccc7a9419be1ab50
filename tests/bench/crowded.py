"""A store of 100,000 finished runs: how long its lists, pages and submissions take.

    python -m tests.bench.crowded [--runs 100000]

The rows are written at once, as `lrlab import-store` would; the runs page is opened in headless
Chromium, from the address to its drawn table.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import insert, select

from lrlab.experiment import Experiment
from lrlab.runs import State, Store
from lrlab.runs.tables import run
from tests.bench.watchers import start
from tests.conftest import FLAGS, SYSTEM
from tests.e2e.conftest import _stop_workers
from tests.submitted import submit

# Milliseconds until the table can be seen: since the page's start, or since a link was clicked.
SEEN = """(link) => new Promise((seen) => {
  const began = link ? performance.now() : 0;
  if (link) [...document.querySelectorAll("a")].find((a) => a.innerText === link).click();
  const look = () => document.querySelector('[data-testid="stDataFrame"] canvas')?.offsetWidth
    ? seen(performance.now() - began) : requestAnimationFrame(look);
  look();
})"""
SENT = Experiment.parse({"schedule": {"kind": "cosine"}})
BATCH = 5_000


def fill(store: Store, count: int) -> None:
    """Write `count` finished runs of 40 owners."""
    first = submit(store, SENT)
    with store.database.write() as connection:
        row = dict(connection.execute(select(run).where(run.c.id == first)).mappings().one())
    ended = {
        "state": State.FINISHED, "started": row["submitted"], "finished": row["submitted"] + 90,
        "last_update": row["updates"], "epoch": 30.0, "test_acc": 0.9, "train_loss": 0.2,
        "train_acc": 0.92, "seconds": 90.0, "examples_per_second": 2e4, "engine": 0,
    }  # fmt: skip
    row = {name: value for name, value in (row | ended).items() if name != "id"}
    for begin in range(0, count, BATCH):
        rows = [
            row | {"owner": f"owner {k % 40}", "identity": f"{k:064x}"}
            for k in range(begin, min(begin + BATCH, count))
        ]
        with store.database.write() as connection:
            connection.execute(insert(run), rows)
    store.cancel(first)


def times(act: Callable[[], object], rounds: int) -> list[float]:
    """Return the sorted milliseconds of an act, over and over."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken)


def say(what: str, taken: list[float]) -> None:
    p95 = taken[min(len(taken) - 1, int(0.95 * len(taken)))]
    print(f"| {what} | {len(taken)} | {statistics.median(taken):.1f} | {p95:.1f} |", flush=True)


def pages(home: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Open the runs page again and again: by its address in a new tab, and from Explore.

    What is done to tab and browser before and after is not in it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(home, port)
    try:
        with sync_playwright() as playwright:
            # A profile on disk, as people have: scripts are compiled for the first visits only.
            browser = playwright.chromium.launch_persistent_context(
                home / "profile", executable_path=SYSTEM, args=FLAGS
            )

            opened = []
            for _ in range(rounds + 3):
                page = browser.new_page()
                page.wait_for_timeout(700)
                page.goto(f"http://127.0.0.1:{port}/runs", wait_until="commit")
                opened.append(page.evaluate(SEEN, ""))
                page.close()
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}/")
            clicked = []
            for _ in range(rounds + 1):
                page.wait_for_selector('[data-testid="preview"] .js-line', state="attached")
                page.wait_for_timeout(700)
                clicked.append(page.evaluate(SEEN, "Runs"))
                page.get_by_role("link", name="Explore", exact=True).first.click()
            return sorted(opened[3:]), sorted(clicked[1:])
    finally:
        process.terminate()
        process.wait(20)
        _stop_workers(home)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LRLAB_HOME"] = folder
        store = Store(f"sqlite:///{folder}/lrlab.db")
        fill(store, options.runs)
        print(f"{options.runs} runs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, ms:")
        print("| what | n | median | p95 |\n|---|---|---|---|")
        seeds = iter(range(10_000))
        owner = iter(range(10_000))
        say("submit", times(lambda: store.submit(
            Experiment.parse({"schedule": {"kind": "cosine"}, "seed": next(seeds)}),
            owner=f"owner {next(owner) % 40}"), 5 * options.rounds))  # fmt: skip
        say("list of the newest 200", times(lambda: store.list(limit=200), options.rounds))
        say("claim and give back", times(lambda: given_back(store), options.rounds))
        for waiting in store.list(limit=10_000, states=[State.QUEUED]):
            store.cancel(waiting.id)  # else the app's worker trains them beside the browser
        opened, clicked = pages(Path(folder), options.rounds)
        say("the runs page, in a new tab", opened)
        say("the runs page, from Explore", clicked)


def given_back(store: Store) -> None:
    lease = store.claim("bench")
    assert lease is not None
    lease.release("it is a benchmark", counted=False)


if __name__ == "__main__":
    main()
