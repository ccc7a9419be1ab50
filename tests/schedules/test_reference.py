"""The reference pages in docs/ are whole and as the catalogue says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlab.schedules import Schedule, catalogue
from lrlab.schedules.reference import pages, write

DOCS = Path(__file__).parents[2] / "docs" / "schedules"
ENTRIES = {entry["kind"]: entry for entry in catalogue()}


def test_no_page_is_missing_and_none_is_left_over() -> None:
    assert {path.name for path in DOCS.iterdir()} == set(pages()), "run `make docs`"


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_is_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == pages()[name], "run `make docs`"


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_kind_says_all_that_a_reader_asks(kind: str) -> None:
    entry = ENTRIES[kind]
    for name in ("title", "summary", "formula", "known_as"):
        assert entry[name], name
    assert entry["references"] or entry["origin"].endswith("."), "where it comes from"
    for paper in entry["references"]:
        assert all(paper.values())
        assert paper["link"].startswith("https://")
    assert all(parameter["help"].endswith(".") for parameter in entry["parameters"])


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_page_holds_formula_parameters_and_picture(kind: str) -> None:
    page = pages()[f"{kind}.md"]
    assert f"$$\n{ENTRIES[kind]['formula']}\n$$" in page
    for name, parameter in Schedule.kinds[kind].parameters().items():
        assert f"| `{name}` |" in page
        assert parameter.help in page
    assert f"({kind}.svg)" in page


def test_writing_takes_old_pages_out(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("old", encoding="utf-8")
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*pages(), "mine.txt"}
