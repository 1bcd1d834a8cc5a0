"""The operators' side of tickets: who has one, what became of answers, answers kept ready, the queue's indexes.

Adds only, but for an index that a wider one replaces: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("canned_answers")
    op.execute("DROP TRIGGER answer_called ON outbox")
    op.execute("DROP FUNCTION answer_called()")
    op.drop_table("answer_calls")
    op.create_index("ix_ticket_messages_ticket_id", "ticket_messages", ["ticket_id"])
    op.drop_index("ix_ticket_messages_ticket_id_id")
    op.drop_index("ix_tickets_due")
    op.drop_index("ix_tickets_asked")
    op.drop_index("ix_tickets_unread")
    op.drop_column("tickets", "assignee_id")
