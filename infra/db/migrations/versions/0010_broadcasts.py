"""Broadcasts: mailings, deliveries, opt-outs; chats that are blocked. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in ("opt_outs", "deliveries", "broadcast_events", "broadcasts", "mailings"):
        op.drop_table(table)
    op.execute("""
        CREATE OR REPLACE FUNCTION chat_used() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.used_at := clock_timestamp();
            RETURN NEW;
        END
        $$
    """)
    op.drop_column("chats", "blocked_at")
    op.drop_column("residents", "prefers")
