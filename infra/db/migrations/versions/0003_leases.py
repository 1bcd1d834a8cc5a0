"""Leases with a number, and which message an update brings. Adds only: old code runs beside it.

The statements are parted by empty lines, since a function has semicolons in it. The trigger names the message of
every update, whichever version of the code writes it (docs/adr/0011).
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split("\n\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER name_message ON inbox")
    op.execute("DROP FUNCTION name_message()")
    op.drop_index("uq_inbox_message", "inbox")
    op.drop_column("inbox", "said_at")
    op.drop_column("inbox", "message")
    op.drop_table("leases")
