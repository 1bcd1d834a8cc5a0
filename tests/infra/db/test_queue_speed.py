"""The queue reads what it shows and no more, however many tickets there are: the planner's word for it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from asyncpg import Connection

from core.ids import MemberId, TicketId
from core.support.model import TicketStatus, Topic
from core.support.ports import Order, Place, QueueFilter
from infra.db.desk_queue import count_queue, page_statement, read_queue
from infra.db.engine import create_engine, driver_connection
from infra.embedded import Servers
from tests.databases import copied_database
from tests.infra.db.story import NOON

WATER, HEAT, AGENT = "МП трест «Водоканал»", "МП трест «Теплофикация»", "ООО «ЕРКЦ»"
TICKETS = 20_000
PAGE = 30
FILL = f"""
INSERT INTO tickets (key, chat_id, topic, organisation, status, opened_at, due_at, unread)
SELECT n::text, $1, 'quality', (ARRAY['{WATER}', '{HEAT}', '{AGENT}'])[1 + n % 3],
    (ARRAY['open', 'answered', 'resolved', 'resolved', 'resolved'])[1 + n % 5], at,
    CASE WHEN n % 5 = 0 AND n % 7 > 0 THEN at + interval '4 hours' END, n % 50 = 0
FROM generate_series(1, {TICKETS}) AS n, LATERAL (SELECT $2::timestamptz + n * interval '1 minute' AS at) AS asked
"""
CHAT = "INSERT INTO chats (messenger, bot, peer) VALUES ('telegram', '1', '500') RETURNING id"
SAY = """
INSERT INTO ticket_messages (ticket_id, at, from_resident, text, kind)
SELECT tickets.id, opened_at, n % 2 = 1, 'сообщение ' || n, 'said' FROM tickets, generate_series(1, 3) AS n
"""


@pytest.fixture(scope="module")
async def full(servers: Servers, template_database: str) -> AsyncIterator[Connection]:
    """A desk of some years. The tests only look."""
    async with copied_database(servers, template_database) as url:
        engine = create_engine(url)
        async with driver_connection(engine) as connection:
            chat = await connection.fetchval(CHAT)
            await connection.execute(FILL, chat, NOON)
            await connection.execute(SAY)
            await connection.execute("ANALYZE tickets, ticket_messages")
            yield connection
        await engine.dispose()


def nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    children = plan.get("Plans", [])
    assert isinstance(children, list)
    return [plan, *(node for child in children for node in nodes(child))]


async def explained(db: Connection, wanted: QueueFilter) -> list[dict[str, object]]:
    statement, values = page_statement(wanted, sorted(wanted.organisations or {WATER, HEAT, AGENT}))
    (row,) = await db.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
    plan = row[0]
    return nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


ALL = frozenset(TicketStatus)
CLOSED = frozenset({TicketStatus.RESOLVED})
DEEP = Place(TicketId(15_000), NOON + timedelta(minutes=15_000))


PAGES = (
    (QueueFilter(order=Order.DUE, limit=PAGE), "ix_tickets_due"),
    (QueueFilter(order=Order.DUE, limit=PAGE, after=DEEP), "ix_tickets_due"),
    (QueueFilter(order=Order.DUE, limit=PAGE, late=NOON + timedelta(minutes=900)), "ix_tickets_due"),
    (QueueFilter(order=Order.DUE, limit=PAGE, organisations=frozenset({HEAT})), "ix_tickets_due"),
    (QueueFilter(order=Order.NEWEST, limit=PAGE, statuses=CLOSED), "ix_tickets_asked"),
    (QueueFilter(order=Order.NEWEST, limit=PAGE, statuses=ALL), "ix_tickets_asked"),
    (QueueFilter(order=Order.NEWEST, limit=PAGE, statuses=ALL, after=DEEP), "ix_tickets_asked"),
    (QueueFilter(order=Order.ASKED, limit=PAGE), "ix_tickets_asked"),
    (QueueFilter(order=Order.NEWEST, limit=PAGE, unread=True, statuses=ALL), "ix_tickets_unread"),
)


async def test_a_page_is_read_from_an_index_in_its_order(full: Connection) -> None:
    for wanted, index in PAGES:
        plan = await explained(full, wanted)
        assert [node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"] == [], wanted
        of_tickets = [node for node in plan if node.get("Relation Name") == "tickets"]
        indexes = {str(node["Index Name"]) for node in plan if "Index Name" in node}
        assert {name for name in indexes if "_tickets" in name} == {index}, wanted
        read = sum(int(str(node["Actual Loops"])) * float(str(node["Actual Rows"])) for node in of_tickets)
        assert read <= 3 * 3 * PAGE  # a page of each organisation and status at most
        words = [node for node in plan if node.get("Relation Name") == "ticket_messages"]
        assert {node["Index Name"] for node in words} == {"ix_ticket_messages_ticket_id_id"}
        assert all(float(str(node["Actual Rows"])) <= 1 for node in words)


async def test_pages_follow_each_other_without_gap_or_double(full: Connection) -> None:
    for order, statuses in ((Order.DUE, frozenset({TicketStatus.OPEN})), (Order.NEWEST, ALL), (Order.ASKED, CLOSED)):
        wanted = QueueFilter(order=order, statuses=statuses, limit=700, topic=Topic.QUALITY)
        seen: list[TicketId] = []
        after: Place | None = None
        for _ in range(3):
            page = await read_queue(full, QueueFilter(order=order, statuses=statuses, limit=700, after=after))
            seen += [line.ticket.id for line in page]
            after = Place(page[-1].ticket.id, page[-1].ticket.due_at)
        whole = await read_queue(full, QueueFilter(order=order, statuses=statuses, limit=2100))
        assert seen == [line.ticket.id for line in whole]
        assert [line.ticket.id for line in await read_queue(full, wanted)] == seen[:700]


async def test_those_without_a_time_come_last_and_pages_reach_them(full: Connection) -> None:
    page = await read_queue(full, QueueFilter(order=Order.DUE, limit=4000))
    times = [line.ticket.due_at for line in page]
    first = times.index(None)
    assert 0 < first < len(times)
    assert set(times[first:]) == {None}
    rest = await read_queue(full, QueueFilter(order=Order.DUE, limit=4000, after=Place(page[first].ticket.id)))
    assert [line.ticket.id for line in rest] == [line.ticket.id for line in page[first + 1 :]]


async def test_counts_stop_where_nobody_reads_them(full: Connection) -> None:
    tally = await count_queue(full, None, None, NOON + timedelta(minutes=300))
    assert (tally.open, tally.free, tally.mine) == (1000, 1000, 0)
    assert tally.unread == 400
    assert tally.late == await full.fetchval(
        "SELECT count(*) FROM tickets WHERE status = 'open' AND due_at < $1", NOON + timedelta(minutes=300)
    )
    of_heat = await count_queue(full, frozenset({HEAT}), MemberId(7), NOON)
    assert 0 < of_heat.unread < 400
    assert await count_queue(full, frozenset(), None, NOON) == await count_queue(
        full, frozenset({"Горгаз"}), None, NOON
    )
