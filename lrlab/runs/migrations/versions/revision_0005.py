"""Which runs are starred, found without a look at all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the index."""
    starred = sa.column("starred", sa.Boolean)
    op.create_index("run_starred", "run", ["id"], sqlite_where=starred, postgresql_where=starred)
