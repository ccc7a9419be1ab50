"""The file that a store is moved in, and what is checked before anything of it is believed.

A zip archive: `tables/NAME.jsonl` holds a table's rows, one JSON object a line, `files/…` the
checkpoints below the lab's home, and `store.json`, written last, says what should be there.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from math import isfinite
from pathlib import Path
from shutil import copyfileobj
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, String, Table

from lrlab.errors import InvalidInput, invalid, shown
from lrlab.runs.checkpoints import FOLDER, KEPT
from lrlab.runs.commands import Kind
from lrlab.runs.migrations import HEAD, REVISIONS
from lrlab.runs.states import State
from lrlab.runs.tables import metadata

FORMAT = 1
MANIFEST = "store.json"
LONGEST_LINE = 8 << 20  # bytes; an experiment is a few thousand
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# Columns with the name of a file, and those with one of a few words.
PATHS = {"run": "checkpoint_path", "checkpoint": "path"}
WORDS: dict[tuple[str, str], type[StrEnum]] = {
    ("run", "state"): State, ("run", "wanted"): State, ("command", "kind"): Kind,
}  # fmt: skip

Row = dict[str, Any]
Count = Field(ge=0, lt=2**31)


class Manifest(BaseModel):
    """What a whole file holds; `last` is the highest number that each table ever gave."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: int = FORMAT
    revision: str = HEAD
    rows: dict[str, Annotated[int, Count]]
    last: dict[str, Annotated[int, Count]]
    files: int = Count


class Archive:
    """A file of `export-store`, open for reading. Each fault of it raises InvalidInput."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            fault = f"is {shown(str(path))}; allowed is a file of export-store ({error.strerror})."
            raise InvalidInput("FILE", fault) from None
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise self._damaged("it is no zip archive, or only the beginning of one") from None
        self.manifest = self._read_manifest()
        self.files = self._names("files/")
        self._check_members()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def size(self) -> int:
        """Return the bytes that its checkpoints take."""
        return sum(self._zip.getinfo(f"files/{name}").file_size for name in self.files)

    def rows(self, table: Table) -> Iterator[Row]:
        """Give a table's rows, checked, in the order in which they can be stored."""
        number = 0
        if table.name in self.manifest.rows:
            with self._whole(table.name), self._zip.open(f"tables/{table.name}.jsonl") as file:
                while line := file.readline(LONGEST_LINE + 1):
                    number += 1
                    yield self._row(table, line, number)
        if number != self.manifest.rows.get(table.name, 0):
            raise self._damaged(f"rows of {table.name} are missing or too many")

    def unpack(self, name: str, target: Path) -> None:
        """Write one of its checkpoints. Raises OSError where the disk cannot take it."""
        with self._whole(name), self._zip.open(f"files/{name}") as file, target.open("xb") as to:
            copyfileobj(file, to, 1 << 20)

    def _row(self, table: Table, line: bytes, number: int) -> Row:
        try:
            if len(line) > LONGEST_LINE:
                raise InvalidInput("the line", f"is longer than {LONGEST_LINE} bytes")
            return checked(table, json.loads(line, parse_constant=_no_number))
        except (ValueError, RecursionError) as error:
            reason = str(error).rstrip(".")
            raise self._damaged(f"{table.name}, line {number}: {reason}") from None

    def _read_manifest(self) -> Manifest:
        with self._whole(MANIFEST):
            if MANIFEST not in self._zip.namelist():
                raise self._damaged(f"it holds no {MANIFEST}")
            with self._zip.open(MANIFEST) as file:
                data = json.loads(file.read(LONGEST_LINE))
            self._check_version(data)
            try:
                return Manifest.model_validate(data)
            except ValidationError as error:
                raise self._damaged(f"{MANIFEST}: {str(invalid(error)).rstrip('.')}") from None

    def _check_version(self, data: Any) -> None:
        known = isinstance(data, Mapping) and isinstance(data.get("revision"), str)
        if known and (data["revision"] not in REVISIONS or data.get("format") != FORMAT):
            fault = "was written by a newer version of lrlab; allowed is one of this or an older."
            raise InvalidInput("FILE", fault)

    def _check_members(self) -> None:
        """Refuse whatever an export does not write, before a byte of it is unpacked."""
        members = self._zip.infolist()
        tables = {f"tables/{name}.jsonl" for name in self.manifest.rows}
        expected = {MANIFEST, *tables, *(f"files/{name}" for name in self.files)}
        if sorted(each.filename for each in members) != sorted(expected):
            raise self._damaged("it holds other parts than it should")
        if unknown := self.manifest.rows.keys() - metadata.tables.keys():
            raise self._damaged(f"it holds a table {shown(min(unknown))}")
        if any(each.flag_bits & 1 or each.compress_type not in PACKED for each in members):
            raise self._damaged("it is encrypted or packed in another way")
        if bad := [name for name in self.files if not is_inside(name)]:
            raise self._damaged(f"it holds a file {shown(bad[0])}")
        if len(self.files) != self.manifest.files:
            raise self._damaged("files are missing")

    def _names(self, start: str) -> list[str]:
        names = self._zip.namelist()
        return [name.removeprefix(start) for name in names if name.startswith(start)]

    @contextmanager
    def _whole(self, part: str) -> Iterator[None]:
        """Say which part of the file cannot be read."""
        try:
            yield
        except InvalidInput:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RecursionError):
            raise self._damaged(f"{part} cannot be read") from None
        except NotImplementedError:
            raise self._damaged(f"{part} is packed in another way") from None

    def _damaged(self, reason: str) -> InvalidInput:
        allowed = f"allowed is a whole file of export-store ({reason})."
        return InvalidInput("FILE", f"is {shown(str(self._path))}; {allowed}")


def is_inside(name: str) -> bool:
    """Return whether a file's name is one of a checkpoint below the lab's home."""
    parts = r"(/[A-Za-z0-9][A-Za-z0-9._-]*)+"
    return re.fullmatch(f"({FOLDER}|{KEPT}){parts}", name, re.ASCII) is not None and len(name) < 300


def checked(table: Table, data: Any) -> Row:
    """Return a table's row as it may be stored; columns that are left out have their default.

    Raises InvalidInput.
    """
    if not isinstance(data, dict):
        raise InvalidInput("the row", f"is {shown(data)}; allowed is a JSON object.")
    if unknown := data.keys() - table.c.keys():
        raise InvalidInput(shown(min(unknown)), "is no column of this table.")
    for column in table.c:
        given = column.name in data
        optional = column.nullable or column.server_default is not None
        if not (given and _fits(column, data[column.name])) and (given or not optional):
            value = shown(data[column.name]) if given else "missing"
            raise InvalidInput(column.name, f"is {value}; allowed is {_allowed(column)}.")
    # One statement stores many rows, so all name the same columns.
    return {column.name: data[column.name] for column in table.c if column.name in data}


def _fits(column: Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    kind = column.type
    if isinstance(kind, Boolean):
        return isinstance(value, bool)
    if isinstance(kind, Integer):
        bits = 63 if isinstance(kind, BigInteger) else 31
        return type(value) is int and -(2**bits) <= value < 2**bits
    if isinstance(kind, Double):
        return type(value) is float and isfinite(value)
    return isinstance(value, str) and _is_text(column, value)


def _is_text(column: Column[Any], value: str) -> bool:
    assert isinstance(column.type, String)
    key = (column.table.name, column.name)
    if "\0" in value or (not value.isascii() and value != value.encode(errors="ignore").decode()):
        return False
    if key in WORDS:
        return value in [*WORDS[key]]
    if PATHS.get(column.table.name) == column.name:
        return is_inside(value) or Path(value).is_absolute()
    return column.type.length is None or len(value) <= column.type.length


def _allowed(column: Column[Any]) -> str:
    words = WORDS.get((column.table.name, column.name))
    return ", ".join(words) if words else f"a value of type {column.type}"


def _no_number(text: str) -> float:
    raise InvalidInput("a number", f"is {text}; allowed is a finite one.")
