"""The first shape: every table of ours (the .sql beside this) and pgqueuer's own."""

from pathlib import Path

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy import text

from infra.db.queue import NAMES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

QUEUE = QueryBuilderEnvironment(NAMES)
TABLES = (
    *("bookmarks", "imports", "rendered_files", "uploads", "outbox", "inbox"),
    *("ticket_messages", "tickets"),
    *("payments", "statements", "charges"),
    *("verdicts", "readings", "meters"),
    *("link_failures", "links", "consents", "chats", "residents", "accounts", "premises"),
)


def upgrade() -> None:
    _run(Path(__file__).with_suffix(".sql").read_text("utf-8"))
    _run(QUEUE.build_install_query(create_schema=False))


def downgrade() -> None:
    _run(QUEUE.build_uninstall_query())
    for name in TABLES:
        op.drop_table(name)


def _run(statements: str) -> None:
    """Several statements at once, which only the driver's own connection takes; within the same transaction."""
    bind = op.get_bind()
    bind.execute(text("SELECT 1"))  # begins the transaction, if nothing has yet
    connection = bind.connection.dbapi_connection
    assert connection is not None
    connection.run_async(lambda driver: driver.execute(statements))
