"""The counter and the phone: search, calls, who made a code. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("call_backs")
    op.drop_column("one_time_codes", "made_by")
    for index in ("ix_premises_building_trigrams", "ix_accounts_holder_trigrams", "ix_accounts_number_trigrams"):
        op.drop_index(index)
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")
