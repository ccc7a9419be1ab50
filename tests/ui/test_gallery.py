"""The gallery is made of the catalogue alone, and each of its links opens what it shows."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import numpy as np
import pytest

from lrlab import Schedule
from lrlab.schedules import catalogue
from lrlab.schedules.advice import advise
from lrlab.schedules.picture import HEIGHT, WIDTH, line, svg
from lrlab.ui import link
from lrlab.ui.gallery import _data, query

KINDS = [entry["kind"] for entry in catalogue()]


def cards() -> dict[str, dict]:
    return {card["kind"]: card for group in _data()["groups"] for card in group["cards"]}


def test_every_kind_has_a_card_in_its_group() -> None:
    assert list(cards()) == KINDS
    groups = [group["title"] for group in _data()["groups"]]
    assert len(groups) == len(set(groups))


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_opens_the_kinds_example(kind: str) -> None:
    card = cards()[kind]
    assert dict(parse_qsl(card["query"])) == query(kind)
    experiment = link.read(query(kind)).experiment
    assert experiment.schedule.kind == kind
    assert advise(experiment) == [], "an example is to be a good one"


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_says_where_its_kind_comes_from(kind: str) -> None:
    origins = cards()[kind]["origins"]
    assert origins
    assert all(origin["text"] for origin in origins)
    assert all(origin["link"].startswith(("https://", "")) for origin in origins)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_stays_in_its_frame(kind: str) -> None:
    numbers = [float(n) for n in re.findall(r"[\d.]+", cards()[kind]["path"])]
    assert min(numbers[::2]) >= 0
    assert max(numbers[::2]) <= WIDTH
    assert min(numbers[1::2]) >= 0
    assert max(numbers[1::2]) <= HEIGHT
    assert len(numbers) > 4 or kind in ("constant", "manual")


def test_a_plateau_is_drawn_with_its_drops() -> None:
    path = line(Schedule.parse({"kind": "plateau", "patience": 3}))
    heights = [float(point.split(",")[1]) for point in path[1:].split("L")]
    assert np.unique(heights).size >= 3


def test_a_picture_as_a_file_is_an_svg_with_a_title() -> None:
    text = svg(line(Schedule.parse({"kind": "constant"})), "Constant")
    assert text.startswith("<svg")
    assert "<title>Constant</title>" in text
