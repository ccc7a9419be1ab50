"""CONTRIBUTING's example of a family, run as it stands: nothing else has to name it."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import find
from hypothesis import strategies as st
from playwright.sync_api import Browser

from lrlab import Experiment, Schedule
from lrlab.schedules import catalogue, javascript, latex, reference
from lrlab.schedules.advice import advise
from lrlab.schedules.export import EXPORTERS, export
from lrlab.schedules.summary import summarize
from lrlab.ui import gallery, labels
from tests.schedules.strategies import one

ROOT = Path(__file__).parents[1]
KIND = "logarithmic"
SPEC = {"kind": KIND, "base_lr": 0.5, "onset": 2.0}


def block() -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    return str(found)


def expected(t: float) -> float:
    return 0.5 / (1 + math.log(1 + t / 2))


@pytest.fixture
def family() -> Iterator[type[Schedule]]:
    code = compile(block(), "CONTRIBUTING.md", "exec", dont_inherit=True)
    exec(code, {"__name__": "contributing"})  # noqa: S102 - as a file of the families would be
    yield Schedule.kinds[KIND]
    del Schedule.kinds[KIND]
    for kept in (javascript.module, gallery.query):
        kept.cache_clear()


def entry() -> dict[str, Any]:
    return next(each for each in catalogue() if each["kind"] == KIND)


def test_the_example_is_short() -> None:
    assert len([line for line in block().splitlines() if line.strip()]) < 25


def test_numpy_latex_and_the_catalogue_pick_it_up(family: type[Schedule]) -> None:
    times = np.arange(30.0)
    schedule = Schedule.parse(SPEC)
    assert schedule.at(times, 30) == pytest.approx([expected(t) for t in times])
    assert r"\log" in latex(schedule)
    assert entry()["title"] == "Logarithmic"
    assert find(one(KIND, st.nothing()), lambda spec: True)["kind"] == KIND


def test_the_editor_has_its_sliders_and_labels(family: type[Schedule]) -> None:
    base, onset = entry()["parameters"]
    assert (base["slider_min"], base["log"], base["default"]) == (1e-5, True, 0.3)
    assert (onset["slider_min"], onset["slider_max"], onset["unit"]) == (0.1, 60, "clock")
    assert "onset" in labels.words()
    assert labels.spelled("onset") == "Onset"


def test_the_browser_draws_it(family: type[Schedule], chromium: Browser) -> None:
    page = chromium.new_page()
    script = """async ([source, spec]) => {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const rate = (await import(url)).compile(spec);
      return [0, 1, 2.5, 29].map((t) => rate(t, 30));
    }"""
    javascript.module.cache_clear()
    drawn = page.evaluate(script, [javascript.module(), SPEC])
    assert drawn == pytest.approx([expected(t) for t in (0, 1, 2.5, 29)], rel=1e-12)
    page.close()


@pytest.mark.parametrize("library", EXPORTERS)
def test_every_library_gets_code_of_it(family: type[Schedule], library: str) -> None:
    assert "log" in export(Schedule.parse(SPEC), library)


def test_gallery_reference_figures_and_advice_show_it(family: type[Schedule]) -> None:
    assert gallery._card(entry())["path"].startswith("M")
    assert {f"{KIND}.md", f"{KIND}.svg"} <= reference.pages().keys()
    assert summarize(Schedule.parse(SPEC)).first == 0.5
    assert advise(Experiment.parse(SPEC)) == []


def test_a_file_in_the_folder_of_families_is_enough(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("data", "__pycache__")
    shutil.copytree(ROOT / "lrlab", tmp_path / "lrlab", ignore=ignored)
    (tmp_path / "lrlab/schedules/families/logarithmic.py").write_text(block(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "lrlab", "preview", json.dumps(SPEC), "--at", "0,6", "--json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["lr"] == pytest.approx([expected(0), expected(6)])
