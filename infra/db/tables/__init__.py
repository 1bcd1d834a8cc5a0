"""Every table of the house, one module an area. PostgreSQL is the truth; migrations bring a database to this shape
(tests compare them).

Money is BIGINT kopecks, volumes and readings are NUMERIC, periods are the first day of their month, instants are
timestamptz. Keys of repeated writes are UNIQUE constraints: they, not the code above them, make a repeat harmless.
"""

from infra.db.tables import (
    accounts,
    billing,
    broadcasts,
    call_backs,
    meters,
    outages,
    path,
    personal,
    reminders,
    staff,
    support,
    tasks,
)
from infra.db.tables.base import metadata

__all__ = [
    "accounts",
    "billing",
    "broadcasts",
    "call_backs",
    "metadata",
    "meters",
    "outages",
    "path",
    "personal",
    "reminders",
    "staff",
    "support",
    "tasks",
]
