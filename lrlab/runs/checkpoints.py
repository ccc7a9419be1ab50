"""The files that a run goes on from when its process is lost, and those that branches start from.

A file holds every member of a pack. Its name is kept relative to the lab's home, so that the
home can be moved, or shared by several machines.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path

from lrlab.paths import home

RECENT = 2  # the last one, and the one before it, should the database forget its last moment
FOLDER, KEPT = "checkpoints", "kept"
ALL_EPOCHS = 8  # so many last epochs keep a checkpoint each; before them ever fewer do
MOST_KEPT = 24


class Checkpoints:
    """The checkpoint files of a pack, or of a run that trains alone, written under one claim.

    name: the pack's, else the run's number; what a member leaves behind is never taken for its
    own later files.
    """

    def __init__(self, name: str, token: int) -> None:
        self._folder = home() / FOLDER
        self._name, self._token = name, token

    def save(self, content: bytes, update: int) -> str:
        """Write a checkpoint that is there whole, through a loss of power too, or not at all.

        Returns its name below the home. Raises OSError where the disk is full or the folder
        cannot be written.
        """
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{self._name}-{self._token}-{update}.safetensors"
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        _sync_folder(self._folder)
        return f"{FOLDER}/{path.name}"

    def prune(self) -> None:
        """Remove all but the newest files that only a resume needs."""
        files = sorted(self._files(), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-RECENT]:
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove every file that only a resume needs."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return list(self._folder.glob(f"{self._name}-*"))


def keep(name: str) -> tuple[str, int]:
    """Keep a saved checkpoint whatever becomes of its run's or pack's own, as the same file.

    Returns its second name and the bytes. Raises OSError.
    """
    saved = home() / name
    kept = home() / KEPT / saved.name
    kept.parent.mkdir(exist_ok=True)
    with suppress(FileExistsError):
        try:
            kept.hardlink_to(saved)
        except PermissionError:  # a file system without links
            shutil.copyfile(saved, kept)
    return f"{KEPT}/{saved.name}", kept.stat().st_size


def sparse(epochs: list[int]) -> set[int]:
    """Return which of these epochs' checkpoints stay: the last ones, before them ever fewer.

    Those before are whole multiples of a power of two, the least one that leaves at most
    `MOST_KEPT` in all: a run that grows longer never misses one that it gave away.

    >>> sorted(sparse(list(range(1, 31))))[:5]
    [2, 4, 6, 8, 10]
    """
    last = max(epochs, default=0)
    stride = 1
    while last // stride + ALL_EPOCHS > MOST_KEPT:
        stride *= 2
    return {each for each in epochs if each > last - ALL_EPOCHS or each % stride == 0}


def candidates(name: str) -> Iterator[Path]:
    """Return the stored checkpoint, then those of the same run or pack that are older.

    The newest come first; one newer than the stored is none of them: records up to it may not
    be stored.
    """
    stored = home() / name
    whose, _, update = _parts(stored)
    found = {_parts(each) for each in stored.parent.glob(f"{whose}-*.safetensors")}
    older = [each for each in found if each[2] < update]
    for parts in [_parts(stored), *sorted(older, key=itemgetter(2, 1), reverse=True)]:
        yield stored.parent / ("-".join(map(str, parts)) + stored.suffix)


def _parts(path: Path) -> tuple[str, int, int]:
    """Return the run or pack, the token and the update in a checkpoint's name."""
    name, token, update = path.stem.rsplit("-", 2)
    return name, int(token), int(update)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
