"""Outages and the building list. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in ("outage_reports", "outage_events", "outage_buildings", "outages", "buildings"):
        op.drop_table(table)
    op.drop_index("ix_premises_building_key")
    op.drop_column("premises", "building_key")
