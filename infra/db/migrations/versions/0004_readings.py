"""Readings by the book. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for trigger, table in (
        ("remember_verdict", "verdicts"),
        ("remember_reading", "readings"),
        ("readings_are_kept_whole", "readings"),
        ("readings_are_kept", "readings"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for table in ("reading_events", "dial_photos", "tasks", "window_extensions"):
        op.drop_table(table)
    for function in ("history_is_only_added_to", "remember_verdict", "remember_reading", "readings_are_kept"):
        op.execute(f"DROP FUNCTION {function}()")
