"""The chapter's schedulers as it wrote them: what they remember, and where they fail."""

from __future__ import annotations

import pytest

from lrlab.experiment import Experiment
from lrlab.lessons.schedulers import SCHEDULERS, asked


@pytest.mark.parametrize("kind", ["square-root", "multi-factor", "cosine", "warmup"])
def test_asked_once_in_order_it_follows_its_formula(kind: str) -> None:
    formula = Experiment.parse({"schedule": SCHEDULERS[kind][1]}).schedule
    assert asked(kind, range(30)) == pytest.approx(list(formula.at(range(30), 30)))


def test_factor_begins_one_step_on_and_ignores_what_it_is_asked() -> None:
    assert asked("factor", [0, 0, 0]) == pytest.approx([1.8, 1.62, 1.458])
    assert asked("factor", [7, 3, 40]) == asked("factor", [0, 0, 0])
    last = asked("factor", range(50))[-1]
    assert last == pytest.approx(0.0103, abs=5e-5)
    assert last > 0.01  # the floor never shows


def test_multi_factor_used_by_its_plot_starts_lower() -> None:
    assert asked("multi-factor", [*range(30), 0]) == [0.5] * 15 + [0.25] * 16


def test_cosine_gives_stale_rates_past_its_end_and_fails_where_it_has_none() -> None:
    assert asked("cosine", [25, 10, 25]) == [None, pytest.approx(0.155), pytest.approx(0.155)]
    assert asked("warmup", [4, 25]) == [pytest.approx(0.24), None]
