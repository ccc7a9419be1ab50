"""Every kind of schedule in the editor: chosen, drawn, its lists of schedules changed."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from lrlab.schedules import catalogue
from tests.e2e.conftest import Server, eventually
from tests.e2e.test_explore import by_epoch, choose, field, linked, number, opened


def test_every_kind_draws_and_labels_its_fields_without_a_word_on_the_console(
    page: Page, server: Server
) -> None:
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened(page, server)
    for entry in catalogue():
        if entry["kind"] in ("warmup", "clamp"):
            continue
        choose(page, entry["kind"])
        # The first screen, a cosine, has an empty address.
        kind = entry["kind"]
        eventually(lambda kind=kind: linked(page).get("kind", "cosine") == kind, kind)  # type: ignore[misc]
        for parameter in entry["parameters"]:
            if parameter["type"] in ("number", "integer", "list", "choice", "boolean", "schedules"):
                expect(field(page, f"param-{parameter['name']}")).to_be_visible()
        names = page.locator(".lrlab-editor label, .lrlab-editor .lrlab-name").all_inner_texts()
        assert not [name for name in names if "_" in name]
    assert faults == []


def test_factors_of_a_product_can_be_added_and_removed(page: Page, server: Server) -> None:
    opened(page, server)
    choose(page, "product")
    eventually(lambda: abs(by_epoch(page)[0] - 0.15) < 1e-12, "half of the cosine")
    label = field(page, "param-factors-0-base_lr").locator("label").bounding_box()
    assert label
    assert label["height"] > 10, "the label is to be read"
    field(page, "param-factors").get_by_role("button", name="Add a part").click()
    number(page, "param-factors-2-base_lr").fill("0.5")
    eventually(lambda: abs(by_epoch(page)[0] - 0.075) < 1e-12, "a quarter of the cosine")
    page.get_by_role("button", name="Remove part 1").click()
    eventually(lambda: set(by_epoch(page)) == {0.25}, "the product of the constants")
    eventually(lambda: len(linked(page).get("factors", [])) == 2, "the link to hold two factors")


def test_a_whole_number_that_may_be_left_out_can_be_given(page: Page, server: Server) -> None:
    opened(page, server)
    choose(page, "cosine_restarts")
    expect(field(page, "param-limit")).to_contain_text("none")
    field(page, "param-limit-absent").uncheck()
    number(page, "param-limit").fill("2")
    eventually(lambda: by_epoch(page)[20:] == [0.0] * 10, "the rate to stay after two cycles")
    number(page, "param-limit").fill("1.5")
    expect(field(page, "param-limit").get_by_role("alert")).to_contain_text("a whole number")
