"""The README's table of the bench."""

from __future__ import annotations

import pytest

from tools.bench import BEGIN, END, README, written

RESULT = {
    "epochs": 5,
    "chapter": {"median": 10.0, "examples_per_second": 6_000.0, "memory": None, "start": 1.25},
    "engine": {"median": 2.5, "examples_per_second": 24_000.0, "memory": 2e8, "start": 0.2},
    "pack_of_8": {"median": 2.0, "examples_per_second": 30_000.0, "memory": 4e8, "start": 0.4},
    "ratio": 0.25,
    "hardware": {
        "cpu": "A processor", "cores": 2, "engine_threads": 2, "load": 0.04, "torch": "2.14.1",
        "device": "cpu",
    },
}  # fmt: skip


def test_the_table_replaces_what_stood_between_its_marks():
    begin, end = BEGIN.format(device="cpu"), END.format(device="cpu")
    text = written(f"before {begin}\nold\n{end} after", RESULT, "cpu")
    assert text.startswith(f"before {begin}\n`lrlab bench --epochs 5 --device cpu`, cpu, A proc")
    assert text.endswith(f"{end} after")
    assert "old" not in text
    assert "| the chapter's loop | 10 | 1.00 | 6,000 | not measured | 1.25 s |" in text
    assert "| pack of 8 | 2 | 0.20 | 30,000 | 400 MB | 0.40 s |" in text


def test_the_readme_has_a_place_for_it():
    assert "| lrlab, one run |" in written(README.read_text(encoding="utf-8"), RESULT, "cpu")


def test_a_text_without_the_marks_is_refused():
    with pytest.raises(SystemExit, match="no place between"):
        written("nothing", RESULT, "cpu")
