"""The lesson in a browser: every step, predictions that last, a run, a broken link, a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from lrlab.lessons.chapter import CASES
from lrlab.lessons.further import STEPS
from lrlab.lessons.recorded import group
from lrlab.ui.recorded import reached
from tests.e2e.conftest import Server, eventually, whole


def press(page: Page, words: str) -> None:
    """Click on what says this, once the step before has left the screen."""
    whole(page).get_by_text(words).click()


def test_every_step_can_be_walked_through(page: Page, server: Server) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{server.url}/learn")
    for step, after in zip(STEPS, [*STEPS[1:], None], strict=True):
        expect(page.get_by_role("heading", name=step.title)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if step.question:
            press(page, "Show them now")
            expect(page.get_by_text(step.question.said, exact=True)).to_be_visible()
        if step.shows:
            expect(page.get_by_text("Recorded runs, 5 seeds each")).to_be_visible()
        if step.shows or step.plans or step.view == "claims":
            expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
        if after:
            page.get_by_role("link", name=f"Next: {after.title}").click()
    assert faults == []


def test_a_prediction_is_answered_by_the_runs_and_kept(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/learn?step=square-root&tab=mxnet")
    page.get_by_text("Yes", exact=True).click()
    expect(page.get_by_text("Otherwise than expected: No")).to_be_visible()
    page.get_by_role("radio", name="PyTorch").click()
    expect(page).to_have_url(f"{server.url}/learn?step=square-root&tab=pytorch")
    press(page, "It cannot be told from the seeds")
    expect(page.get_by_text("As you expected")).to_be_visible()
    # Figures on screen are those of the file and of the chapter.
    ours = reached(group("pytorch as run")["square root"])
    theirs = next(c.published for c in CASES if (c.tab, c.name) == ("pytorch", "square root"))
    expect(page.get_by_role("cell", name=ours)).to_be_visible()
    published = f"{theirs.test_acc:.4f} ± {theirs.test_acc_sd:.4f} (n = {theirs.runs})"
    expect(page.get_by_role("cell", name=published)).to_be_visible()
    page.get_by_role("link", name="Next: A factor each time").click()
    expect(page.get_by_role("heading", name="A factor each time")).to_be_visible()
    page.get_by_role("link", name="Back: Square root").click()
    expect(page.get_by_text("As you expected")).to_be_visible()


def test_the_chapters_scheduler_answers_what_it_is_asked(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/learn?step=cosine")
    page.get_by_text("Ask the chapter's scheduler").click()
    times = page.get_by_role("textbox", name="Ask for these t, in this order")
    times.fill("25, 10, 25")
    times.press("Enter")
    expect(page.get_by_role("cell", name="fails")).to_be_visible()
    expect(page.get_by_role("cell", name="0.155")).to_have_count(3)  # one of them its formula's
    times.fill("ten")
    times.press("Enter")
    expect(page.get_by_text("t is 'ten'; allowed are")).to_be_visible()


def test_an_experiment_is_trained_here_and_stands_in_the_address(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/learn?step=by-hand")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile(r"/learn\?step=by-hand&tab=pytorch&run=[0-9]+$"))
    number = int(page.url.rpartition("=")[2])
    eventually(lambda: bool(server.store().points(number)), "its first point", 90)
    run = server.store().run(number)
    assert run is not None
    assert run.experiment == CASES[0].experiment()
    expect(page.get_by_role("button", name="Steer")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Steer")).to_be_visible()
    server.store().cancel(number)


def test_a_stale_link_says_so_and_a_phone_needs_no_sideways_scrolling(
    page: Page, server: Server
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/learn?step=bogus&tab=jax&case=9&run=12345")
    for fault in ("step 'bogus'", "tab 'jax'", "case '9'", "run '12345'"):
        expect(page.get_by_text(f"The address says {fault}")).to_be_visible()
    expect(page.get_by_role("heading", name=STEPS[0].title)).to_be_visible()
    page.goto(f"{server.url}/learn?step=tabs&tab=tensorflow")
    press(page, "Show them now")
    expect(page.get_by_text("Recorded runs")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
