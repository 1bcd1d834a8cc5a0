"""Years of questions behind a desk: a hundred thousand tickets, three million messages, made by SQL in a minute or two.

Rows are written into tables without keys and references, which come back when the rows are there. Of the tickets the
newest two in a hundred wait for an answer. Every message has its line in the history, as in life.
"""

from datetime import datetime, timedelta
from typing import Final

from asyncpg import Connection

TICKETS: Final = 100_000
MESSAGES: Final = 30
"""Of each ticket."""
YEARS: Final = 3
_TABLES: Final = ("ticket_events", "ticket_messages", "tickets")

_CONSTRAINTS: Final = """
SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint
WHERE contype IN ('f', 'p', 'u') AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[]))
ORDER BY contype = 'f' DESC, conname
"""
_INDEXES: Final = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE indrelid = ANY ($1::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
"""
_MAKE: Final = (
    """
    INSERT INTO tickets (key, chat_id, resident_id, topic, organisation, status, opened_at, service, due_at, closed_at,
        rating, unread)
    SELECT 'archive:' || n, whose.id, whose.resident_id,
        (ARRAY['charges', 'charges', 'readings', 'meter', 'payment', 'quality', 'quality', 'other'])[1 + n % 8],
        ($4::text[])[1 + n % cardinality($4::text[])], state.status, at, 'cold_water',
        CASE WHEN state.status = 'open' THEN at + interval '4 hours' END,
        CASE WHEN state.status = 'resolved' THEN at + interval '6 hours' END,
        CASE WHEN state.status = 'resolved' AND n % 3 = 0 THEN 1 + n % 5 END, state.status = 'open' AND n % 2 = 0
    FROM generate_series(1, $1::bigint) AS n
    CROSS JOIN LATERAL (SELECT $2::timestamptz - ($1 - n) * ($3::interval / $1) AS at) AS time
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n > 0.98 * $1 THEN 'open' WHEN n % 200 = 0 THEN 'answered' ELSE 'resolved' END AS status
    ) AS state
    JOIN (SELECT id, resident_id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS all FROM chats) AS whose
        ON place = 1 + n % whose.all
    ORDER BY n
    """,
    """
    INSERT INTO ticket_messages (ticket_id, at, from_resident, text, chat_id, by)
    SELECT id, opened_at + k * interval '7 minutes', k % 2 = 0,
        'Сообщение ' || k || ' к вопросу ' || id || ': вода идёт, счётчик крутится, а в квитанции стоит не то.',
        CASE WHEN k % 2 = 0 THEN chat_id END, CASE WHEN k % 2 = 0 THEN '' ELSE 'Оператор' END
    FROM tickets CROSS JOIN generate_series(0, $1::integer - 1) AS k ORDER BY id, k
    """,
    """
    INSERT INTO ticket_events (ticket_id, at, kind, by, facts)
    SELECT id, CASE WHEN k < $1 THEN opened_at + k * interval '7 minutes' ELSE closed_at END,
        CASE WHEN k = 0 THEN 'opened' WHEN k = $1 THEN 'closed' WHEN k % 2 = 0 THEN 'added' ELSE 'answered' END,
        CASE WHEN k % 2 = 1 THEN 'Оператор' ELSE '' END,
        CASE WHEN k = 0 THEN jsonb_build_object('to', organisation) ELSE '{}' END
    FROM tickets CROSS JOIN generate_series(0, $1::integer) AS k
    WHERE k < $1 OR status = 'resolved' ORDER BY id, k
    """,
)


async def fill_archive(
    db: Connection, organisations: tuple[str, ...], newest: datetime, tickets: int = TICKETS
) -> None:
    """Fills a database that has chats and no tickets yet; `newest` is when the last question was asked."""
    async with db.transaction():
        constraints = await db.fetch(_CONSTRAINTS, list(_TABLES))
        indexes = await db.fetch(_INDEXES, list(_TABLES))
        for one in constraints:
            await db.execute(f"ALTER TABLE {one['table']} DROP CONSTRAINT {one['name']}")
        for one in indexes:
            await db.execute(f"DROP INDEX {one['name']}")
        first, *rest = _MAKE
        await db.execute(first, tickets, newest, timedelta(days=365 * YEARS), list(organisations))
        for statement in rest:
            await db.execute(statement, MESSAGES)
        for one in indexes:
            await db.execute(one["definition"])
        for one in reversed(constraints):
            await db.execute(f"ALTER TABLE {one['table']} ADD CONSTRAINT {one['name']} {one['definition']}")
    await db.execute("VACUUM ANALYZE tickets, ticket_messages, ticket_events")
