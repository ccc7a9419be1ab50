"""`lrlab import`: a scheduler's call in, a spec out, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.shell import Done, Shell

CODE = "opt = SGD(w, lr=0.3)\nCosineAnnealingLR(opt, T_max=20, eta_min=0.01)"
SPEC = {"kind": "cosine", "base_lr": 0.3, "final_lr": 0.01, "length": 20.0, "exponent": 1.0}


def lrlab(*words: str, text: str = "") -> Done:
    return Shell(Path("nowhere")).run("import", *words, text=text)


def test_code_comes_as_text_as_a_file_and_from_stdin(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(CODE, encoding="utf-8")
    for done in (
        lrlab(CODE, "--json"),
        lrlab(str(tmp_path / "train.py"), "--json"),
        lrlab("-", "--json", text=CODE),
    ):
        said = json.loads(done.stdout)
        assert said["schedule"] == SPEC
        assert said["clock"] is None
        assert "climbs again" in said["notes"][0]


def test_text_mode_prints_the_spec_and_the_notes() -> None:
    spec, note = lrlab(CODE).stdout.splitlines()
    assert json.loads(spec) == SPEC
    assert note.startswith("note: ")


def test_a_base_rate_is_taken_and_a_clock_told() -> None:
    done = lrlab("get_constant_schedule(opt)", "--base-lr", "0.7", "--json")
    assert json.loads(done.stdout) == {
        "schedule": {"kind": "constant", "base_lr": 0.7}, "clock": "step", "notes": [],
    }  # fmt: skip


def test_what_cannot_be_read_is_one_line_and_exit_2() -> None:
    for code in ("__import__('os').system('x')", "no-such-file.py"):
        done = lrlab(code)
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert "allowed is" in done.stderr
