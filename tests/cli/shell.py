"""The command line as a person meets it, run in the test's process: torch need not start again."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from lrlab.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Runs `lrlab` with a lab of its own."""

    def __init__(self, home: Path) -> None:
        kept = {name: text for name, text in os.environ.items() if name != "LRLAB_DATABASE_URL"}
        self.environment = kept | {"LRLAB_HOME": str(home)}

    def run(self, *words: str, text: str = "") -> Done:
        """Run a command with `text` on its standard input."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch.object(sys, "argv", ["lrlab", *words]),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()))),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                return Done(end.code if isinstance(end.code, int) else 1, out.getvalue(),
                            err.getvalue())  # fmt: skip
        raise AssertionError("main() came back")

    def process(self, *words: str) -> Done:
        """Run a command as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "lrlab", *words],
            capture_output=True, text=True, env=self.environment, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *words: str, text: str = "") -> Any:
        """Run a command that must succeed; return the document that it prints."""
        done = self.run(*words, "--json", text=text)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
