"""Reminders: what residents choose, and since when a link is there. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.drop_column("links", "stored_at")
    op.drop_table("reminder_times")
