"""What health checks and metrics ask the database."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.bookmarks import bookmark_of
from infra.db.migrate import Shape, shape_of

_DEPTHS = text("""
    SELECT i.rows, i.age, o.rows, o.age, (SELECT count(*) FROM dead_letters),
        (SELECT count(*) FROM link_failures WHERE failed_at > statement_timestamp() - interval '10 minutes'),
        (SELECT count(*) FROM link_alarms WHERE raised_at > statement_timestamp() - interval '1 hour'),
        (SELECT count(*) FROM sign_in_failures WHERE failed_at > statement_timestamp() - interval '10 minutes')
    FROM (SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)::float8 AS age
          FROM inbox WHERE done_at IS NULL) AS i,
         (SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age
          FROM outbox WHERE sent_at IS NULL AND outcome IS NULL) AS o
""")


class SchemaIsOld(Exception):
    """The database waits for `vodoteplo migrate`."""


async def writable(engine: AsyncEngine) -> None:
    """Raises unless the database takes a write and has the shape this code needs, or a newer one."""
    if await shape_of(engine) is Shape.BEHIND:
        raise SchemaIsOld
    _, save = bookmark_of(engine, "health")
    await save("written")


async def queue_depths(engine: AsyncEngine) -> tuple[int, float, int, float, int, int, int, int]:
    """Rows that wait in the inbox and the age of the oldest in seconds; the same for the outbox; dead letters; failed
    proofs of ten minutes; alarms about them of an hour; failed sign-ins at the desk of ten minutes."""
    async with engine.connect() as connection:
        row = (await connection.execute(_DEPTHS)).one()
    return row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]
