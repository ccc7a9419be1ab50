"""The first tables: runs, points, evaluations, measures and commands."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

QUEUED, RUNNING = sa.text("state = 'queued'"), sa.text("state = 'running'")


def upgrade() -> None:
    """Make the tables in an empty database."""
    _runs()
    _records()
    op.create_table(
        "command",
        _run(),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("argument", sa.Double),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("applied_update", sa.Integer),
        sqlite_with_rowid=False,
    )


def _run() -> sa.Column[int]:
    key = sa.ForeignKey("run.id", ondelete="CASCADE")
    return sa.Column("run", sa.Integer, key, primary_key=True)


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("updates", sa.Integer, nullable=False),
        sa.Column("epochs", sa.Integer, nullable=False),
        sa.Column("examples", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("wanted", sa.String(12)),
        sa.Column("error", sa.Text),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(200)),
        sa.Column("lease_until", sa.Double),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("last_update", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Double, nullable=False),
        sa.Column("lr", sa.Double),
        sa.Column("train_loss", sa.Double),
        sa.Column("train_acc", sa.Double),
        sa.Column("test_acc", sa.Double),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("examples_per_second", sa.Double),
        sa.Column("device", sa.String(120)),
        sa.Column("checkpoint_update", sa.Integer),
        sa.Column("checkpoint_path", sa.Text),
        sa.Column("command_seq", sa.Integer, nullable=False),
        sa.Column("parent", sa.Integer, sa.ForeignKey("run.id")),
        sa.Column("parent_update", sa.Integer),
        sa.Column("submitted", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("finished", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_identity", "run", ["identity"])
    op.create_index("run_owner_started", "run", ["owner", "started"])
    op.create_index("run_queued", "run", ["id"], sqlite_where=QUEUED, postgresql_where=QUEUED)
    held = ["owner", "lease_until"]
    op.create_index("run_running", "run", held, sqlite_where=RUNNING, postgresql_where=RUNNING)


def _records() -> None:
    op.create_table(
        "point",
        _run(),
        sa.Column("update", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.Double, nullable=False),
        sa.Column("lr", sa.Double, nullable=False),
        sa.Column("train_loss", sa.Double),
        sa.Column("train_acc", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evaluation",
        _run(),
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("test_loss", sa.Double),
        sa.Column("test_acc", sa.Double),
        sa.Column("train_loss", sa.Double),
        sa.Column("train_acc", sa.Double),
        sa.Column("update", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "measure",
        _run(),
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("update", sa.Integer, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Double, nullable=False),
        sa.Column("value", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_index("measure_seq", "measure", ["run", "seq"], unique=True)
