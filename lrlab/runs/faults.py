"""What may be wrong with a database, as a sentence for a person. No password is ever in it."""

from __future__ import annotations

import re

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lrlab.sentence import Sentence

_BUSY = "is busy: all connections of this program are in use; try again in a moment"
_OTHER_VERSION = "was written by another version of lrlab"
_BACK_SOON = "is not there because its server stops or starts: try again in a moment"
_REFUSED = "refuses this user: check the name and the password in its URL"

_SQLITE = {
    "locked": "is locked by another program: try again in a moment",
    "full": "cannot grow because the disk is full: free some space and try again",
    "unable to open": "cannot be opened: check that its folder exists and may be written",
    "readonly": "may not be written: check its permissions",
    "not a database": "is not a database: move that file away or name another",
    "malformed": "is damaged: restore a copy or move that file away",
    "disk i/o": "cannot be read or written: check its disk",
    "no such column": _OTHER_VERSION,
    "no such table": _OTHER_VERSION,
}

# By PostgreSQL's own codes, which no translation of its messages changes.
_STATES = {
    "25006": "may only be read: name the primary server, not a standby",
    "28000": _REFUSED,
    "28P01": _REFUSED,
    "3D000": "does not exist: make it with createdb, or name another",
    "40001": "was changed by another program at the same moment: try again",
    "40P01": "was changed by another program at the same moment: try again",
    "42501": "may not be used by this user: let it own the database",
    "42703": _OTHER_VERSION,
    "42P01": _OTHER_VERSION,
    "53100": "cannot grow because its server's disk is full: free some space and try again",
    "53200": "cannot be used because its server's memory is full: try again in a moment",
    "53300": "has no connection left: close other programs or raise its max_connections",
    "55P03": "is locked by another program: try again in a moment",
    "57P01": _BACK_SOON,
    "57P02": _BACK_SOON,
    "57P03": _BACK_SOON,
}

# What the driver says without a code, mostly of a connection that could not be made.
_POSTGRESQL = {
    r"database \".*\" does not exist": _STATES["3D000"],
    r"too many (clients|connections)|connection slots|connection limit": _STATES["53300"],
    r"(shutting|starting) (down|up)|recovery mode|not yet accepting": _BACK_SOON,
    r"authentication failed|no password|no pg_hba|role \".*\" does not exist": _REFUSED,
    r"refused|timeout|timed out|no such file|resolve|unreachable|no route|not known":
        "cannot be reached: check the host and port in its URL and that its server runs",
    r"closed|is lost|terminat|eof detected|reset by peer|consuming input|broken pipe":
        "was left by its server: try again in a moment",
}  # fmt: skip

CAUSES = frozenset({_BUSY, *_SQLITE.values(), *_STATES.values(), *_POSTGRESQL.values()})


def sentence(url: URL, error: SQLAlchemyError) -> Sentence:
    """Return what is wrong, with the place and what to do about it."""
    return of(url, _cause(url, error))


def of(url: URL, cause: Sentence) -> Sentence:
    """Return what is wrong with a store."""
    return Sentence("The store {place} {cause}.", place=place(url), cause=cause)


def place(url: URL) -> str:
    """Return where a store is: its file, or its server and name without anything secret."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql", password=None, query={}).render_as_string()


def no_such_table(error: BaseException | None) -> bool:
    """Return whether a statement failed only because a table has not been made yet."""
    fault = error.orig if isinstance(error, DBAPIError) else None
    return getattr(fault, "sqlstate", None) == "42P01" or "no such table" in str(fault)


def _cause(url: URL, error: SQLAlchemyError) -> Sentence:
    if not isinstance(error, DBAPIError):
        return Sentence(_BUSY)
    said = str(error.orig).strip()
    if url.get_backend_name() == "sqlite":
        known = (cause for mark, cause in _SQLITE.items() if mark in said.lower())
    else:
        state = str(getattr(error.orig, "sqlstate", None))
        if state in _STATES:
            return Sentence(_STATES[state])
        known = (cause for mark, cause in _POSTGRESQL.items() if re.search(mark, said, re.I))
    for cause in known:
        return Sentence(cause)
    return Sentence("cannot be used: {said}", said=_without_password(url, said))


def _without_password(url: URL, said: str) -> str:
    """Return what the driver said, on one line."""
    secrets = [url.password, url.query.get("password")]
    for secret in filter(None, secrets):
        said = said.replace(str(secret), "***")
    return said.split("\n")[0].rstrip(".")
