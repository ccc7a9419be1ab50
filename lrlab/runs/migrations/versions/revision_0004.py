"""The time that a run had trained at each evaluation, and how many points it has."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table and the column, counting what is there."""
    op.add_column("run", sa.Column("points", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE run SET points = (SELECT count(*) FROM point WHERE point.run = run.id)")
    op.drop_index("run_state", "run")
    op.create_index("run_state", "run", ["state", "token", "last_update", "points"])
    op.create_table(
        "pace",
        sa.Column("run", sa.Integer, sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("update", sa.Integer, primary_key=True),
        sa.Column("seconds", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
