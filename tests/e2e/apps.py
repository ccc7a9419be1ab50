"""Apps of one test's own: started on a given home, and on a given port to come back to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import ROOT, Server, _answers, _free_port, eventually


@contextmanager
def started(home: Path, port: int | None = None, *, killed: bool = False) -> Iterator[Server]:
    """Run the app on `home`; at the end it must stop within moments, watched or not.

    killed: it is ended by SIGKILL instead.
    """
    port = port or _free_port()
    options = [f"--server.port={port}", "--server.headless=true"]
    with (home / "app.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=ROOT,
            env=os.environ | {"LRLAB_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
    server = Server(f"http://127.0.0.1:{port}", home)
    try:
        eventually(lambda: _answers(f"{server.url}/api/health"), "the app to answer", 60)
        yield server
    finally:
        process.kill() if killed else process.terminate()
        process.wait(10)
