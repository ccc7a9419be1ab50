"""How the store's tables came to be what they are, one revision after the other.

A change of tables.py that was released needs a new file in `versions` (`upgrade` only, each
statement for SQLite and PostgreSQL) and its name at the end of `REVISIONS`; a test compares
what the files make with tables.py. Importing this does not load Alembic.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

from lrlab.errors import shown
from lrlab.runs.tables import metadata
from lrlab.sentence import Sentence

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
HEAD = REVISIONS[-1]

# Alembic's own table, here so that most stores are opened without it.
stamp = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


class NewerStore(RuntimeError):
    """A store with a revision that this version does not know; its text ends a sentence."""


def revision(connection: Connection) -> str | None:
    """Return the revision that a store with a stamp has: one cheap read."""
    return connection.scalar(select(stamp.c.version_num))


def bring_up(connection: Connection) -> None:
    """Make or change the tables until they are today's. Raises NewerStore.

    The caller's transaction keeps out all others that would do the same.
    """
    tables = inspect(connection).get_table_names()
    found = revision(connection) if stamp.name in tables else None
    if found == HEAD:  # somebody else was faster
        return
    if found is not None and found not in REVISIONS:
        raise NewerStore(Sentence(
            "was written by a newer version of lrlab (its tables are {found}, this version knows "
            "{known}): open it with that version",
            found=shown(found), known=HEAD,
        ))  # fmt: skip
    if found is None and "run" not in tables:
        _create(connection)
    else:
        _upgrade(connection, stamped=found is not None)


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    stamp.create(connection, checkfirst=True)
    connection.execute(insert(stamp).values(version_num=HEAD))


def _upgrade(connection: Connection, *, stamped: bool) -> None:
    from alembic import command  # late: hardly any process has something to upgrade
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    if not stamped:  # of before there were revisions
        command.stamp(config, REVISIONS[0])
    command.upgrade(config, HEAD)
