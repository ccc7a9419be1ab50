"""The store's tables. Knows nothing of who reads or writes them.

Times are seconds since 1970 by the database's clock. A figure that is not finite
is kept as null, on every database alike.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    literal_column,
)

from lrlab.runs.states import State

metadata = MetaData()

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(120), nullable=False),
    Column("name", String(120), nullable=False),
    # What is trained: canonical JSON, its hash, and its size, so that lists need not parse it.
    Column("experiment", Text, nullable=False),
    Column("identity", String(64), nullable=False, index=True),
    Column("updates", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("examples", BigInteger, nullable=False),
    Column("shape", String(64), nullable=False, server_default=""),  # what a pack shares
    Column("engine", Integer),  # the version that trained it last
    # What people say of it.
    Column("note", Text, nullable=False, server_default=""),
    Column("starred", Boolean, nullable=False, server_default=false()),
    Column("priority", Integer, nullable=False, server_default="0"),  # higher goes first
    # Where it is in its life, and where somebody wants it to be (only while it is running).
    Column("state", String(12), nullable=False),
    Column("wanted", String(12)),
    Column("error", Text),
    # The lease: each claim raises the token, and a write with an older one touches nothing.
    Column("token", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),  # claims since a record was last won
    Column("worker", String(200)),
    Column("lease_until", Double),
    Column("not_before", Double, nullable=False),  # waits so long after a failed attempt
    # The head: the last update that is stored, and its figures.
    Column("last_update", Integer, nullable=False),
    Column("points", Integer, nullable=False, server_default="0"),  # how many are stored
    Column("epoch", Double, nullable=False),
    Column("lr", Double),
    Column("train_loss", Double),
    Column("train_acc", Double),
    Column("test_acc", Double),
    Column("seconds", Double, nullable=False),
    Column("examples_per_second", Double),
    Column("device", String(120)),
    # What a resume goes on from: a file below the lab's home, and the run's place in it.
    Column("checkpoint_update", Integer),
    Column("checkpoint_path", Text),
    Column("member", Integer, nullable=False, server_default="0"),
    Column("pack", String(40)),  # the pack that it trains in, or is to go on in
    Column("command_seq", Integer, nullable=False),
    # The run and update that this one branched from.
    Column("parent", Integer, ForeignKey("run.id")),
    Column("parent_update", Integer),
    Column("submitted", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    sqlite_autoincrement=True,  # a number is never given twice
)

# Written out, not bound: SQLite uses a partial index only for a constant that it can see.
QUEUED = run.c.state == literal_column(f"'{State.QUEUED}'")
RUNNING = run.c.state == literal_column(f"'{State.RUNNING}'")

Index("run_queued", run.c.id, sqlite_where=QUEUED, postgresql_where=QUEUED)
Index("run_running", run.c.owner, run.c.lease_until, sqlite_where=RUNNING, postgresql_where=RUNNING)
Index("run_owner_started", run.c.owner, run.c.started)
Index("run_parent", run.c.parent)
Index("run_starred", run.c.id, sqlite_where=run.c.starred, postgresql_where=run.c.starred)
# All that metrics sum up over every run: read from the index alone.
Index("run_state", run.c.state, run.c.token, run.c.last_update, run.c.points)

point = Table(
    "point",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("update", Integer, primary_key=True),
    Column("epoch", Double, nullable=False),
    Column("lr", Double, nullable=False),
    Column("train_loss", Double),
    Column("train_acc", Double),
    sqlite_with_rowid=False,
)

evaluation = Table(
    "evaluation",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("test_loss", Double),
    Column("test_acc", Double),
    Column("train_loss", Double),
    Column("train_acc", Double),
    Column("update", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# How long a run had trained when an evaluation was stored. Apart from the records: those of a run
# that is resumed, or trained twice, are the same to the bit, and its time is not.
pace = Table(
    "pace",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("update", Integer, primary_key=True),
    Column("seconds", Double, nullable=False),
    sqlite_with_rowid=False,
)

# `seq` counts a run's measures in the order in which they were stored: several bear one update,
# and a later transaction may add to an update of which a reader knows the first ones.
measure = Table(
    "measure",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("update", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("epoch", Double, nullable=False),
    Column("value", Double),
    Index("measure_seq", "run", "seq", unique=True),
    sqlite_with_rowid=False,
)

command = Table(
    "command",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("argument", Double),
    Column("at", Double, nullable=False),
    # The updates done when it took effect; `refusal` says why it did not.
    Column("applied_update", Integer),
    Column("refusal", Text),
    sqlite_with_rowid=False,
)

# Who else submitted the same experiment while this run of it was in the store.
share = Table(
    "share",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(120), primary_key=True),
    Column("at", Double, nullable=False),
    sqlite_with_rowid=False,
)

tag = Table(
    "tag",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(40), primary_key=True),
    sqlite_with_rowid=False,
)

# The files that branches can start from, apart from the one that a resume goes on from.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("update", Integer, primary_key=True),
    Column("epoch", Double, nullable=False),
    Column("path", Text, nullable=False, index=True),  # one file may hold a whole pack
    Column("member", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),  # this run's part of the file
    sqlite_with_rowid=False,
)

# Who trains beside whom: the members of a pack, in order, those that have left it too.
pack = Table(
    "pack",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("member", Integer, primary_key=True),
    Column("run", Integer, ForeignKey("run.id", ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)
