"""The embedded form of the preview and of a run, as a course's page frames it."""

from __future__ import annotations

import json
from urllib.parse import quote

from playwright.sync_api import Page, expect

from lrlab.experiment import Experiment
from tests.e2e.conftest import Server, eventually
from tests.submitted import submit


def framed(page: Page, server: Server, path: str) -> None:
    page.goto(f"{server.url}/_stcore/health")  # the same origin, as a course's own server is not
    page.set_content(f'<iframe src="{server.url}/{path}" width="900" height="600"></iframe>')


def test_a_course_frames_the_preview_with_its_sliders(page: Page, server: Server) -> None:
    spec = quote(json.dumps({"kind": "constant", "base_lr": 0.1}))
    framed(page, server, f"?embed=true&schedule={spec}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_test_id("preview")).to_be_visible(timeout=60_000)
    rate = frame.locator('[data-key="param-base_lr"] input[type=number]')
    rate.fill("0.2")
    rate.press("Enter")
    whole = frame.get_by_role("link", name="Open in lrlab")
    eventually(lambda: "0.2" in (whole.get_attribute("href") or ""), "the link to follow the hand")
    expect(frame.get_by_role("button", name="Train")).to_have_count(0)
    expect(frame.get_by_role("link", name="Gallery")).to_have_count(0)


def test_a_course_frames_a_live_run(page: Page, server: Server) -> None:
    small = {"schedule": {"kind": "constant"}, "epochs": 1, "train_examples": 512,
             "batch_size": 8}  # fmt: skip
    number = submit(server.store(), Experiment.parse(small))
    framed(page, server, f"train?embed=true&run={number}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Finished", exact=True)).to_be_visible(timeout=60_000)
    expect(frame.get_by_test_id("live-loss").locator(".main-svg").first).to_be_visible()
    expect(frame.get_by_role("link", name="Open in lrlab")).to_have_attribute(
        "href", f"/train?run={number}"
    )
