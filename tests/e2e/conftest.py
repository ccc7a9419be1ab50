"""The real server with a lab of its own, and a browser to look at it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, Playwright, expect

from lrlab.runs import FINAL, Store
from tests.conftest import FLAGS, SYSTEM

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running app: its address and the home of its lab."""

    url: str
    home: Path

    def store(self) -> Store:
        """Open the lab's store beside the app."""
        return Store(f"sqlite:///{self.home / 'lrlab.db'}")


def eventually(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until `condition` holds; fail, saying `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def whole(page: Page) -> Page:
    """Return a page once it is drawn to its end; until then what is older stands below a heading.

    For a page that has begun to be drawn: just after a click the one before is still whole.
    """
    expect(page.locator("[data-test-script-state=notRunning]").first).to_be_attached()
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    page.evaluate("""async () => {
      await new Promise(requestAnimationFrame);
      await document.fonts.ready;  // a formula in others needs more room
    }""")
    return page


def at_rest(part: Locator) -> FloatRect:
    """Return where a part of a page is, once nothing has moved it for half a second."""
    whole(part.page)
    part.evaluate("""async (part) => {
      for (let [last, same] = ["", 0]; same < 30;) {
        await new Promise(requestAnimationFrame);
        const now = JSON.stringify(part.getBoundingClientRect());
        [last, same] = [now, now === last ? same + 1 : 0];
      }
    }""")
    box = part.bounding_box()
    assert box
    return box


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("lab")
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = [f"--server.port={port}", "--server.headless=true"]
    environment = os.environ | {"LRLAB_HOME": str(home)}
    with (home / "app.log").open("wb") as log:
        process = subprocess.Popen(
            command + options, cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    found = Server(f"http://127.0.0.1:{port}", home)
    try:
        eventually(lambda: _answers(f"{found.url}/_stcore/health"), "the app to answer", 60)
        yield found
        _cancel_all(found)
    finally:
        process.terminate()
        process.wait(20)
        _stop_workers(home)


def _cancel_all(server: Server) -> None:
    store = server.store()
    for run in store.list():
        if run.state not in FINAL:
            store.cancel(run.id)
    store.close()


def _stop_workers(home: Path) -> None:
    """End the worker that the app started: it would wait ten minutes for the next one."""
    mine = f"LRLAB_HOME={home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # another's process, or one that has just ended
            continue
        if command[1:4] == [b"-m", b"lrlab", b"worker"] and mine in environment:
            os.kill(int(folder.name), signal.SIGTERM)


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A browser's folder: what it has loaded and compiled of the app is there for the next tab."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def laptop(driver: Playwright, profile: Path) -> Iterator[BrowserContext]:
    """One person's browser."""
    context = driver.chromium.launch_persistent_context(
        profile, executable_path=SYSTEM, args=FLAGS, viewport={"width": 1440, "height": 900}
    )
    yield context
    context.close()


@pytest.fixture
def page(laptop: BrowserContext) -> Iterator[Page]:
    """A laptop's tab; a test fails when the page throws."""
    faults: list[str] = []
    tab = laptop.new_page()
    tab.set_default_timeout(60_000)  # a busy machine is slow, not wrong
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    for each in laptop.pages[1:]:  # the first one, which is empty, keeps the browser open
        each.close()
    assert faults == []
