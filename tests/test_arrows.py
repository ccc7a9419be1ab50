"""Imports point one way, and the web process stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = [
    "schedules", "settings", "experiment", "steering", "sweeping", "comparing", "racing", "lessons",
    "training", "runs", "charts", "api", "ui", "pages",
]  # fmt: skip
# Small facts that every room may know, and the doors that lead into the rooms.
COMMON = {"errors", "sentence", "reasons", "records", "paths", "fields", "datasets"}
DOORS = {"__init__", "__main__", "cli"}


def modules() -> list[Path]:
    return sorted([*ROOT.glob("lrlab/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"])


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "pages" if parts[0] in ("pages", "app") else parts[1]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    parts = [name.split(".") for name in imported(path)]
    return {p[1] for p in parts if p[0] == "lrlab" and len(p) > 1 and p[1] in {*ORDER, "cli"}}


def test_every_file_is_in_a_room_of_the_picture() -> None:
    assert {room(path) for path in modules()} <= {*ORDER, *COMMON, *DOORS}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_arrow_points_back(path: Path) -> None:
    own = room(path)
    if own in DOORS:
        return
    reach = ORDER.index(own) if own in ORDER else -1
    later = {
        other for other in rooms_imported(path) if other == "cli" or ORDER.index(other) > reach
    }
    assert later == set(), f"{own} must not import {later}"


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("torch", {"training"}),
        ("torchvision", {"training"}),
        ("ray", {"runs"}),
        ("streamlit", {"ui", "pages"}),
        ("sqlalchemy", {"runs"}),
        ("starlette", {"api"}),
        ("sympy", {"schedules"}),
    ],
)
def test_each_library_stays_in_its_rooms(library: str, rooms: set[str]) -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in modules()
        if room(path) not in rooms and any(name.split(".")[0] == library for name in imported(path))
    }
    # The forkserver of the worker has torch loaded before a run asks for it.
    assert users <= ({"lrlab/runs/preload.py"} if library == "torch" else set())


@pytest.mark.parametrize(
    "imports",
    ["lrlab", "lrlab.schedules, lrlab.experiment", "lrlab.runs, lrlab.api, lrlab.charts, lrlab.cli",
     "lrlab.ui.editor, lrlab.ui.preview, lrlab.ui.live", "app"],
)  # fmt: skip
def test_the_web_process_does_not_load_torch(imports: str, tmp_path: Path) -> None:
    code = (
        f"import sys, {imports}; print([m for m in ('torch', 'torchvision') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "LRLAB_HOME": str(tmp_path)},
        check=False,
    )
    assert found.stdout.strip().splitlines()[-1:] == ["[]"], found.stderr


def test_no_page_or_script_fetches_from_another_host() -> None:
    places = [*ROOT.glob("lrlab/**/*.js"), *ROOT.glob("lrlab/ui/**/*.py"), *ROOT.glob("pages/*.py")]
    assert places
    for path in places:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org", "")
        assert "http://" not in text, path
        assert "https://" not in text, path
