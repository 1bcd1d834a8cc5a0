"""Indexes for the numbers of the desk. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_ticket_events_at")
    op.drop_index("ix_ticket_events_ticket_id_id")
