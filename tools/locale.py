"""Gather the texts that a person reads into the translations, and compile those.

    python -m tools.locale      (or `make locale`)

`locale/LANGUAGE/LC_MESSAGES/lrlab.po` is what translators write. A text that is new gets an
empty place in it, one that is gone is dropped, and the `.mo` beside it is written anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lrlab import fields, reasons
from lrlab.experiment import FIELDS
from lrlab.runs import faults
from lrlab.schedules import catalogue, parameters
from lrlab.schedules.presets import PRESETS
from lrlab.settings import NOTES
from lrlab.ui.settings import ELSEWHERE

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "lrlab/ui/locale"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ROOMS = ("lrlab/ui/*.py", "lrlab/charts/*.py", "lrlab/lessons/*.py", "pages/*.py")
# Said by rooms that know no languages, translated on the page.
SAID = ("lrlab/*.py", "lrlab/schedules/**/*.py", *(f"lrlab/runs/{name}.py" for name in (
    "faults", "labels", "lineage", "listing", "migrations/__init__", "store",
    "submitting")))  # fmt: skip
VERB = "verb"  # the function that marks one, and its context in a `.po`
SENTENCES = "lrlab/schedules/conventions/*.py"
MARKS = {"_": 0, "texts": 0, "text": 0}  # functions, and from which argument on all are texts
SAYING = {"Sentence": 0, "InvalidInput": 1, "_refuse": 1, "Finding": 2, "Change": 0,
          "note": 0}  # fmt: skip
TABLES = (parameters.ALLOWED, fields.RANGES)


def messages() -> set[str]:
    """Return every English text that the screens may ask a translation for."""
    files = (path for room in ROOMS for path in ROOT.glob(room))
    rooms = (path for room in (*SAID, *ROOMS) for path in ROOT.glob(room))
    return (
        {text for path in files for text in _marked(path, MARKS)}
        | {text for path in rooms for text in _marked(path, SAYING)}
        | {text for table in TABLES for text in table.values()}
        | set(_of_the_catalogue())
        | {facts.help for facts in FIELDS.values() if facts.name not in ELSEWHERE}
        | set(NOTES.values())
        | {*reasons.TEMPLATES, *faults.CAUSES}
        | {text for path in ROOT.glob(SENTENCES) for text in _sentences(path)}
        | {preset["title"] for preset in PRESETS}
    )


def verbs() -> set[str]:
    """Return the texts that are verbs, kept apart from the same English words for things."""
    files = (path for room in ROOMS for path in ROOT.glob(room))
    return {text for path in files for text in _marked(path, {VERB: 0})}


def _marked(path: Path, marks: Mapping[str, int]) -> Iterator[str]:
    """Return the literal texts among the arguments of a file's calls of the marked functions."""
    for call, first in called(path, marks):
        for argument in call.args[first:]:
            yield from _texts(argument)


def called(path: Path, marks: Mapping[str, int]) -> Iterator[tuple[ast.Call, int]]:
    """Return a file's calls of the marked functions, each with its first argument that counts."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and (name := _name(node.func)) in marks:
            yield node, marks[name]


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _texts(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.IfExp):
        yield from _texts(argument.body)
        yield from _texts(argument.orelse)
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        words = re.sub(r"{.*?}", "", argument.value)
        yield from [argument.value] if re.search(r"[a-z]{2}", words) else []


def _sentences(path: Path) -> Iterator[str]:
    """Return a file's whole sentences beside its docstrings: what it says of something."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = (node.value for node in constants if id(node) not in docstrings)
    return (text for text in texts if isinstance(text, str) and re.fullmatch(r"[A-Z].* .*\.", text))


def _of_the_catalogue() -> Iterator[str]:
    for entry in catalogue():
        yield from filter(None, (entry[each] for each in ("title", "group", "summary", "origin")))
        yield from (parameter["help"] for parameter in entry["parameters"])


def read(source: Path) -> Catalog:
    """Return what a `.po` holds."""
    with source.open("rb") as text:
        return read_po(text, locale=source.parts[-3])


def update(source: Path) -> None:
    """Give every text its place in a `.po`, and compile it."""
    before = read(source)
    # No dates: the same texts make the same file.
    after = Catalog(before.locale, creation_date=EPOCH, revision_date=EPOCH, fuzzy=False)
    for text in sorted(messages()):
        known = before.get(text)
        after.add(text, known.string if known else "")
    for text in sorted(verbs()):
        known = before.get(text, VERB)
        after.add(text, known.string if known else "", context=VERB)
    with source.open("wb") as text:
        write_po(text, after, width=100, omit_header=True, sort_output=True)
    with source.with_suffix(".mo").open("wb") as binary:
        write_mo(binary, after)


if __name__ == "__main__":
    for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
        update(source)
