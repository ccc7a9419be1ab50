"""What several rooms' tests share: a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

# Two test processes share the machine with workers: threads of theirs that spin while they wait
# make everybody's updates many times as long. Read by OpenMP when torch is first imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def pytest_configure() -> None:
    """Give each training one thread: two of two threads each, on two cores, hold each other up."""
    os.environ.setdefault("LRLAB_THREADS", "1")


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong


# A system's Chromium where there is one, else the one that playwright installed.
SYSTEM = shutil.which("chromium") or shutil.which("chromium-browser")


# Once a file, not once a session: Playwright's event loop runs in the main thread as long as
# it is there, and a test file that needs a loop of its own could come after it.
@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    """A browser whose every page belongs to somebody else."""
    browser = driver.chromium.launch(executable_path=SYSTEM, args=FLAGS)
    yield browser
    browser.close()
