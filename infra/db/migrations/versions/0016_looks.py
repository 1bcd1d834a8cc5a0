"""The book of looks is read by act, too. Adds only: old code runs beside it."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_desk_looks_what_id", "desk_looks", ["what", "id"])


def downgrade() -> None:
    op.drop_index("ix_desk_looks_what_id", "desk_looks")
