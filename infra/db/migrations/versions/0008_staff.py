"""The desk's staff, its sessions and the book of looks. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in ("desk_looks", "sign_in_failures", "backup_codes", "desk_sessions", "members"):
        op.drop_table(table)
