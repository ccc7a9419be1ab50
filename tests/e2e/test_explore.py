"""The explore page in a browser: the curve follows the hand, and nothing typed breaks it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lrlab.schedules import Schedule, catalogue
from tests.e2e.conftest import Server, at_rest, eventually

PREVIEW = '[data-testid="preview"]'


def opened(page: Page, server: Server, **query: Any) -> Page:
    """Open the explore page with a query and wait for its curve."""
    text = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
    page.goto(f"{server.url}/?{text}")
    page.wait_for_selector(f"{PREVIEW} .scatterlayer .js-line", state="attached")
    return page


def curve(page: Page, index: int = 0) -> list[float]:
    """Return the drawn rates of one trace."""
    script = f"Array.from(document.querySelector('{PREVIEW}').data[{index}].y)"
    return list(page.evaluate(script))


def by_epoch(page: Page) -> list[float]:
    """Return the drawn rate of each epoch of a run of 30."""
    drawn = curve(page)
    each = (len(drawn) - 1) // 30
    return [drawn[epoch * each + each // 2] for epoch in range(30)]


def traces(page: Page) -> int:
    """Return how many schedules are drawn: all traces but the marker."""
    return int(page.evaluate(f"document.querySelector('{PREVIEW}').data.length")) - 1


def field(page: Page, key: str) -> Locator:
    return page.locator(f'[data-key="{key}"]')


def number(page: Page, key: str) -> Locator:
    return field(page, key).locator("input[type=number]")


def range_of(page: Page, key: str) -> Locator:
    return field(page, key).locator("input[type=range]")


def choose(page: Page, kind: str) -> None:
    field(page, "schedule-kind").locator("select").select_option(kind)


def address(page: Page) -> str:
    return str(page.evaluate("location.href"))


def linked(page: Page) -> dict[str, Any]:
    """Return the schedule in the address bar; an empty one for the first screen."""
    query = parse_qs(urlsplit(address(page)).query)
    return dict(json.loads(query["schedule"][0])) if "schedule" in query else {}


def test_the_curve_follows_a_dragged_slider_without_a_word_to_the_server(
    page: Page, server: Server
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.on("websocket", lambda ws: ws.on("framesent", lambda _: sent.append("frame")))
    opened(page, server)
    page.wait_for_load_state("networkidle")
    box = at_rest(range_of(page, "param-base_lr"))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    eventually(lambda: curve(page)[0] < 0.1, "the curve to follow the press")
    sent.clear()
    peaks = [curve(page)[0]]
    for step in range(1, 11):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.02 * step), middle)
        eventually(lambda: curve(page)[0] > peaks[-1], "the curve to follow the pointer")
        peaks.append(curve(page)[0])
    assert sent == []
    page.mouse.up()
    eventually(lambda: linked(page).get("base_lr") == peaks[-1], "the link to hold the rate")
    assert number(page, "param-base_lr").input_value() == str(peaks[-1])


def test_an_arrow_key_moves_the_curve_by_one_step(page: Page, server: Server) -> None:
    opened(page, server)
    range_of(page, "param-base_lr").press("ArrowRight")
    eventually(lambda: 0.3 < curve(page)[0] < 0.32, "the curve to rise")
    eventually(lambda: linked(page).get("base_lr", 0) > 0.3, "the link to follow")
    expect(range_of(page, "param-base_lr")).to_be_focused()


def test_every_family_can_be_picked_and_is_drawn_as_python_computes_it(
    page: Page, server: Server
) -> None:
    opened(page, server)
    picker = field(page, "schedule-kind").locator("select")
    kinds = picker.locator("option").evaluate_all("options => options.map((o) => o.value)")
    assert set(kinds) == {entry["kind"] for entry in catalogue()} - {"warmup", "clamp"}
    for kind in kinds:
        if Schedule.kinds[kind].adaptive:  # drawn as a replay, see test_replay.py
            continue
        picker.select_option(kind)
        rates = pytest.approx(Schedule.parse({"kind": kind}).rates(epochs=30).tolist(), rel=1e-9)
        eventually(lambda rates=rates: by_epoch(page) == rates, f"the curve of {kind}")  # type: ignore[misc]


def test_nested_schedules_of_a_link_are_drawn_as_python_computes_them(
    page: Page, server: Server
) -> None:
    parts = [{"schedule": {"kind": "warmup", "length": 3}, "length": 9}]
    parts.append({"schedule": {"kind": "clamp", "min_lr": 0.02, "inner": {"kind": "exponential"}}})
    spec = {"kind": "clamp", "max_lr": 0.25, "inner": {"kind": "sequence", "parts": parts}}
    opened(page, server, schedule=json.dumps(spec))
    rates = Schedule.parse(spec).rates(epochs=30).tolist()
    assert by_epoch(page) == pytest.approx(rates, rel=1e-9)


def test_a_number_out_of_range_is_refused_in_a_sentence_and_the_curve_stays(
    page: Page, server: Server
) -> None:
    opened(page, server)
    number(page, "param-base_lr").fill("-1")
    sentence = field(page, "param-base_lr").get_by_role("alert")
    expect(sentence).to_have_text("Base rate is -1; allowed is a number from 0 to 1000000.")
    assert curve(page)[0] == 0.3
    number(page, "param-base_lr").fill("0.5")
    expect(sentence).to_be_hidden()
    eventually(lambda: curve(page)[0] == 0.5, "the curve to follow")


def test_a_fault_that_only_python_sees_stands_beside_its_field(page: Page, server: Server) -> None:
    opened(page, server)
    field(page, "warmup").locator("input").check()
    eventually(lambda: linked(page).get("kind") == "warmup", "the link to hold the warmup")
    field(page, "param-warmup-mode").locator("select").select_option("exponential")
    expect(field(page, "param-warmup-begin_lr").get_by_role("alert")).to_contain_text("above 0")
    assert linked(page)["mode"] == "linear"
    number(page, "param-warmup-begin_lr").fill("0.001")
    number(page, "param-warmup-begin_lr").press("Tab")
    eventually(lambda: linked(page)["mode"] == "exponential", "the mended schedule to be taken")


def test_a_formula_is_read_by_python_and_its_constants_get_sliders(
    page: Page, server: Server
) -> None:
    opened(page, server)
    choose(page, "formula")
    text = field(page, "param-expression").locator("input")
    text.fill("base_lr / (1 + decay * t)")
    number(page, "param-constants-decay").fill("0.5")
    eventually(lambda: abs(by_epoch(page)[2] - 0.15) < 1e-12, "the formula to be drawn")
    before = curve(page)
    for hostile in ("__import__('os').getcwd()", "9**9**9**t", "base_lr / t", "base_lr +"):
        text.fill(hostile)
        alert = page.locator(".lrlab-error:visible")
        expect(alert).to_have_count(1)
        expect(alert).to_contain_text("allowed")
        assert curve(page) == before
        text.fill("base_lr / (1 + decay * t)")
        expect(page.locator(".lrlab-error:visible")).to_have_count(0)


def test_milestones_can_be_added_removed_and_kept_in_order(page: Page, server: Server) -> None:
    opened(page, server)
    choose(page, "multistep")
    eventually(lambda: by_epoch(page)[29] == 0.25, "the multistep curve")
    page.get_by_role("button", name="Remove Milestones (epochs) 2").click()
    page.get_by_role("button", name="Add to milestones").click()
    number(page, "param-milestones-1").fill("20")
    eventually(lambda: by_epoch(page)[19:21] == [0.25, 0.125], "the second drop at 20")
    number(page, "param-milestones-1").fill("3")
    expect(field(page, "param-milestones-1").get_by_role("alert")).to_contain_text("from 15 to")
    assert by_epoch(page)[19:21] == [0.25, 0.125]


def test_warmup_is_a_switch_with_its_own_parameters(page: Page, server: Server) -> None:
    opened(page, server)
    field(page, "warmup").locator("input").check()
    expect(range_of(page, "param-warmup-length")).to_be_visible()
    eventually(lambda: by_epoch(page)[0] == 0, "the curve to start at 0")
    field(page, "warmup").locator("input").uncheck()
    eventually(lambda: by_epoch(page)[0] == 0.3, "the curve to start at its peak")


def test_a_preset_of_the_chapter_fills_the_editor(page: Page, server: Server) -> None:
    opened(page, server)
    field(page, "preset").locator("select").select_option("square-root")
    expect(field(page, "schedule-kind").locator("select")).to_have_value("inverse_power")
    eventually(lambda: by_epoch(page)[3] == pytest.approx(0.05), "the square root")


def test_a_link_opens_the_same_screen(page: Page, server: Server, chromium: Browser) -> None:
    opened(page, server)
    choose(page, "exponential")
    number(page, "param-factor").fill("0.8")
    field(page, "pin").click()
    eventually(lambda: traces(page) == 2, "the pinned curve")
    field(page, "axis-log").check()
    eventually(lambda: "axis=log" in address(page), "the link to hold the axis")
    other = chromium.new_page()
    other.goto(address(page))
    other.wait_for_selector(f"{PREVIEW} .scatterlayer .js-line")
    eventually(lambda: traces(other) == 2, "the pinned curve in the other tab")
    assert curve(other) == curve(page)
    assert other.evaluate(f"document.querySelector('{PREVIEW}').layout.yaxis.type") == "log"
    expect(number(other, "param-factor")).to_have_value("0.8")
    other.close()


@pytest.mark.parametrize(
    "query",
    [
        {"schedule": '{"kind": "cosine", "base_lr": 1e999}'},
        {"schedule": '{"kind": "![x](http://127.0.0.1:9/x.png)<img src=x onerror=alert(1)>"}'},
        {"schedule": "[" * 5000},
        {"runs": "1;DROP TABLE run"},
    ],
)
def test_a_broken_link_is_one_sentence_and_the_first_screen(
    page: Page, server: Server, query: dict[str, str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, server, **query)
    warning = page.get_by_test_id("stAlert")
    expect(warning).to_have_count(1)
    expect(warning).to_contain_text("allowed")
    assert by_epoch(page)[0] == 0.3
    assert all(url.startswith((server.url, "blob:", "data:")) for url in asked)
    assert warning.locator("img").count() == 0


def test_a_run_that_is_gone_is_said_until_the_next_change(page: Page, server: Server) -> None:
    opened(page, server, schedule='{"kind": "rex"}', runs=999_999, seed=7)
    said = page.get_by_text("Not in this lab any more, or never: run 999999.")
    expect(said).to_be_visible()
    eventually(lambda: "runs=" not in address(page), "the run to leave the address")
    assert linked(page)["kind"] == "rex"
    assert "seed=7" in address(page)
    expect(said).to_be_visible()
    choose(page, "tanh")
    expect(said).to_have_count(0)


def test_pins_stay_behind_the_curve_until_they_are_taken_out(page: Page, server: Server) -> None:
    opened(page, server)
    field(page, "pin").click()
    eventually(lambda: traces(page) == 2, "the pinned curve")
    number(page, "param-base_lr").fill("1")
    eventually(lambda: curve(page)[0] == 1, "the curve to move")
    assert curve(page, 1)[0] == 0.3
    field(page, "pin-0").click()
    long = "a name of many letters " * 8
    field(page, "pin-name-0").fill(long)
    page.keyboard.press("Enter")
    eventually(lambda: long.strip().replace(" ", "+") in address(page), "the name in the address")
    field(page, "pin-colour-0-4").click()
    eventually(lambda: "%22slot%22%3A4" in address(page), "the colour in the address")
    colour = "graph => graph.data.map(line => line.line?.color).includes('#E69F00')"
    eventually(lambda: page.locator('[data-testid="preview"]').evaluate(colour), "its colour")
    page.keyboard.press("Escape")
    expect(field(page, "pin-0")).to_be_focused()
    field(page, "unpin-0").click()
    eventually(lambda: traces(page) == 1, "the pin to go")


def test_the_back_button_takes_the_last_change_back(page: Page, server: Server) -> None:
    opened(page, server)
    choose(page, "constant")
    eventually(lambda: linked(page).get("kind") == "constant", "the link")
    choose(page, "polynomial")
    eventually(lambda: linked(page).get("kind") == "polynomial", "the link")
    page.go_back()
    expect(field(page, "schedule-kind").locator("select")).to_have_value("constant")
    eventually(lambda: set(by_epoch(page)) == {0.3}, "the constant curve")


def test_epochs_and_clock_change_the_axis(page: Page, server: Server) -> None:
    opened(page, server)
    field(page, "settings").locator("summary").click()
    number(page, "param-epochs").fill("10")
    field(page, "param-clock").locator("select").select_option("step")
    script = f"Array.from(document.querySelector('{PREVIEW}').data[0].x).at(-1)"
    eventually(lambda: page.evaluate(script) == 2350, "the axis to count updates")
    eventually(lambda: "clock=step" in address(page) and "epochs=10" in address(page), "the link")


def test_the_preview_is_described_for_those_who_cannot_see_it(page: Page, server: Server) -> None:
    opened(page, server)
    expect(page.get_by_test_id("preview")).to_have_attribute(
        "aria-label",
        "Cosine: the rate starts at 0.3, peaks at 0.3 and ends at 0.01 over 30 epochs.",
    )


def test_a_phone_shows_controls_then_picture_without_scrolling_sideways(
    page: Page, server: Server
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server)
    controls = range_of(page, "param-base_lr").bounding_box()
    picture = page.locator(PREVIEW).bounding_box()
    assert controls
    assert picture
    assert controls["y"] < picture["y"]
    assert picture["x"] >= 0
    assert picture["x"] + picture["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_dark_page_has_light_axes(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    opened(page, server)
    colour = page.evaluate(f"document.querySelector('{PREVIEW}').layout.font.color")
    assert colour.lower() == "#e8ebee"


def test_after_train_the_whole_screen_is_in_view(page: Page, server: Server) -> None:
    spec = {"kind": "warmup", "inner": {"kind": "cosine"}}  # a formula of two lines
    opened(page, server, schedule=json.dumps(spec), epochs=1, train_examples=6400)
    page.locator(".st-key-launch button").click()
    shown = ["preview", "live-loss", "live-accuracy", "live-lr"]
    for name in shown:
        page.wait_for_selector(f'[data-testid="{name}"] .main-svg', state="attached")
    parts = [*map(page.get_by_test_id, shown), page.locator(".st-key-launch button")]
    boxes = [at_rest(part) for part in parts]
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= 900 for box in boxes)
    eventually(lambda: "runs=" in address(page), "the link to name the run")


def test_no_click_is_lost_when_one_follows_another_at_once(page: Page, server: Server) -> None:
    opened(page, server, epochs=1, train_examples=512)
    number(page, "param-base_lr").fill("0.25")
    page.locator(".st-key-launch button").click()
    field(page, "pin").click()
    field(page, "axis-log").check()
    eventually(lambda: "runs=" in address(page) and "axis=log" in address(page), "the link")
    eventually(lambda: traces(page) == 2, "the pinned curve")
    assert linked(page)["base_lr"] == 0.25
    run = server.store().list(limit=1)[0]
    assert run.experiment.schedule.spec()["base_lr"] == 0.25


def test_the_page_is_found_again_as_it_was_left(page: Page, server: Server) -> None:
    opened(page, server)
    choose(page, "constant")
    eventually(lambda: linked(page).get("kind") == "constant", "the link")
    page.get_by_role("link", name="Runs", exact=True).click()
    page.wait_for_selector(PREVIEW, state="detached")
    page.get_by_role("link", name="Explore").click()
    page.wait_for_selector(f"{PREVIEW} .scatterlayer .js-line", state="attached")
    expect(field(page, "schedule-kind").locator("select")).to_have_value("constant")
    eventually(lambda: linked(page).get("kind") == "constant", "the link to come back")


def test_changes_are_taken_back_and_done_again_by_button_and_key(
    page: Page, server: Server
) -> None:
    opened(page, server, schedule=json.dumps({"kind": "constant", "base_lr": 0.1}))
    undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    for rate in ("0.2", "0.4"):
        number(page, "param-base_lr").fill(rate)
        number(page, "param-base_lr").press("Enter")
        eventually(lambda rate=rate: linked(page)["base_lr"] == float(rate), f"the rate {rate}")
    choose(page, "rex")
    eventually(lambda: linked(page)["kind"] == "rex", "the other kind")
    undo.click()
    expect(number(page, "param-base_lr")).to_have_value("0.4")
    page.locator("h1, h2, h3, body").first.press("Control+z")
    expect(number(page, "param-base_lr")).to_have_value("0.2")
    eventually(lambda: by_epoch(page)[0] == 0.2, "the curve to follow")
    redo.click()
    expect(number(page, "param-base_lr")).to_have_value("0.4")
    number(page, "param-base_lr").fill("0.5")
    number(page, "param-base_lr").press("Enter")
    expect(redo).to_be_disabled()  # another way was taken


def test_a_what_if_answers_every_release_and_the_last_fades_behind(
    page: Page, server: Server
) -> None:
    spec = json.dumps({"kind": "constant", "base_lr": 0.1})
    opened(page, server, schedule=spec, train_examples=640, batch_size=64)
    page.get_by_text("Instant what-if").click()
    expect(page.get_by_text("2 epochs of 640 images in batches of 64")).to_be_visible()
    eventually(lambda: "whatif=on" in address(page), "the switch in the address")

    def tried() -> list[int]:
        return [run.id for run in server.store().list(limit=20) if "what-if" in run.tags]

    eventually(lambda: len(tried()) == 1, "the first answer")
    number(page, "param-base_lr").fill("0.2")
    number(page, "param-base_lr").press("Enter")
    eventually(lambda: len(tried()) == 2, "the answer to the change")
    newest = server.store().run(max(tried()))
    assert newest
    assert newest.experiment.rates()[0] == 0.2
    expect(page.locator('[data-testid="live-loss"]')).to_be_visible()
    eventually(lambda: page.locator(".lrlab-live-behind button").count() == 1, "one behind")
    page.goto(f"{server.url}/runs")
    expect(page.locator("[data-testid='stDataFrame']").or_(page.get_by_text("No run")).first
           ).to_be_visible()  # fmt: skip
