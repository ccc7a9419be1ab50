"""What Alembic runs: the revisions, in the transaction of who opens the store."""

from alembic import context

from lrlab.runs.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
