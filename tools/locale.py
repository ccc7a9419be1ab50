"""Gather the texts that a person reads into the translations, and compile those.

    python -m tools.locale      (or `make locale`)

`locale/LANGUAGE/LC_MESSAGES/lrlab.po` is what translators write. A text that is new gets an
empty place in it, one that is gone is dropped, and the `.mo` beside it is written anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lrlab.experiment import FIELDS
from lrlab.schedules import catalogue
from lrlab.schedules.presets import PRESETS
from lrlab.settings import NOTES
from lrlab.ui.settings import ELSEWHERE

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "lrlab/ui/locale"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ROOMS = ("lrlab/ui/*.py", "lrlab/charts/*.py", "lrlab/lessons/*.py", "pages/*.py")
SENTENCES = "lrlab/schedules/conventions/*.py"  # said by schedules, translated on the page
MARKS = {"_", "texts", "text"}  # functions whose first or every literal argument is a text


def messages() -> set[str]:
    """Return every English text that the screens may ask a translation for."""
    files = (path for room in ROOMS for path in ROOT.glob(room))
    found = {text for path in files for text in _marked(path)}
    return (
        found
        | set(_of_the_catalogue())
        | {facts.help for facts in FIELDS.values() if facts.name not in ELSEWHERE}
        | set(NOTES.values())
        | {text for path in ROOT.glob(SENTENCES) for text in _sentences(path)}
        | {preset["title"] for preset in PRESETS}
    )


def _marked(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            yield from (
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def _sentences(path: Path) -> Iterator[str]:
    """Return a file's whole sentences beside its docstrings: what it says of something."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = (node.value for node in constants if id(node) not in docstrings)
    return (text for text in texts if isinstance(text, str) and re.fullmatch(r"[A-Z].* .*\.", text))


def _of_the_catalogue() -> Iterator[str]:
    for entry in catalogue():
        yield from (entry["title"], entry["group"], entry["summary"])
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
    with source.open("wb") as text:
        write_po(text, after, width=100, omit_header=True, sort_output=True)
    with source.with_suffix(".mo").open("wb") as binary:
        write_mo(binary, after)


if __name__ == "__main__":
    for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
        update(source)
