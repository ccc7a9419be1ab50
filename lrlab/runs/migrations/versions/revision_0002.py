"""Packs, branches from kept checkpoints, refusals, shares, and what people say of a run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables; an old run has no shape, so that it trains alone."""
    for column in (
        sa.Column("shape", sa.String(64), nullable=False, server_default=""),
        sa.Column("engine", sa.Integer),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("member", sa.Integer, nullable=False, server_default="0"),
        sa.Column("pack", sa.String(40)),
    ):
        op.add_column("run", column)
    op.create_index("run_parent", "run", ["parent"])
    op.add_column("command", sa.Column("refusal", sa.Text))
    _labels()
    _checkpoints()


def _run(*, key: bool = True) -> sa.Column[int]:
    of = sa.ForeignKey("run.id", ondelete="CASCADE")
    return sa.Column("run", sa.Integer, of, primary_key=key, nullable=False)


def _labels() -> None:
    op.create_table(
        "share",
        _run(),
        sa.Column("owner", sa.String(120), primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tag",
        _run(),
        sa.Column("tag", sa.String(40), primary_key=True),
        sqlite_with_rowid=False,
    )


def _checkpoints() -> None:
    op.create_table(
        "checkpoint",
        _run(),
        sa.Column("update", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.Double, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("member", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_checkpoint_path", "checkpoint", ["path"])
    op.create_table(
        "pack",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("member", sa.Integer, primary_key=True),
        _run(key=False),
        sqlite_with_rowid=False,
    )
