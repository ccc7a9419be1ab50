"""A server that is far away: every message takes its time, and hands do not wait for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lrlab.schedules import Schedule
from tests.e2e.conftest import Server, eventually
from tests.e2e.slow import slow
from tests.e2e.test_explore import by_epoch, field, linked, opened


@pytest.fixture
def far(server: Server) -> Iterator[Server]:
    with slow(server.url, 0.12) as url:
        yield Server(url, server.home)


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    tab = chromium.new_page()
    tab.set_default_timeout(60_000)
    yield tab
    tab.close()


def test_kinds_chosen_faster_than_the_line_lose_no_session(visitor: Page, far: Server) -> None:
    opened(visitor, far)
    picker = field(visitor, "schedule-kind").locator("select")
    kinds = ("exponential", "tanh", "polynomial", "rex", "noam", "multistep", "cyclic")
    for kind in kinds * 6:
        picker.select_option(kind)
        rates = pytest.approx(Schedule.parse({"kind": kind}).rates(epochs=30).tolist(), rel=1e-9)
        eventually(lambda rates=rates: by_epoch(visitor) == rates, f"the curve of {kind}")  # type: ignore[misc]
    eventually(lambda: linked(visitor).get("kind") == kinds[-1], "the address to hold the last")
    expect(visitor.get_by_role("dialog")).to_have_count(0)
