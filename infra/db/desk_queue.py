"""The queue of the desk: pages of tickets, and how many there are.

A page must not grow slower with the tickets that were ever asked. Each organisation's tickets of each status are read
in the order asked for from an index that has just that order, as many as the page holds; these few are merged, and only
for what the page shows the words are looked up.
"""

# ruff: noqa: S608 - statements are put together of constants of this module only

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import Connection, Record

from core.ids import MemberId
from core.support.model import Author
from core.support.ports import COUNTED, Order, QueueFilter, QueueLine, Tally
from infra.db.support import TICKET, read_ticket

_NEVER: Final = "'infinity'::timestamptz"
_DUE: Final = f"coalesce(due_at, {_NEVER})"
"""Those without a time to answer by come last. An index is made of this very expression."""
_ID: Final = "(tickets.id + 0)"
"""As an index has it, after organisation and status. Asked for by the bare number, the planner would rather go through
all tickets by their key until it has met a page of a kind; of which there may be few, or none."""
_ORDERS: Final = {Order.ASKED: _ID, Order.DUE: f"{_DUE}, tickets.id", Order.NEWEST: f"{_ID} DESC"}
_OWN: Final = "WITH own AS (SELECT unnest($1::text[]) AS organisation)"
_THEIRS: Final = "NOT erased AND organisation = own.organisation"
# There are three organisations and a hundred thousand tickets: the index is hopped through, from one to the next.
_ORGANISATIONS: Final = """
WITH RECURSIVE known AS (
    (SELECT organisation FROM tickets ORDER BY organisation LIMIT 1)
    UNION ALL
    SELECT (SELECT organisation FROM tickets WHERE organisation > known.organisation ORDER BY organisation LIMIT 1)
    FROM known WHERE known.organisation IS NOT NULL
)
SELECT organisation FROM known WHERE organisation IS NOT NULL
"""


def _counted(condition: str) -> str:
    each = f"SELECT FROM tickets WHERE {_THEIRS} AND {condition} LIMIT {COUNTED}"
    return f"(SELECT count(*) FROM (SELECT FROM own CROSS JOIN LATERAL ({each}) AS one LIMIT {COUNTED}) AS counted)"


_TALLY: Final = f"""
{_OWN} SELECT
    {_counted("status = 'open'")} AS open,
    {_counted("status = 'open' AND unread")} AS unread,
    {_counted(f"status = 'open' AND {_DUE} < $2")} AS late,
    {_counted("status = 'open' AND assignee_id IS NULL")} AS free,
    {_counted("status <> 'resolved' AND assignee_id = $3")} AS mine
"""


async def read_queue(connection: Connection, wanted: QueueFilter) -> Sequence[QueueLine]:
    """A page. Three statements of one size, however many tickets there are."""
    statement, values = page_statement(wanted, await _organisations(connection, wanted.organisations))
    return [_line(row) for row in await connection.fetch(statement, *values)]


async def count_queue(
    connection: Connection, organisations: frozenset[str] | None, member: MemberId | None, now: datetime
) -> Tally:
    row = await connection.fetchrow(_TALLY, await _organisations(connection, organisations), now, member)
    return Tally(row["open"], row["unread"], row["late"], row["free"], row["mine"])


async def _organisations(connection: Connection, wanted: frozenset[str] | None) -> list[str]:
    if wanted is not None:
        return sorted(wanted)
    return [row["organisation"] for row in await connection.fetch(_ORGANISATIONS)]


def page_statement(wanted: QueueFilter, organisations: list[str]) -> tuple[str, list[object]]:
    """A statement of its own for each set of filters (the planner then knows which there are), with its values."""
    values: list[object] = [organisations, sorted(wanted.statuses), wanted.limit]

    def value(one: object, kind: str) -> str:
        values.append(one)
        return f"${len(values)}::{kind}"

    more = []
    if wanted.topic is not None:
        more.append(f"topic = {value(wanted.topic.value, 'text')}")
    if wanted.assignee is not None:
        more.append(f"assignee_id = {value(wanted.assignee, 'bigint')}")
    if wanted.late is not None:
        more.append(f"{_DUE} < {value(wanted.late, 'timestamptz')}")
    more += ["unread"] if wanted.unread else []
    more += ["assignee_id IS NULL"] if wanted.free else []
    if (after := wanted.after) is not None:
        place = value(after.ticket, "bigint")
        due = f"coalesce({value(after.due_at, 'timestamptz')}, {_NEVER})" if wanted.order is Order.DUE else ""
        more.append(
            {
                Order.ASKED: f"{_ID} > {place}",
                Order.DUE: f"({_DUE}, tickets.id) > ({due}, {place})",
                Order.NEWEST: f"{_ID} < {place}",
            }[wanted.order]
        )
    return _statement(_ORDERS[wanted.order], "".join(f" AND {one}" for one in more)), values


def _statement(order: str, more: str) -> str:
    return f"""
    {_OWN}, page AS (
        SELECT tickets.* FROM own CROSS JOIN unnest($2::text[]) AS wanted (status) CROSS JOIN LATERAL (
            SELECT * FROM tickets WHERE {_THEIRS} AND tickets.status = wanted.status{more} ORDER BY {order} LIMIT $3
        ) AS tickets
        ORDER BY {order} LIMIT $3
    )
    SELECT {TICKET}, asked.text AS asked, newest.text AS last, newest.at AS last_at, newest.from_resident
    FROM page AS tickets
    LEFT JOIN LATERAL (
        SELECT text FROM ticket_messages WHERE ticket_id = tickets.id AND from_resident ORDER BY id LIMIT 1
    ) AS asked ON true
    LEFT JOIN LATERAL (
        SELECT text, at, from_resident FROM ticket_messages WHERE ticket_id = tickets.id AND kind = 'said'
        ORDER BY id DESC LIMIT 1
    ) AS newest ON true
    ORDER BY {order}
    """


def _line(row: Record) -> QueueLine:
    ticket = read_ticket(row)
    answered = row["from_resident"] is False
    return QueueLine(
        *(ticket, row["asked"] or "", row["last"] or "", row["last_at"] or ticket.opened_at),
        Author.OPERATOR if answered else Author.RESIDENT,
    )
