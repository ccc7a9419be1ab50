"""The time that a run had trained at each evaluation."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "pace",
        sa.Column("run", sa.Integer, sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("update", sa.Integer, primary_key=True),
        sa.Column("seconds", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
