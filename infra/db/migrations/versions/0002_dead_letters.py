"""Dead letters in a table of their own, the turn that made a call, and switches. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("switches")
    op.drop_table("dead_letters")
    op.drop_column("outbox", "turn")
    op.drop_column("inbox", "rev")
