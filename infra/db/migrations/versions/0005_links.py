"""Links by proof. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in ("one_time_codes", "link_alarms", "link_proofs", "helpers", "link_claims"):
        op.drop_table(table)
    op.drop_index("ix_link_failures_failed_at")
    op.alter_column("link_failures", "failed_at", server_default=None)
    op.drop_column("links", "account_id")
    op.drop_column("accounts", "code_weak")
