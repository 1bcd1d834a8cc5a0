"""What need not be kept: served updates, sent calls, files and uploads that nobody has asked for in a long time.

An update must be kept for as long as its messenger may deliver it again (messengers.md: a day, VK under two hours);
after that its text is nobody's business. Rows go in small batches, so that no turn waits.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection

BATCH: Final = 5000
DEDUPE: Final = timedelta(days=3)
DEAD_LETTERS: Final = timedelta(days=30)
FILES: Final = timedelta(days=60)

_PURGES: Final = (
    ("inbox", "done_at < clock_timestamp() - $1::interval", DEDUPE),
    ("dead_letters", "given_up_at < clock_timestamp() - $1::interval", DEAD_LETTERS),
    ("outbox", "sent_at < clock_timestamp() - $1::interval", DEDUPE),
    ("outbox", "outcome IS NOT NULL AND created_at < clock_timestamp() - $1::interval", DEAD_LETTERS),
    ("rendered_files", "rendered_at < clock_timestamp() - $1::interval", FILES),
    ("uploads", "uploaded_at < clock_timestamp() - $1::interval", FILES),
    ("pgqueuer_log", "created < clock_timestamp() - $1::interval", DEAD_LETTERS),
)


async def purge(engine: AsyncEngine) -> int:
    """Deletes what is past its time; how many rows that were."""
    gone = 0
    async with driver_connection(engine) as connection:
        for table, old, age in _PURGES:
            batch = f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {old} LIMIT {BATCH}))"  # noqa: S608 - constants
            deleted = BATCH
            while deleted == BATCH:
                deleted = int((await connection.execute(batch, age)).split()[-1])
                gone += deleted
    return gone
