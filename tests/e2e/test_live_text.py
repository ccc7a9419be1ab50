"""The browser's figures are written as Python writes them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from lrlab.charts import digits
from lrlab.reasons import KILLED, SPENT, TEMPLATES, within
from tests.e2e.conftest import Server
from tools.locale import LOCALE, read

PORTUGUESE = read(LOCALE / "pt/LC_MESSAGES/lrlab.po")
FIGURES: dict[str, list[float | None]] = {
    "loss": [None, 0.18934, 2.3026, 0.0],
    "accuracy": [None, 0.8987, 0.10001, 1.0],
    "duration": [None, 0.04, 3.14, 59.94, 59.96, 119.7, 125.0, 3599.6, 7322.0],
    "throughput": [None, 0.0, 397.4, 950.0, 18_730.0, 2_412_000.0],
}


@pytest.mark.parametrize("kind", FIGURES)
def test_figures_are_written_alike_in_browser_and_python(
    page: Page, server: Server, kind: str
) -> None:
    page.goto(f"{server.url}/api/health")
    script = """async ([kind, values]) => {
      const text = await import("/lab/static/live-text.js");
      return values.map((value) => text[kind](value));
    }"""
    values = FIGURES[kind]
    written: list[Any] = page.evaluate(script, [kind, values])
    assert written == [getattr(digits, kind)(value) for value in values]


def test_why_a_run_has_ended_is_said_in_the_language_of_the_page(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/api/health")
    script = """async ([templates, sentences]) => {
      const text = await import("/lab/static/live-text.js");
      return sentences.map((sentence) => text.reworded(templates, sentence));
    }"""
    templates = {each: str(PORTUGUESE.get(each).string) for each in TEMPLATES}
    filled = {
        name: f"a {name} (of [2+2] {{it}})."
        for name in (
            "attempts",
            "kind",
            "loss",
            "reason",
            "run",
            "signal",
            "status",
            "text",
            "update",
        )
    }
    known = [each.format(**filled) for each in TEMPLATES]
    parts = [KILLED.format(signal="SIGKILL"), within("The device failed (a fault).")]
    nested = [SPENT.format(attempts=5, reason=part) for part in parts]
    sentences = [*known, *nested, "Something else.", ""]
    said: list[str] = page.evaluate(script, [templates, sentences])
    assert said[: len(known)] == [each.format(**filled) for each in templates.values()]
    assert said[len(known) :] == [
        "O treino terminou 5 vezes sem avançar, na última porque o seu processo foi encerrado por "
        "SIGKILL.",
        "O treino terminou 5 vezes sem avançar, na última porque o dispositivo falhou (a fault).",
        "Something else.",
        "",
    ]
