"""Where lrlab keeps what it must remember: store, checkpoints, unpacked data."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path


def home() -> Path:
    """Return the folder of this lab, made if missing: `LRLAB_HOME`, else the user's data folder.

    Read at each call, so that a test or a second lab can name another.
    """
    named = os.environ.get("LRLAB_HOME")
    folder = Path(named).expanduser().resolve() if named else user_data_path("lrlab", False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
