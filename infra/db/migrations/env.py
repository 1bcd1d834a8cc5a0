"""Alembic's way in: runs over the connection that `infra.db.migrate` hands it."""

from alembic import context

from infra.db.migrate import ours
from infra.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=ours,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
