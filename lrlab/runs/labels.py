"""What people say of runs: names, notes, tags. Each is checked here, once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert

from lrlab.errors import InvalidInput, shown
from lrlab.runs.tables import tag

WHAT_IF = "what-if"  # the tag of short runs that answer a hand; lists leave them out
LABEL_LENGTH = 120  # the longest owner's or run's name
TAG_LENGTH, MOST_TAGS = 40, 20
NOTE_LENGTH = 10_000


def one_line(field: str, value: str, length: int = LABEL_LENGTH) -> str:
    """Return an owner's, a run's or a tag's name as it is kept: one line, trimmed."""
    text = " ".join(value.split())
    if len(text) > length or not _plain(text):
        raise InvalidInput(
            field, "is {value}; allowed are {length} characters.", value=shown(value), length=length
        )
    return text


def text_of(field: str, value: str) -> str:
    """Return a text of several lines as it is kept."""
    if len(value) > NOTE_LENGTH or not _plain(value):
        raise InvalidInput(
            field,
            "is {value}; allowed are {length} characters.",
            value=shown(value),
            length=NOTE_LENGTH,
        )
    return value.strip()


def _plain(text: str) -> bool:
    """Return whether every database takes the text: PostgreSQL none with NUL or half a pair."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def write_tags(connection: Connection, number: int, tags: Collection[str]) -> None:
    """Give a run just these tags."""
    words = sorted({one_line("tags", each, TAG_LENGTH) for each in tags} - {""})
    if len(words) > MOST_TAGS:
        raise InvalidInput(
            "tags", "are {count}; allowed are {most}.", count=len(words), most=MOST_TAGS
        )
    connection.execute(delete(tag).where(tag.c.run == number))
    if words:
        connection.execute(insert(tag), [{"run": number, "tag": word} for word in words])
