"""The files that a run goes on from when its process is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from lrlab.paths import home

KEPT = 2  # the last one, and the one before it, should the database forget its last moment


class Checkpoints:
    """The checkpoint files of one run, written under one claim's token."""

    def __init__(self, run: int, token: int) -> None:
        self._folder = home() / "checkpoints"
        self._run, self._token = run, token

    def save(self, content: bytes, update: int) -> Path:
        """Write a checkpoint that is there whole, through a loss of power too, or not at all.

        Raises OSError where the disk is full or the folder cannot be written.
        """
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{self._run}-{self._token}-{update}.safetensors"
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        _sync_folder(self._folder)
        return path

    def prune(self) -> None:
        """Remove all but the newest files of the run."""
        files = sorted(self._files(), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-KEPT]:
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove every file of the run."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return list(self._folder.glob(f"{self._run}-*"))


def candidates(path: str | None) -> Iterator[Path]:
    """Return the stored checkpoint, then those of the same run that are older, newest first.

    A newer file is none of them: records up to it may not be stored.
    """
    if path is None:
        return
    stored = Path(path)
    run, _, update = _numbers(stored)
    found = [_numbers(each) for each in stored.parent.glob(f"{run}-*.safetensors")]
    older = {each for each in found if each[2] < update}
    for numbers in [_numbers(stored), *sorted(older, key=itemgetter(2, 1), reverse=True)]:
        yield stored.parent / ("-".join(map(str, numbers)) + stored.suffix)


def _numbers(path: Path) -> tuple[int, int, int]:
    """Return the run, token and update in a checkpoint's name."""
    run, token, update = (int(part) for part in path.stem.split("-"))
    return run, token, update


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
