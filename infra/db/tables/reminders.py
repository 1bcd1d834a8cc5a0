"""What residents choose of reminders. Which they do not want stands in opt_outs."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, SmallInteger, Table

from infra.db.tables.base import metadata

reminder_times = Table(
    "reminder_times",
    metadata,
    Column("resident_id", BigInteger, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
    Column("hour", SmallInteger, nullable=False, comment="from which hour of the city's day"),
    Column("last_day", SmallInteger, nullable=False, comment="days before the last day of readings"),
    Column("due", SmallInteger, nullable=False, comment="days before payment is due"),
    CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
)
