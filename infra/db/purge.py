"""What need not be kept (docs/running.md, "How long what is kept"): rows that go, and texts of rows that stay.

An update must be kept for as long as its messenger may deliver it again (messengers.md: a day, VK under two hours);
after that its text is nobody's business. Rows go in small batches, so that no turn waits.
"""

from datetime import timedelta
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts.model import RULE_KINDS
from infra.db.chats import NOTHING_BUT_REV
from infra.db.engine import driver_connection

BATCH: Final = 5000
DEDUPE: Final = timedelta(days=3)
"""Served updates, sent calls, and whatever only counted or waited for a day."""
DEAD_LETTERS: Final = timedelta(days=30)
SESSIONS: Final = timedelta(days=30)
"""As dialogs.session: what was typed in a conversation that nobody goes on with."""
CALLS: Final = timedelta(days=30)
"""Numbers of those who were called, or whom nobody has called in all that time."""
FILES: Final = timedelta(days=60)
TALKS: Final = timedelta(days=365)
"""Texts of questions that are settled, reports of false bots (reliability.md §5)."""
AUDIT: Final = timedelta(days=3 * 365)

_RULES: Final = ", ".join(f"'{kind}'" for kind in RULE_KINDS)
_OF_RULES: Final = f"SELECT id FROM mailings WHERE kind IN ({_RULES})"  # noqa: S608 - constants
"""Broadcasts keep theirs: the report of one is its memory."""
_PURGES: Final = (
    ("inbox", "done_at < clock_timestamp() - $1::interval", DEDUPE),
    ("dead_letters", "given_up_at < clock_timestamp() - $1::interval", DEAD_LETTERS),
    ("outbox", "sent_at < clock_timestamp() - $1::interval", DEDUPE),
    ("outbox", "outcome IS NOT NULL AND created_at < clock_timestamp() - $1::interval", DEAD_LETTERS),
    ("rendered_files", "rendered_at < clock_timestamp() - $1::interval", FILES),
    ("uploads", "uploaded_at < clock_timestamp() - $1::interval", FILES),
    ("dial_photos", "reading_id IS NULL AND sent_at < clock_timestamp() - $1::interval", DEDUPE),
    ("one_time_codes", "expires_at < clock_timestamp() - $1::interval", DEDUPE),
    ("bot_words", "expires_at < clock_timestamp() - $1::interval", DEDUPE),
    ("chat_requests", "expires_at < clock_timestamp() - $1::interval", DEDUPE),
    ("link_failures", "failed_at < clock_timestamp() - $1::interval", DEDUPE),
    ("link_proofs", "proved_at < clock_timestamp() - $1::interval", DEDUPE),
    ("sign_in_failures", "failed_at < clock_timestamp() - $1::interval", DEDUPE),
    ("desk_sessions", "seen_at < clock_timestamp() - $1::interval", DEDUPE),
    ("link_alarms", "raised_at < clock_timestamp() - $1::interval", DEAD_LETTERS),
    ("helpers", "since IS NULL AND invited_at < clock_timestamp() - $1::interval", DEDUPE),
    ("fake_reports", "reported_at < clock_timestamp() - $1::interval", TALKS),
    ("link_claims", "settled_at < clock_timestamp() - $1::interval", AUDIT),
    ("tasks", "settled_at < clock_timestamp() - $1::interval", AUDIT),
    (
        "deliveries",
        f"settled_at < clock_timestamp() - $1::interval AND mailing_id IN ({_OF_RULES})",
        TALKS,
    ),
    ("outages", "ended_at IS NOT NULL AND stored_at < clock_timestamp() - $1::interval", AUDIT),
    ("call_backs", "stored_at < clock_timestamp() - $1::interval", TALKS),
    ("pgqueuer_log", "created < clock_timestamp() - $1::interval", DEAD_LETTERS),
)
_SAID: Final = "coalesce(ticket_messages.stored_at, ticket_messages.at)"
"""By the database's clock: what is dated by the city's may lie years back, with the setting NOW."""
_CALLED: Final = "coalesce(settled_at, stored_at)"
_EMPTIED: Final = (
    (
        "ticket_messages",
        "text = ''",
        f"text <> '' AND {_SAID} < clock_timestamp() - $1::interval"  # noqa: S608 - constants
        " AND ticket_id IN (SELECT id FROM tickets WHERE status <> 'open')",
        TALKS,
    ),
    (
        "ticket_files",
        "content = NULL, state = 'lost', remote = NULL, name = ''",
        "content IS NOT NULL AND message_id IN (SELECT ticket_messages.id FROM ticket_messages JOIN tickets"  # noqa: S608 - constants
        f" ON tickets.id = ticket_id WHERE status <> 'open' AND {_SAID} < clock_timestamp() - $1::interval)",
        TALKS,
    ),
    (
        "call_backs",
        "phone = '', word = '', rev = rev + 1, settled_at = coalesce(settled_at, clock_timestamp()),"
        " status = CASE status WHEN 'open' THEN 'missed' ELSE status END",
        f"phone <> '' AND {_CALLED} < clock_timestamp() - $1::interval",
        CALLS,
    ),
    (
        "tasks",
        "facts = facts - 'text'",
        "kind = 'fake_bot' AND facts ? 'text' AND settled_at < clock_timestamp() - $1::interval",
        TALKS,
    ),
    (
        "outage_reports",
        "resident_id = NULL",
        "resident_id IS NOT NULL AND stored_at < clock_timestamp() - $1::interval",
        TALKS,
    ),
    (
        "chats",
        f"state = {NOTHING_BUT_REV}",
        "state ? 'trail' AND used_at < clock_timestamp() - $1::interval",
        SESSIONS,
    ),
)


async def purge(engine: AsyncEngine) -> int:
    """Deletes what is past its time, and empties what stays without its text; how many rows that were."""
    gone = 0
    async with driver_connection(engine) as connection:
        for table, old, age in _PURGES:
            batch = f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {old} LIMIT {BATCH}))"  # noqa: S608 - constants
            gone += await _in_batches(connection, batch, age)
        for table, empty, old, age in _EMPTIED:
            # A key and not a place: an emptied row lies elsewhere, and a turn may have changed one meanwhile.
            batch = (
                f"UPDATE {table} SET {empty} WHERE {old} AND id = ANY(ARRAY(SELECT id FROM {table}"  # noqa: S608 - constants
                f" WHERE {old} LIMIT {BATCH} FOR UPDATE SKIP LOCKED))"
            )
            gone += await _in_batches(connection, batch, age)
    return gone


async def _in_batches(connection: Connection, batch: str, age: timedelta) -> int:
    gone, changed = 0, BATCH
    while changed == BATCH:
        changed = int((await connection.execute(batch, age)).split()[-1])
        gone += changed
    return gone
