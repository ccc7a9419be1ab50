"""Indices for metrics, and for the packs of a run that is removed."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the indices."""
    op.create_index("run_state", "run", ["state", "token", "last_update"])
    op.create_index("ix_pack_run", "pack", ["run"])
