"""Tickets: files, versions, history. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER chat_used ON chats")
    op.execute("DROP FUNCTION chat_used()")
    op.drop_column("chats", "used_at")
    op.drop_table("ticket_events")
    op.execute("DROP FUNCTION history_stands()")
    op.drop_table("ticket_files")
    # Notes are for operators alone; without their kind they would be taken for answers.
    op.execute("DELETE FROM ticket_messages WHERE kind = 'note' OR replaces IS NOT NULL")
    for column in ("key", "kind", "by", "chat_id", "message", "replaces", "stored_at"):
        op.drop_column("ticket_messages", column)
    for column in ("service", "period", "due_at", "closed_at", "rating", "unread", "erased"):
        op.drop_column("tickets", column)
    op.drop_index("ix_tickets_organisation_status_id")
