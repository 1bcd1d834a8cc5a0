"""Personal data and codes. Adds only: old code runs beside it."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in Path(__file__).with_suffix(".sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in ("fake_reports", "chat_requests", "bot_words"):
        op.drop_table(table)
    op.drop_constraint("uq_consents_resident_id_purpose_version_channel", "consents")
    # Of several consents to one version the first stays: so it was kept before.
    op.execute(
        """
        DELETE FROM consents AS later USING consents AS first
        WHERE (later.resident_id, later.purpose, later.version) = (first.resident_id, first.purpose, first.version)
            AND (later.given_at, later.id) > (first.given_at, first.id)
        """
    )
    op.create_unique_constraint(
        "uq_consents_resident_id_purpose_version", "consents", ["resident_id", "purpose", "version"]
    )
