"""The settings below the schedule: folded groups, and only fields that mean something."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from lrlab.experiment import Experiment
from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import address, field, number, opened, range_of


def opened_at(page: Page, server: Server, *groups: str, **query: object) -> Page:
    """Open the explore page, and these groups of its form."""
    opened(page, server, **query)
    for group in groups:
        field(page, group).locator("summary").click()
    return page


def choose(page: Page, name: str, word: str) -> None:
    select = field(page, f"param-{name}").locator("select")
    select.focus()
    select.select_option(word)


def said(page: Page) -> dict[str, str]:
    """Return the settings that the address bar names."""
    found = {name: words[0] for name, words in parse_qs(urlsplit(address(page)).query).items()}
    return {name: text for name, text in found.items() if name != "schedule"}


def test_an_optimizer_shows_its_own_fields_and_resets_the_others(
    page: Page, server: Server
) -> None:
    opened_at(page, server, "optimizer")
    number(page, "param-momentum").fill("0.9")
    field(page, "param-nesterov").locator("input").check()
    eventually(lambda: said(page) == {"momentum": "0.9", "nesterov": "true"}, "the link")
    choose(page, "optimizer", "adam")
    expect(field(page, "param-momentum")).to_have_count(0)
    expect(field(page, "param-nesterov")).to_have_count(0)
    for name in ("beta1", "beta2", "epsilon", "weight_decay"):
        expect(range_of(page, f"param-{name}")).to_be_visible()
    expect(field(page, "param-optimizer").locator("select")).to_be_focused()
    eventually(lambda: said(page) == {"optimizer": "adam"}, "momentum to leave the link")
    choose(page, "optimizer", "schedule-free-sgd")
    expect(field(page, "param-beta2")).to_have_count(0)
    choose(page, "optimizer", "sgd")
    expect(number(page, "param-momentum")).to_have_value("0")
    expect(page.locator(".lrlab-error:visible")).to_have_count(0)


def test_an_instrument_is_a_box_that_says_its_cost_and_obeys_the_keyboard(
    page: Page, server: Server
) -> None:
    opened_at(page, server, "instruments")
    sharpness = page.get_by_role("checkbox", name="Sharpness")
    expect(sharpness).to_have_accessible_description("about a sixth of an epoch")
    expect(page.get_by_role("group", name="Instruments")).to_be_visible()
    sharpness.focus()
    sharpness.press("Space")
    eventually(lambda: said(page) == {"instruments": "sharpness"}, "the link to hold it")
    expect(sharpness).to_be_focused()
    sharpness.press("Tab")
    page.keyboard.press("Space")
    both = {"instruments": "noise-scale,sharpness"}
    eventually(lambda: said(page) == both, "the link to hold both")
    sharpness.uncheck()
    eventually(lambda: said(page) == {"instruments": "noise-scale"}, "the link to drop one")


def test_an_average_brings_its_field_and_takes_it_away_again(page: Page, server: Server) -> None:
    opened_at(page, server, "instruments")
    expect(field(page, "param-average_from")).to_have_count(0)
    field(page, "param-averages-swa").locator("input").check()
    number(page, "param-average_from").fill("0.5")
    number(page, "param-average_from").press("Tab")
    eventually(lambda: said(page) == {"averages": "swa", "average_from": "0.5"}, "the link")
    field(page, "param-averages-posterior").locator("input").check()
    field(page, "param-averages-swa").locator("input").uncheck()
    wanted = {"averages": "posterior", "average_from": "0.5"}
    eventually(lambda: said(page) == wanted, "the field to stay")
    field(page, "param-averages-posterior").locator("input").uncheck()
    eventually(lambda: said(page) == {}, "the field to go")


def test_a_data_set_caps_the_training_examples(page: Page, server: Server) -> None:
    opened_at(page, server, "settings")
    choose(page, "dataset", "cifar-10")
    expect(number(page, "param-train_examples")).to_have_value("50000")
    eventually(lambda: said(page) == {"dataset": "cifar-10"}, "the link")
    number(page, "param-train_examples").fill("50001")
    sentence = field(page, "param-train_examples").get_by_role("alert")
    expect(sentence).to_contain_text("is 50001; allowed is a whole number from 1 to 50000.")
    number(page, "param-train_examples").fill("6400")
    choose(page, "dataset", "mnist")
    wanted = {"dataset": "mnist", "train_examples": "6400"}
    eventually(lambda: said(page) == wanted, "a smaller number to stay")


def test_a_number_at_a_limit_that_is_not_allowed_is_refused(page: Page, server: Server) -> None:
    opened_at(page, server, "optimizer")
    number(page, "param-momentum").fill("1")
    sentence = "Momentum is 1; allowed is a number from 0 to below 1."
    expect(field(page, "param-momentum").get_by_role("alert")).to_have_text(sentence)


def test_a_folded_group_says_what_was_changed_in_it(page: Page, server: Server) -> None:
    opened(page, server, optimizer="adamw", weight_decay=0.01, averages="ema,swa", lag=1)
    changed = page.locator(".lrlab-said")
    expect(changed).to_have_text(
        ["One tick late", "AdamW, Weight decay 0.01", "Moving mean (EMA), Weights' mean (SWA)"]
    )
    field(page, "optimizer").locator("summary").click()
    expect(changed.nth(1)).to_be_hidden()
    number(page, "param-weight_decay").fill("0")
    field(page, "optimizer").locator("summary").click()
    expect(changed.nth(1)).to_have_text("AdamW")


def test_a_reopened_link_shows_the_same_settings_and_trains_them(
    page: Page, server: Server, chromium: Browser
) -> None:
    opened_at(page, server, "settings", "optimizer", "instruments")
    choose(page, "model", "mlp")
    choose(page, "optimizer", "adam")
    number(page, "param-beta2").fill("0.99")
    field(page, "param-order_seed-absent").uncheck()
    field(page, "param-averages-ema").locator("input").check()
    field(page, "param-instruments-distance").locator("input").check()
    fields = {"model": "mlp", "optimizer": "adam", "beta2": 0.99, "order_seed": 1,
              "averages": ["ema"], "instruments": ["distance"]}  # fmt: skip
    eventually(lambda: set(said(page)) == set(fields), "the link")
    other = chromium.new_page()
    other.goto(address(page))
    other.wait_for_selector('[data-key="param-base_lr"]')
    for group in ("settings", "optimizer", "instruments"):
        field(other, group).locator("summary").click()
    expect(field(other, "param-model").locator("select")).to_have_value("mlp")
    expect(number(other, "param-beta2")).to_have_value("0.99")
    expect(number(other, "param-order_seed")).to_have_value("1")
    expect(field(other, "param-averages-ema").locator("input")).to_be_checked()
    expect(field(other, "param-instruments-distance").locator("input")).to_be_checked()
    expect(field(other, "param-instruments-sharpness").locator("input")).not_to_be_checked()
    other.locator(".st-key-launch button").click()
    eventually(lambda: "runs" in said(other), "the run's number")
    run = server.store().run(int(said(other)["runs"]))
    assert run
    assert run.experiment == Experiment.parse(
        {"schedule": run.experiment.schedule.spec(), **fields}
    )
    server.store().cancel(run.id)
    other.close()
